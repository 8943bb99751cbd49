"""From repeated figures to a Markdown table: medians, ratios against the peer of the same repeat, goals met or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Repeats = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Goal:
    """What is promised, and the figure that must not be above its limit."""

    promise: str
    figure: float
    limit: float

    def __str__(self) -> str:
        return f"{'met' if self.figure <= self.limit else 'MISSED'}: {self.promise} ({self.figure:.3g})"


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


def ratio(repeats: Repeats, name: str, peer: str) -> float:
    """Median over the repeats of name / peer: both sides of each quotient met the same moment of the machine."""
    return median(own / other for own, other in zip(repeats[name], repeats[peer], strict=True))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least percent of them do not exceed. Raises IndexError for none."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def compared(repeats: Repeats, *, form: str = ".3g") -> list[list[str]]:
    """One row for each client: its name, its median, and how many times ours it is."""
    return [[name, f"{median(own):{form}}", f"{ratio(repeats, name, 'ours'):.2f}"] for name, own in repeats.items()]
