"""Two texts compared word by word, within a fixed amount of work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate, takewhile
from typing import Literal

Side = Literal["same", "left", "right"]
BUDGET, POPULAR_FROM = 3_000_000, 200_000
FEWEST_SAME = 3
_WORD = re.compile(r"(\s*)(\S+)")
_Span = tuple[int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """Words in both texts or in one of them, with the spaces before them; of "same" pieces those of the left text."""

    side: Side
    text: str
    words: int


@dataclass(frozen=True)
class Diff:
    """The "same" and "left" pieces in order are the left text; "same" and "right" have the words of the right one.

    complete is False where the work ran out: what was not compared by then counts as different.
    """

    pieces: tuple[Piece, ...]
    complete: bool = True

    def words(self, side: Side) -> int:
        return sum(piece.words for piece in self.pieces if piece.side == side)


def word_diff(left: str, right: str, *, budget: int = BUDGET) -> Diff:
    """budget bounds the comparisons of two equal words; a million take about a quarter of a second."""
    old, new = _WORD.findall(left), _WORD.findall(right)
    spans, complete = _spans([word for _, word in old], [word for _, word in new], budget)
    pieces = []
    for same, (start, end, new_start, new_end) in _readable(spans):
        if same:
            pieces.append(_piece("same", old[start:end]))
            continue
        if end > start:
            pieces.append(_piece("left", old[start:end]))
        if new_end > new_start:
            pieces.append(_piece("right", new[new_start:new_end]))
    return Diff(tuple(pieces), complete)


def _piece(side: Side, words: Sequence[tuple[str, str]]) -> Piece:
    return Piece(side, "".join(gap + word for gap, word in words), len(words))


def _spans(left: Sequence[str], right: Sequence[str], budget: int) -> tuple[list[tuple[bool, _Span]], bool]:
    """(is it in both, where) in order. The common start and end cost no budget."""
    a, b = len(left), len(right)
    head = _common(zip(left, right, strict=False))
    tail = _common(zip(reversed(left[head:]), reversed(right[head:]), strict=False))
    matcher = _Matcher(left[head : a - tail], right[head : b - tail], budget)
    inner = [
        (tag == "equal", (head + start, head + end, head + low, head + high))
        for tag, start, end, low, high in matcher.get_opcodes()
    ]
    before, after = (True, (0, head, 0, head)), (True, (a - tail, a, b - tail, b))
    return [*([before] if head else []), *inner, *([after] if tail else [])], matcher.complete


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class _Matcher(SequenceMatcher[str]):
    """Stops looking for matches once the budget is spent. Frequent words begin no match where there are very many."""

    b2j: dict[str, list[int]]

    def __init__(self, left: Sequence[str], right: Sequence[str], budget: int) -> None:
        often = Counter(right)
        pairs = sum(often[word] for word in left)
        super().__init__(None, left, right, autojunk=pairs > POPULAR_FROM)
        self._work = [0, *accumulate(1 + len(self.b2j.get(word, ())) for word in left)]
        self._left_over = budget
        self.complete = True

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._left_over -= self._work[len(self._work) - 1 if ahi is None else ahi] - self._work[alo]
        if self._left_over < 0:
            self.complete = False
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def _readable(spans: Sequence[tuple[bool, _Span]]) -> Iterator[tuple[bool, _Span]]:
    """Takes a few equal words between two longer changes for a part of the change: "the" in common is no likeness."""
    pending: _Span | None = None
    for place, (same, span) in enumerate(spans):
        if same and not _stray(spans, place):
            if pending is not None:
                yield False, pending
            pending = None
            yield True, span
        else:
            pending = span if pending is None else (pending[0], span[1], pending[2], span[3])
    if pending is not None:
        yield False, pending


def _stray(spans: Sequence[tuple[bool, _Span]], place: int) -> bool:
    if place in (0, len(spans) - 1):
        return False
    length = _length(spans[place][1])
    return length < FEWEST_SAME and all(_length(spans[place + step][1]) > length for step in (-1, 1))


def _length(span: _Span) -> int:
    return max(span[1] - span[0], span[3] - span[2])
