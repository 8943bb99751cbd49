"""Words in both texts or in one: nothing lost, nothing invented, and a bound on the work."""

from __future__ import annotations

import random
import time

import pytest

from services.answers.diffs import Diff, word_diff


def pieces(diff: Diff) -> list[tuple[str, str]]:
    return [(piece.side, piece.text.strip()) for piece in diff.pieces]


def side(diff: Diff, own: str) -> str:
    return "".join(piece.text for piece in diff.pieces if piece.side in ("same", own))


def test_a_changed_word_is_marked_and_no_more() -> None:
    found = word_diff("A column store keeps each column together.", "A column store keeps every column together.")
    assert pieces(found) == [
        ("same", "A column store keeps"),
        ("left", "each"),
        ("right", "every"),
        ("same", "column together."),
    ]


def test_spaces_and_line_ends_are_no_difference() -> None:
    assert word_diff("one two\n\nthree", "one  two three").words("same") == 3


def test_equal_texts_have_no_difference_and_empty_ones_no_pieces() -> None:
    assert [piece.side for piece in word_diff("a b c", "a b c").pieces] == ["same"]
    assert word_diff("", "").pieces == ()
    assert pieces(word_diff("", "new words")) == [("right", "new words")]
    assert pieces(word_diff("old words", "")) == [("left", "old words")]


@pytest.mark.parametrize("budget", [0, 40, 1_000_000])
def test_both_texts_can_be_read_from_the_pieces(budget: int) -> None:
    left = "First line here.\n  Second: the x and the y.\n\nThird of the lines, at last"
    right = "First line there. Second: the y and then the x. Third one of the lines at last"
    found = word_diff(left, right, budget=budget)
    assert side(found, "left") == left
    assert side(found, "right").split() == right.split()


def test_stray_small_words_between_changes_are_no_likeness() -> None:
    found = word_diff("cats chase mice in the old barn today", "rows hold values of the new table always")
    assert [piece.side for piece in found.pieces] == ["left", "right"]


def test_it_says_when_the_work_ran_out_and_keeps_the_common_ends() -> None:
    left = "same start " + "x y z " * 50 + "same end"
    right = "same start " + "z x y w " * 50 + "same end"
    found = word_diff(left, right, budget=100)
    assert not found.complete
    assert pieces(found)[0] == ("same", "same start")
    assert pieces(found)[-1] == ("same", "same end")
    assert word_diff(left, right).complete


def test_ten_thousand_words_in_another_order_end_in_time() -> None:
    words = [f"w{number % 120}" for number in range(10_000)]
    begun = time.monotonic()
    found = word_diff(" ".join(words), " ".join(reversed(words)))
    assert time.monotonic() - begun < 5
    assert side(found, "left").split() == words


def test_ten_thousand_words_with_a_few_changed_are_compared_whole() -> None:
    words = [f"w{number}" for number in random.Random(1).choices(range(3_000), k=10_000)]
    changed = [f"new{place}" if place % 100 == 50 else word for place, word in enumerate(words)]
    found = word_diff(" ".join(words), " ".join(changed))
    assert found.complete
    assert (found.words("left"), found.words("right")) == (100, 100)
