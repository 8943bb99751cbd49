"""How far a count of votes can be trusted: the exact two-sided sign test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from services.shares import Z_95

_Z_80 = 0.841621
LEVEL, POWER, MOST_VOTES = 0.05, 0.80, 1_000


def p_value(wins: int, n: int) -> float:
    """Two-sided: how often even chances would give a split at least as uneven. 1.0 for n = 0."""
    most = max(wins, n - wins)
    return min(1.0, 2 * math.fsum(chance for k, chance in enumerate(_binomial(n, 0.5)) if k >= most))


@lru_cache(maxsize=4_096)
def votes_for(share: float) -> int | None:
    """Votes after which the test tells share from one half in 80 of 100 series.

    None where that takes more than MOST_VOTES, as it always does for one half itself.
    """
    edge = abs(share - 0.5)
    about = _about(share) if edge > 0 else math.inf
    if about > MOST_VOTES:
        return None
    return next(n for n in range(max(1, int(0.8 * about)), 2 * MOST_VOTES) if _power(n, 0.5 + edge) >= POWER)


def _about(share: float) -> float:
    """The normal approximation of votes_for, a few votes beside it: where the exact search may begin."""
    return ((Z_95 / 2 + _Z_80 * math.sqrt(share * (1 - share))) / (share - 0.5)) ** 2


def _power(n: int, share: float) -> float:
    """How often n votes with this share give a split that the test calls uneven."""
    critical = _critical(n)
    return math.fsum(chance for k, chance in enumerate(_binomial(n, share)) if k >= critical or n - k >= critical)


@lru_cache(maxsize=2 * MOST_VOTES)
def _critical(n: int) -> int:
    """The fewest wins of n with a p value within LEVEL; n + 1 where none has one."""
    tail, wins = 0.0, n + 1
    for chance in _binomial(n, 0.5):
        tail += 2 * chance
        if tail > LEVEL:
            break
        wins -= 1
    return wins


def _binomial(n: int, share: float) -> Iterator[float]:
    """The chance of 0, 1, … n wins; through logarithms, as 0.5 ** n is 0.0 for large n."""
    if share >= 1.0:
        yield from (*(0.0 for _ in range(n)), 1.0)
        return
    won, lost, all_ = math.log(share), math.log1p(-share), math.lgamma(n + 1)
    for k in range(n + 1):
        yield math.exp(all_ - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * won + (n - k) * lost)
