"""Figures from recorded chunks, each by its definition."""

from __future__ import annotations

import pytest

from services.answers.timing import Timing, timing
from services.wire.types import Channel, Chunk, Usage

MS = 1_000_000


def chunks(start_ms: int, count: int, every_ms: int, channel: Channel = "answer", text: str = "word ") -> list[Chunk]:
    return [Chunk((start_ms + n * every_ms) * MS, channel, text) for n in range(count)]


def test_plain_answer() -> None:
    """60 chunks of two tokens every 40 ms from 0.420 s on, 121 tokens: wait 0.42 s, total 2.82 s, 50 tokens/s."""
    got = timing(chunks(420, 61, 40), 0, Usage(30, 121))
    assert got.wait_s == got.wait_answer_s == pytest.approx(0.42)
    assert got.total_s == pytest.approx(2.82)
    assert got.time_per_token_s == pytest.approx(0.020)
    assert got.writing_per_s == pytest.approx(50.0)
    assert got.with_wait_per_s == pytest.approx(121 / 2.82)
    assert got.stall_s == pytest.approx(0.04)


def test_reasoning_counts_for_the_wait_and_not_for_the_answer() -> None:
    got = timing([*chunks(420, 81, 25, "reasoning"), *chunks(2450, 61, 25)], 0, Usage(30, 142))
    assert got.wait_s == pytest.approx(0.42)
    assert got.wait_answer_s == pytest.approx(2.45)
    assert got.writing_per_s == pytest.approx(141 / (3.95 - 0.42))


def test_times_count_from_sending() -> None:
    assert timing(chunks(1_500, 1, 0), 1_000 * MS).wait_s == pytest.approx(0.5)


def test_empty_chunks_are_no_text() -> None:
    assert timing([Chunk(1, "answer", ""), Chunk(90 * MS, "answer", "a")], 0).wait_s == pytest.approx(0.09)
    assert timing([Chunk(1, "answer", "")], 0) == Timing()


@pytest.mark.parametrize(("count", "every_ms"), [(39, 40), (60, 3)])
def test_a_short_answer_has_no_writing_speed(count: int, every_ms: int) -> None:
    got = timing(chunks(100, count, every_ms), 0, Usage(10, count))
    assert got.writing_per_s is None
    assert got.time_per_token_s is None
    assert got.with_wait_per_s is not None


def test_uncounted_tokens_are_an_estimate_and_say_so() -> None:
    got = timing(chunks(100, 40, 10, text="abcd" * 2), 0)
    assert (got.completion_tokens, got.tokens_estimated) == (80, True)


def test_counted_tokens_are_no_estimate() -> None:
    assert not timing(chunks(100, 2, 10), 0, Usage(1, 2)).tokens_estimated


def test_the_longest_pause_is_the_stall() -> None:
    assert timing([*chunks(100, 3, 10), *chunks(620, 2, 10)], 0).stall_s == pytest.approx(0.5)


def test_a_single_character_is_a_token_and_no_time_gives_no_speed() -> None:
    got = timing([Chunk(5, "answer", "a")], 5)
    assert (got.completion_tokens, got.total_s, got.with_wait_per_s) == (1, 0.0, None)
