"""An answer shown as text: no markup of a model or a row reaches the page, and marks are told apart in words too."""

from __future__ import annotations

import re

import pytest

from components.matrix_marks import literal, marked
from services.matrix.grounding import Given, Mark


def shown(markdown: str) -> str:
    """What a reader sees of escaped text: each escape and joiner taken away again."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace("\\\n", "\n").replace("\u2060", "")).replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://e.example/?d=1)",
        "[click](javascript:alert(1))",
        "[r]: http://e.example/",
        "<img src=x onerror=alert(1)> <b>&lt;",
        ":red[alarm] :material/home: :material_home: :streamlit: :smile: :100:",
        "$x^2$ costs $5 and $$y$$",
        "# head\n- item\n+ item\n1. one\n> quote\n***\n===\n| a | b |\n|---|---|",
        "`code` ~~~ ``` *a* _b_ ~c~",
        "a -> b <- c <-> d >= e <= f ~= g -- h",
        "https://e.example/x www.e.example ann@e.example",
        "\\`already\\` escaped\\",
        '{"a": [1, {"b": null}]}',
    ],
)
def test_every_character_with_a_meaning_is_escaped(hostile: str) -> None:
    made = literal(hostile)
    assert shown(made) == hostile
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]<>#|~$!{}]", made)
    assert not re.search(r":(?!\u2060)[\w+-]+:", made.replace("\\", ""))
    assert "://" not in made.replace("\\", "")
    assert not re.search(r"(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?:\s|$)", made.replace("\\", ""), re.M)


def test_lines_and_indents_stay_and_make_no_code() -> None:
    assert (
        literal("one\r\n    two\n\n\n\tthree") == "one\\\n\u00a0\u00a0\u00a0\u00a0two\n\n\u00a0\u00a0\u00a0\u00a0three"
    )
    assert literal("") == literal(" \n \n") == ""
    assert not literal("end\n").endswith("\\\n")


def test_half_an_emoji_is_shown_as_a_mark() -> None:
    literal("a\ud83d b").encode("utf-8")


def test_what_stands_in_the_row_is_told_from_what_does_not_without_colour() -> None:
    text = "Pump 4711 leaks, not 4712."
    made = marked(text, Given({"TEXT": "Pump 4711"}, ()).marks(text).marks)
    assert made == r"Pump :gray-background[4711 ✓] leaks\, not :yellow-background[4712 ?]\."


def test_a_mark_holds_no_markup_and_no_line_break() -> None:
    made = marked('"a]\nb" end', [Mark(0, 6, "quote", False)])
    assert made == r":yellow-background[\"a\] b\" ?] end"


def test_a_long_answer_is_cut_between_words_and_never_through_a_mark() -> None:
    text = "one two three 1234567890 four"
    assert marked(text, (), most=9) == "one two …"
    assert marked(text, [Mark(14, 24, "id", True)], most=20) == "one two three …"
    assert marked(text, (), most=len(text)) == text
    assert marked("x" * 50, (), most=30) == "x" * 30 + " …"
