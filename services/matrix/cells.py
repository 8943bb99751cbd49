"""The matrix as it stands at one moment: a cell for each row and model, from queued to judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from services.answers.runs import Result
from services.errors import ServiceError
from services.matrix.checks import Check
from services.matrix.judging import Judgement
from services.matrix.plans import Entrant, Plan

CellState = Literal["not asked", "queued", "waiting", "writing", "done", "stopped", "cut off", "failed"]
Stage = Literal["asking", "done", "stopped", "ceiling", "failing"]

UNDER_WAY: frozenset[CellState] = frozenset({"queued", "waiting", "writing"})


@dataclass(frozen=True)
class Cell:
    """line and place count from 0, in the plan's rows and entrants. started_at is None until it is asked.

    text is what has come so far, reasoning left out; judgement is None until an answer has been judged.
    """

    line: int
    place: int
    state: CellState = "not asked"
    text: str = ""
    started_at: datetime | None = None
    result: Result | None = None
    judgement: Judgement | None = None

    @property
    def answered(self) -> bool:
        """Whether a whole answer stands here: not stopped, not broken off but by max_tokens, and not empty."""
        if self.result is None or self.result.error is not None:
            return False
        return self.result.state in ("done", "cut off") and bool(self.text.strip())

    @property
    def error(self) -> ServiceError | None:
        return None if self.result is None else self.result.error

    @property
    def cost_usd(self) -> Decimal | None:
        return None if self.result is None else self.result.cost_usd

    @property
    def served_model(self) -> str | None:
        """The id the server says it served."""
        return None if self.result is None else self.result.answer.model


@dataclass(frozen=True)
class Snapshot:
    """cells run row by row, in each row model by model. stage "ceiling" and "failing" left cells that were not asked.

    spent_usd is what real endpoints cost so far, cells asked again counted each time; where a cost is unknown, its
    bound. problems holds, for each model that was given up, the error it failed with.
    """

    plan: Plan
    stage: Stage
    cells: tuple[Cell, ...]
    spent_usd: Decimal
    problems: tuple[tuple[int, ServiceError], ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def live(self) -> bool:
        return self.stage == "asking"

    @property
    def checking(self) -> bool:
        """Whether an answer is there that has not been judged yet."""
        return any(cell.answered and cell.judgement is None for cell in self.cells)

    @property
    def ended(self) -> int:
        """Cells that were asked and are not under way."""
        return sum(cell.result is not None for cell in self.cells)

    def at(self, line: int, place: int) -> Cell:
        return self.cells[line * len(self.plan.entrants) + place]

    def of(self, place: int) -> tuple[Cell, ...]:
        """The cells of one model, row by row."""
        return self.cells[place :: len(self.plan.entrants)]

    def entrant(self, cell: Cell) -> Entrant:
        return self.plan.entrants[cell.place]

    def mismatch(self, cell: Cell) -> bool:
        """Whether the server says it served another model than was asked."""
        return cell.served_model is not None and cell.served_model != self.entrant(cell).model

    @property
    def unanswered(self) -> tuple[tuple[int, int], ...]:
        """Line and place of what could be asked again: failed, stopped, broken off, empty or not asked."""
        left = (cell for cell in self.cells if cell.state not in UNDER_WAY and not cell.answered)
        return tuple((cell.line, cell.place) for cell in left)
