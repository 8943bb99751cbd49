"""What others wrote is shown as the text it is: whatever it holds, the page makes nothing else of it."""

from __future__ import annotations

import re

import pytest

from components.feedback import plain


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
        "  - nested\n   12) twelve\n-\n---\n:::gray\nerror:gray end:",
    ],
)
def test_every_character_with_a_meaning_is_escaped(hostile: str) -> None:
    made = plain(hostile)
    assert shown(made) == hostile
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]<>#|~$!{}]", made)
    assert not re.search(r":(?!\u2060)[\w+-]+:", made.replace("\\", ""))
    assert "://" not in made.replace("\\", "")
    assert not re.search(r"(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?:\s|$)", made.replace("\\", ""), re.M)
    assert not re.search(r"^\s*(?:[-+=]|[0-9]+[.)](?:\s|$))", made, re.M)
    assert not re.search(r"(?<!\\):(?:[a-z]|\Z)", made, re.I)


@pytest.mark.parametrize(
    "sentence",
    [
        "It answered: 3 of 5 (60 %), at 10:30 - not bad, is it? R&D's word \u201cyes\u201d; n = 5!",
        "2.5 s at 127.0.0.1:8080, 1/2 of max.",
        "",
    ],
)
def test_an_ordinary_sentence_stays_as_it_is(sentence: str) -> None:
    assert plain(sentence) == sentence


def test_lines_and_indents_stay_and_make_no_code() -> None:
    assert plain("one\r\n    two\n\n\n\tthree") == "one\\\n\u00a0\u00a0\u00a0\u00a0two\n\n\u00a0\u00a0\u00a0\u00a0three"
    assert plain("") == plain(" \n \n") == ""
    assert not plain("end\n").endswith("\\\n")


def test_half_an_emoji_is_shown_as_a_mark() -> None:
    assert plain("a\ud83d b") == "a\ufffd b"
