"""A word of an answer stands in the diff as it was written, whatever Markdown would make of it."""

from __future__ import annotations

from components.compare_diff import marked
from services.answers.diffs import word_diff


def test_marks_differ_by_more_than_colour_and_stay_within_lines() -> None:
    assert marked(word_diff("one two three old", "one two three new\nline"), 0, 1) == (
        "one two three :blue-background[~~old~~] :orange-background[**new**]  \n:orange-background[**line**]"
    )


def test_a_word_put_in_front_does_not_stick_to_the_next() -> None:
    assert marked(word_diff("A table", "1. A table"), 0, 1) == r":orange-background[**1\.**] A table"
