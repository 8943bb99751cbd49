"""How far a matrix is and what each model took for it: time, cost, and about how long the rest will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean

from services.answers.statistics import Estimate, median
from services.matrix.cells import UNDER_WAY, Cell, Snapshot
from services.matrix.job import DEFAULT_LIMITS, Limits
from services.matrix.lanes import lanes

_HALF_DONE = 0.5


@dataclass(frozen=True)
class Tally:
    """One model's: answered of cells, failed of those asked.

    total_s is the median over its whole answers, None where there is none; cost_usd None where the cost of an answer
    is not known. Simulated figures are as invented as the answers.
    """

    place: int
    cells: int
    answered: int
    failed: int
    total_s: Estimate | None
    cost_usd: Decimal | None


def tallies(snapshot: Snapshot) -> list[Tally]:
    """One for each model."""
    return [_tally(place, snapshot.of(place)) for place in range(len(snapshot.plan.entrants))]


def left_s(snapshot: Snapshot, *, limits: Limits = DEFAULT_LIMITS) -> float | None:
    """About how long the rest takes; None while an endpoint that has cells left has shown no time yet.

    The endpoints work side by side: what takes longest counts. A cell being written counts as half.
    """
    waiting = _waiting(snapshot)
    sizes = [(name, len(cells), _is_local(snapshot, name)) for name, cells in waiting.items()]
    at_once = lanes(sizes, most=limits.max_lanes, local=limits.local_lanes, other=limits.other_lanes)
    found = 0.0
    for name, cells in waiting.items():
        times = _times(cell for cell in snapshot.cells if snapshot.entrant(cell).endpoint.name == name)
        if not times:
            return None
        amount = sum(1.0 if cell.state == "queued" else _HALF_DONE for cell in cells)
        found = max(found, fmean(times) * amount / at_once[name])
    return found


def _tally(place: int, cells: tuple[Cell, ...]) -> Tally:
    ended = [cell for cell in cells if cell.result is not None and cell.state != "failed"]
    costs = [cell.cost_usd for cell in ended]
    known = [cost for cost in costs if cost is not None]
    return Tally(
        place=place,
        cells=len(cells),
        answered=sum(cell.answered for cell in cells),
        failed=sum(cell.state == "failed" for cell in cells),
        total_s=median(_times(cells)),
        cost_usd=sum(known, Decimal(0)) if ended and len(known) == len(costs) else None,
    )


def _times(cells: Iterable[Cell]) -> list[float]:
    """Of whole answers, seconds."""
    totals = (cell.result.timing.total_s for cell in cells if cell.answered and cell.result is not None)
    return [total for total in totals if total is not None]


def _waiting(snapshot: Snapshot) -> dict[str, list[Cell]]:
    """The cells that are not there yet, by the name of their endpoint."""
    found: dict[str, list[Cell]] = {}
    for cell in snapshot.cells:
        if cell.state in UNDER_WAY:
            found.setdefault(snapshot.entrant(cell).endpoint.name, []).append(cell)
    return found


def _is_local(snapshot: Snapshot, name: str) -> bool:
    return any(each.endpoint.kind == "local" for each in snapshot.plan.entrants if each.endpoint.name == name)
