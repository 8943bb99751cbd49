"""Repeated measurements: medians, paired differences and shares, each with an interval. No distribution is assumed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
MIN_INTERVAL_N = 5
_Z_LEVEL, _Z_POWER = 1.959964, 0.841621

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A value and the bounds of its interval; None where there are fewer than MIN_INTERVAL_N measurements."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Paired:
    """a − b within pairs: the typical difference, its interval, and the two-sided p of "there is none".

    The interval leaves 0 out exactly where p_value is at most 1 − LEVEL; below six pairs no difference can be shown,
    and low and high are None. above is the share of pairwise means over 0: 0.5 where neither is ahead.
    """

    difference: float
    low: float | None
    high: float | None
    n: int
    p_value: float
    above: float

    @property
    def shown(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def median(values: Sequence[float]) -> Estimate | None:
    """The interval runs between two of the values, chosen by how many of n fall below a median: binomial, one half.

    It covers the true median of independent values in at least 95 % of cases, whatever their distribution; at n = 5
    it is the whole range, which covers it in 93.75 %.
    """
    n = len(values)
    if n == 0:
        return None
    ordered = sorted(values)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    if n < MIN_INTERVAL_N:
        return Estimate(middle, None, None, n)
    rank = _median_rank(n)
    return Estimate(middle, ordered[rank - 1], ordered[n - rank], n)


@lru_cache
def _median_rank(n: int) -> int:
    """The largest rank r, from 1, such that the r-th smallest and r-th largest value hold the median at LEVEL."""
    tail, rank = 0.0, 0
    while rank < n // 2 and (tail := tail + math.comb(n, rank) / 2**n) <= (1 - LEVEL) / 2:
        rank += 1
    return max(1, rank)


def paired(a: Sequence[float], b: Sequence[float]) -> Paired | None:
    """Wilcoxon's signed-rank test, exact, with the Hodges-Lehmann estimate and the interval that belongs to it.

    a[i] and b[i] were measured in the same round. Valid where swapping the labels within a round would change nothing
    but the sign, which measuring in random order gives: slow drift and slow outliers then hit both alike. Equal values
    count for neither side. Source: Hollander and Wolfe, Nonparametric Statistical Methods, chapter 3.
    """
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    n = len(differences)
    if n == 0:
        return None
    means = _pairwise_means(differences)
    ahead, behind = int((means > 0).sum()), int((means < 0).sum())
    rank = _signed_rank(n)
    return Paired(
        difference=float(np.median(means)),
        low=None if rank == 0 else float(means[rank - 1]),
        high=None if rank == 0 else float(means[-rank]),
        n=n,
        p_value=min(1.0, 2 * float(_signed_rank_tails(n)[len(means) - max(ahead, behind)])),
        above=(ahead + (len(means) - ahead - behind) / 2) / len(means),
    )


def pairs_needed(above: float) -> int | None:
    """About how many pairs show a difference in four cases of five, were `above` (see Paired) the truth; None: endless.

    Noether 1987, sample size for the signed-rank test: (z_level + z_power)² / (3 (above − ½)²).
    """
    distance = above - 0.5
    if distance == 0:
        return None
    return max(6, math.ceil((_Z_LEVEL + _Z_POWER) ** 2 / (3 * distance**2)))


def _pairwise_means(values: Floats) -> Floats:
    """Means of all pairs, each value with itself too, sorted: (n,) -> (n (n + 1) / 2,)."""
    first, second = np.triu_indices(len(values))
    return np.sort((values[first] + values[second]) / 2)


@lru_cache
def _signed_rank(n: int) -> int:
    """The largest rank whose pairwise means, counted from either end, bound LEVEL; from 1, and 0 where none do."""
    return int(np.searchsorted(_signed_rank_tails(n), (1 - LEVEL) / 2, side="right"))


@lru_cache
def _signed_rank_tails(n: int) -> Floats:
    """P(T <= t) for t = 0 ... n (n + 1) / 2, T the sum of those of the ranks 1 ... n whose fair coin fell on heads."""
    chances = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(chances) + rank)
        longer[: len(chances)] += chances / 2
        longer[rank:] += chances / 2
        chances = longer
    return np.cumsum(chances)
