"""Judging the answers of one matrix: each by the checks that are set, and by what of it stands in its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from services.matrix.checks import Check, judged
from services.matrix.grounding import Given, Grounding, given
from services.matrix.limited import LimitedJudge, Outcome
from services.matrix.plans import Plan
from services.matrix.template import cells


@dataclass(frozen=True)
class Judgement:
    """outcomes[i] belongs to the i-th check."""

    outcomes: tuple[Outcome, ...]
    grounding: Grounding

    @property
    def passed(self) -> bool | None:
        """Whether all checks passed; None where none is set, or where one could not be judged and none failed."""
        found = [outcome.passed for outcome in self.outcomes]
        if False in found:
            return False
        return True if found and None not in found else None


class Judging:
    """Thread-safe."""

    def __init__(self, plan: Plan, judge: LimitedJudge) -> None:
        self._plan, self._judge = plan, judge

    def judgement(self, line: int, text: str, checks: Sequence[Check], known: Grounding | None = None) -> Judgement:
        """line counts in the plan's rows. known: what was found of this text before, which no check changes."""
        row = cells(self._plan.sample, line)
        outcomes = tuple(judged(check, text, row, self._judge) for check in checks)
        return Judgement(outcomes, self._given[line].marks(text) if known is None else known)

    @cached_property
    def _given(self) -> tuple[Given, ...]:
        plan = self._plan
        rows = [cells(plan.sample, line) for line in range(len(plan.rows))]
        return tuple(given(row, plan.template.columns, plan.template.texts, plan.system) for row in rows)
