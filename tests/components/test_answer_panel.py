"""How a growing answer is drawn: cut into what is finished and what still grows, as Markdown or as it came."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.answer_panel import split_frozen

PARAGRAPHS = "\n\n".join("word " * 30 + str(number) for number in range(12))
FENCED = "intro " * 80 + "\n\n```\n" + "line of code\n\n" * 80 + "```\n\n" + "after " * 90 + "\n\nend"


def test_cutting_loses_nothing() -> None:
    for text in (PARAGRAPHS, FENCED, "", "short"):
        blocks, end = split_frozen(text)
        assert "\n\n".join([*blocks, end]) == text


def test_earlier_cuts_stay_where_they_are_while_the_text_grows() -> None:
    final, _ = split_frozen(FENCED + PARAGRAPHS)
    for length in range(len(FENCED + PARAGRAPHS)):
        blocks, _ = split_frozen((FENCED + PARAGRAPHS)[:length])
        assert blocks == final[: len(blocks)]


def test_a_code_fence_is_never_cut() -> None:
    blocks, end = split_frozen(FENCED)
    assert all(part.count("```") % 2 == 0 for part in (*blocks, end))


def grown(text: str, *, verbatim: bool) -> AppTest:
    """The page after text has grown by one character at a time."""

    def script(text: str, verbatim: bool) -> None:
        from components.answer_panel import GrowingText

        growing = GrowingText(verbatim=verbatim)
        for length in range(len(text) + 1):
            growing.draw(text[:length], empty="nothing yet", caret=length < len(text))

    test = AppTest.from_function(script, kwargs={"text": text, "verbatim": verbatim}).run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    "text", ["\n  indented\n", " <b>**x**</b> ![i](http://e.example) :material/star: -> $a$", "\n\n\n"]
)
def test_verbatim_text_is_drawn_character_for_character(text: str) -> None:
    test = grown(text, verbatim=True)
    assert [block.value for block in test.code] == [text]
    assert not test.markdown


def test_other_text_is_drawn_as_harmless_markdown() -> None:
    test = grown("**bold** ![i](http://e.example)", verbatim=False)
    assert [block.value for block in test.markdown] == [r"**bold** \[image removed: i\]"]


def test_before_the_first_text_the_place_says_so_in_either_form() -> None:
    for verbatim in (True, False):
        assert [block.value for block in grown("", verbatim=verbatim).markdown] == ["nothing yet"]
