"""A word of an answer stands in the diff as it was written, whatever Markdown would make of it."""

from __future__ import annotations

import pytest

from components.compare_diff import literal, marked
from services.answers.diffs import word_diff


@pytest.mark.parametrize(
    "text", ["![x](http://a)", "[a]: b", "$x$", "**b**", "<b>", ":red[x]", "# h", "1. x", "~~s~~", "`c`"]
)
def test_no_character_keeps_its_meaning(text: str) -> None:
    shown = literal(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text
    assert all(shown[place - 1] == "\\" for place, char in enumerate(shown) if char in "![]()$*<>:#.~`")


def test_a_name_between_colons_is_no_icon() -> None:
    assert ":material" not in literal(":material/delete:")
    assert literal("10:30") == r"10\:30"


def test_marks_differ_by_more_than_colour_and_stay_within_lines() -> None:
    assert marked(word_diff("one two three old", "one two three new\nline"), 0, 1) == (
        "one two three :blue-background[~~old~~] :orange-background[**new**]  \n:orange-background[**line**]"
    )


def test_a_word_put_in_front_does_not_stick_to_the_next() -> None:
    assert marked(word_diff("A table", "1. A table"), 0, 1) == r":orange-background[**1\.**] A table"
