"""From repeated figures to a Markdown table: medians, ratios against the peer of the same repeat, goals met or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Repeats = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Goal:
    """What is promised: the median of the figures, one for each repeat, must not be above the limit."""

    promise: str
    figures: Sequence[float]
    limit: float

    def __str__(self) -> str:
        middle, kept = median(self.figures), sum(figure <= self.limit for figure in self.figures)
        count = len(self.figures)
        spread = f"; {min(self.figures):.3g} to {max(self.figures):.3g}, kept in {kept} of {count} repeats"
        return (
            f"{'met' if middle <= self.limit else 'MISSED'}: {self.promise} ({middle:.3g}{spread if count > 1 else ''})"
        )


@dataclass(frozen=True)
class Table:
    """notes stand below the table, goals last."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        rule = ["---", *("--:" for _ in self.columns[1:])]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows)]
        below = [*(f"- {goal}" for goal in self.goals), *(f"- {note}" for note in self.notes)]
        return "\n".join((f"### {self.title}", "", *lines, *(("", *below) if below else ()), ""))


def ratios(repeats: Repeats, name: str, peer: str) -> list[float]:
    """name / peer in each repeat: both sides of a quotient met nearly the same moment of the machine."""
    return [own / other for own, other in zip(repeats[name], repeats[peer], strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least percent of them do not exceed. Raises IndexError for none."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def compared(repeats: Repeats, *, form: str = ".3g") -> list[list[str]]:
    """One row for each client: its name, its median, and how many times ours it is (median of the ratios)."""
    return [
        [name, f"{median(own):{form}}", f"{median(ratios(repeats, name, 'ours')):.2f}"] for name, own in repeats.items()
    ]
