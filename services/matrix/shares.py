"""Shares over rows with their intervals: two models on the same rows, and marks that come in bunches of a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.answers.sign_test import LEVEL, p_value, votes_for
from services.shares import Z_95, wilson

MIN_ROWS = 5
MOST_ROWS = 1_000


@dataclass(frozen=True)
class PairedShares:
    """The same n rows under two models: how often both passed, only one, or neither.

    difference is the first's share minus the second's; p_value McNemar's, exact: the sign test of the rows in which
    just one passed.
    """

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float:
        return (self.only_first - self.only_second) / self.n if self.n else 0.0

    @property
    def p_value(self) -> float:
        return p_value(self.only_first, self.only_first + self.only_second)

    @property
    def shown(self) -> bool:
        return self.p_value <= LEVEL

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the difference, in -1..1: Newcombe 1998, method 10, made of Wilson's intervals of the two shares.

        Where the exact test shows no difference 0 is taken in, so that interval and test never contradict each other.
        """
        if self.n == 0:
            return -1.0, 1.0
        p1, p2 = (self.both + self.only_first) / self.n, (self.both + self.only_second) / self.n
        (low1, high1), (low2, high2) = wilson(p1 * self.n, self.n), wilson(p2 * self.n, self.n)
        phi = self._phi()
        below = _root((p1 - low1) ** 2 - 2 * phi * (p1 - low1) * (high2 - p2) + (high2 - p2) ** 2)
        above = _root((high1 - p1) ** 2 - 2 * phi * (high1 - p1) * (p2 - low2) + (p2 - low2) ** 2)
        low, high = max(-1.0, self.difference - below), min(1.0, self.difference + above)
        return (low, high) if self.shown else (min(low, 0.0), max(high, 0.0))

    @property
    def more(self) -> int | None:
        """About how many more rows would show a difference like this; None: shown already, too few, or endless."""
        apart = self.only_first + self.only_second
        if self.shown or self.n < MIN_ROWS or not apart:
            return None
        needed = votes_for(self.only_first / apart)
        rows = None if needed is None else math.ceil(needed * self.n / apart)
        return None if rows is None or rows > MOST_ROWS else max(1, rows - self.n)

    def _phi(self) -> float:
        """The correlation within rows, drawn towards 0 by half a row where it is positive, as Newcombe has it."""
        a, b, c, d = self.both, self.only_first, self.only_second, self.neither
        sides = (a + b) * (c + d) * (a + c) * (b + d)
        if sides == 0:
            return 0.0
        product = a * d - b * c
        return (max(product - self.n / 2, 0.0) if product > 0 else product) / math.sqrt(sides)


def paired_shares(first: Sequence[bool | None], second: Sequence[bool | None]) -> PairedShares:
    """Item i of both is the same row; rows without a verdict on both sides are left out."""
    both = [(x, y) for x, y in zip(first, second, strict=True) if x is not None and y is not None]
    return PairedShares(*(both.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))))


def clustered_interval(hits: Sequence[int], counts: Sequence[int]) -> tuple[float, float] | None:
    """95 % of sum(hits) / sum(counts), where hits[i] of counts[i] belong to row i and may be wrong together.

    Korn and Graubard 1998: Wilson's interval at the effective number m = p (1 - p) / v, made smaller by (z / t)² with
    t of n - 1 degrees of freedom. v is the linearised variance of the ratio over the n rows that have a count:
    v = n / (n - 1) * sum (hits - p counts)² / (sum counts)². Where all rows agree v is 0, and m is the number of rows.
    None below MIN_ROWS rows.
    """
    rows = [(hit, count) for hit, count in zip(hits, counts, strict=True) if count > 0]
    n, total = len(rows), sum(count for _, count in rows)
    if n < MIN_ROWS:
        return None
    share = sum(hit for hit, _ in rows) / total
    variance = n / (n - 1) * sum((hit - share * count) ** 2 for hit, count in rows) / total**2
    effective = float(n) if variance == 0 else share * (1 - share) / variance * (Z_95 / _t_95(n - 1)) ** 2
    effective = min(effective, float(total))
    return wilson(share * effective, effective)


def _t_95(freedom: int) -> float:
    """Student's 97.5 % quantile by Cornish and Fisher's expansion: within 0.3 % from 4 degrees of freedom on."""
    z, v = Z_95, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def _root(square: float) -> float:
    return math.sqrt(max(0.0, square))
