"""One sentence on two repeated measurements: which is ahead, by how much and how sure, or that none is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.answers import figures
from services.answers.statistics import MIN_INTERVAL_N, Paired, paired, pairs_needed

MOST_PAIRS = 1_000

MetricName = Literal["wait", "total", "tokens/s", "cost"]


@dataclass(frozen=True)
class Metric:
    """ahead completes "A ... than B" for the side that less_is_better favours; write gives a size with its unit."""

    name: MetricName
    ahead: str
    same: str
    less_is_better: bool
    write: Callable[[float], str]
    unit: str = ""


@dataclass(frozen=True)
class Verdict:
    """claim and details together are one sentence. left_out counts the rounds in which one of the two gave no figure.

    more is about how many further pairs would show the difference seen so far, in four cases of five; None where one
    is shown already, fewer than MIN_INTERVAL_N pairs tell too little, or it would take more than MOST_PAIRS.
    """

    claim: str
    details: str
    shown: bool
    paired: Paired | None
    left_out: int
    more: int | None = None

    @property
    def sentence(self) -> str:
        return self.claim + self.details


def verdict(
    a: Sequence[float | None], b: Sequence[float | None], metric: Metric, names: tuple[str, str] = ("A", "B")
) -> Verdict:
    """a[i] and b[i] come from the same round; only rounds in which both gave a figure count, the others are named.

    Raises ValueError where the two have not the same number of rounds.
    """
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    left_out = len(a) - len(both)
    note = _left_out(a, b, names, left_out)
    found = paired([x for x, _ in both], [y for _, y in both])
    if found is None:
        return Verdict(
            f"No round gave {metric.same} for both {names[0]} and {names[1]}", f".{note}", False, None, left_out
        )
    if found.shown:
        return Verdict(_claim(found, metric, names), _interval(found, metric) + note, True, found, left_out)
    claim = f"{names[0]} and {names[1]} are not distinguishable in {metric.same} at n = {found.n}"
    if all(x == y for x, y in both):
        return Verdict(claim, f": equal in every round.{note}", False, found, left_out)
    if found.n < MIN_INTERVAL_N:
        return Verdict(claim, f", too few to say how many would do.{note}", False, found, left_out)
    more = _more(found)
    return Verdict(claim, _outlook(more) + note, False, found, left_out, more)


def _claim(found: Paired, metric: Metric, names: tuple[str, str]) -> str:
    first_ahead = (found.difference < 0) == metric.less_is_better
    ahead, behind = names if first_ahead else (names[1], names[0])
    return f"{ahead} {metric.ahead} than {behind} by {_with_unit(metric, metric.write(abs(found.difference)))}"


def _interval(found: Paired, metric: Metric) -> str:
    assert found.low is not None
    assert found.high is not None
    low, high = sorted((abs(found.low), abs(found.high)))
    bounds = _with_unit(metric, f"{metric.write(low)} to {metric.write(high)}")
    return f" (95{figures.NARROW}% interval {bounds}, n = {found.n})."


def _outlook(more: int | None) -> str:
    if more is None:
        return "; nothing points to a difference that more repeats would show."
    return f"; about {more} more would settle it."


def _more(found: Paired) -> int | None:
    """Rounded up to steps of 5 above 20 and of 50 above 100: it is a rough guide."""
    needed = pairs_needed(found.above)
    if needed is None or needed > MOST_PAIRS:
        return None
    more = max(1, needed - found.n)
    step = 1 if more <= 20 else 5 if more <= 100 else 50
    return math.ceil(more / step) * step


def _left_out(a: Sequence[float | None], b: Sequence[float | None], names: tuple[str, str], rounds: int) -> str:
    if not rounds:
        return ""
    missing = [(name, sum(value is None for value in side)) for name, side in zip(names, (a, b), strict=True)]
    sides = " and ".join(f"{name} gave none in {count}" for name, count in missing if count)
    return f" Left out: {rounds} {'round' if rounds == 1 else 'rounds'} without both figures ({sides})."


def _with_unit(metric: Metric, size: str) -> str:
    return f"{size}{figures.NARROW}{metric.unit}" if metric.unit else size


def _decimals(value: float) -> str:
    """More digits the smaller it is: a bound that leaves 0 out is not written as 0."""
    if value < 0.0995:
        return f"{value:.3f}" if value >= 0.0005 else "under 0.001"
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _dollars(value: float) -> str:
    return figures.money(Decimal(repr(value))) if value else "$0"


METRICS = (
    Metric("wait", "starts sooner", "wait", True, _decimals, "s"),
    Metric("total", "is done sooner", "total", True, _decimals, "s"),
    Metric("tokens/s", "writes faster", "tokens/s", False, _decimals, "tokens/s"),
    Metric("cost", "costs less", "cost", True, _dollars),
)
