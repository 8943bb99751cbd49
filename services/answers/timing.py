"""Latency of one answer, computed from its recorded chunks alone, so that a replay gives the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.wire.types import Chunk, Usage

MIN_WRITING_NS = 200_000_000
MIN_WRITING_TOKENS = 40
CHARACTERS_PER_TOKEN = 4

DEFINITIONS = {
    "wait": "Wait: from sending the request to the first text of any kind, reasoning included.",
    "wait for the answer": "Wait for the answer: from sending to the first text of the answer itself.",
    "total": "Total: from sending the request to the last text.",
    "tokens/s": "Writing speed: (tokens − 1) / (last text − first text). Shown from 40 tokens and 0.2 s of writing on.",
    "tokens": "Tokens read → tokens written, as the server counted them; ≈ marks our own estimate.",
    "cost": "Cost: tokens × the listed price; tokens the server read from its cache at the cached price.",
    "state": "waiting, writing, done, stopped (by you), cut off (too long, or the stream broke), failed.",
}


@dataclass(frozen=True)
class Timing:
    """Seconds and tokens per second; None where the answer is too short to say, or not there at all.

    wait_s is the field's TTFT, wait_answer_s TTFA, total_s E2E, time_per_token_s TPOT.
    completion_tokens is estimated from characters when the server did not count (tokens_estimated).
    """

    wait_s: float | None = None
    wait_answer_s: float | None = None
    total_s: float | None = None
    completion_tokens: int | None = None
    tokens_estimated: bool = False
    time_per_token_s: float | None = None
    writing_per_s: float | None = None
    with_wait_per_s: float | None = None
    stall_s: float | None = None


def timing(chunks: Sequence[Chunk], sent_ns: int, usage: Usage | None = None) -> Timing:
    """chunks in the order they came; sent_ns is read just before the request left, on the same monotonic clock."""
    spoken = [chunk for chunk in chunks if chunk.text]
    if not spoken:
        return Timing()
    tokens = usage.completion_tokens if usage is not None else estimated_tokens(spoken)
    first_ns, last_ns = spoken[0].t_ns, spoken[-1].t_ns
    answer_ns = next((chunk.t_ns for chunk in spoken if chunk.channel == "answer"), None)
    total_s = _seconds(last_ns - sent_ns)
    per_token_s = _time_per_token(last_ns - first_ns, tokens)
    return Timing(
        wait_s=_seconds(first_ns - sent_ns),
        wait_answer_s=None if answer_ns is None else _seconds(answer_ns - sent_ns),
        total_s=total_s,
        completion_tokens=tokens,
        tokens_estimated=usage is None,
        time_per_token_s=per_token_s,
        writing_per_s=None if per_token_s is None else 1 / per_token_s,
        with_wait_per_s=tokens / total_s if total_s > 0 else None,
        stall_s=max((_seconds(b.t_ns - a.t_ns) for a, b in pairwise(spoken)), default=None),
    )


def estimated_tokens(chunks: Sequence[Chunk]) -> int:
    """About four characters of English are one token; never less than one for a text."""
    return max(1, round(sum(len(chunk.text) for chunk in chunks) / CHARACTERS_PER_TOKEN))


def _time_per_token(writing_ns: int, tokens: int) -> float | None:
    if writing_ns < MIN_WRITING_NS or tokens < MIN_WRITING_TOKENS:
        return None
    return _seconds(writing_ns) / (tokens - 1)


def _seconds(ns: int) -> float:
    return ns / 1e9
