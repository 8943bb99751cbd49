"""How far a matrix is: time left, and what each model took."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.matrix.cells import Cell, Snapshot
from services.matrix.job import Limits
from services.matrix.tallies import left_s, tallies
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Script
from tests.matrix.rows import BROKEN, OWNER, Picky, asked, matrices, plan, until


def done(script: Any, *entrants: Any, n: int = 3) -> Snapshot:
    with matrices(script) as kept:
        return kept.start(OWNER, plan(n, *entrants)).wait(10)


def taking(snapshot: Snapshot, total_s: float) -> Snapshot:
    """The same with every answer taking so long."""

    def timed(cell: Cell) -> Cell:
        assert cell.result is not None
        return replace(cell, result=replace(cell.result, timing=replace(cell.result.timing, total_s=total_s)))

    return replace(snapshot, cells=tuple(map(timed, snapshot.cells)))


def queued(snapshot: Snapshot, *lines: int) -> Snapshot:
    def emptied(cell: Cell) -> Cell:
        return Cell(cell.line, cell.place, "queued") if cell.line in lines else cell

    return replace(snapshot, stage="asking", cells=tuple(map(emptied, snapshot.cells)))


def test_the_slowest_endpoint_says_how_long_the_rest_takes() -> None:
    snapshot = taking(done(Picky(), asked("org/a", LOCAL), asked("org/b", TOGETHER), n=5), 3.0)
    # Four of Local one after the other; Together's four go at once.
    assert left_s(queued(snapshot, 1, 2, 3, 4)) == pytest.approx(4 * 3.0)
    assert left_s(queued(snapshot, 1, 2, 3, 4), limits=Limits(local_lanes=2)) == pytest.approx(2 * 3.0)
    assert left_s(snapshot) == 0


def test_a_cell_being_written_counts_half() -> None:
    snapshot = taking(done(Picky(), asked("org/a", LOCAL)), 3.0)
    writing = replace(queued(snapshot, 2).at(2, 0), state="writing")
    assert left_s(replace(queued(snapshot, 2), cells=(*snapshot.cells[:2], writing))) == pytest.approx(1.5)


def test_nothing_is_said_of_time_before_an_endpoint_has_answered() -> None:
    go = threading.Semaphore(0)
    script = Script(words=("one",), go=go)
    with matrices(script) as kept:
        job = kept.start(OWNER, plan(2, asked("org/a", SANDBOX)))
        until(lambda: job.snapshot().at(0, 0).state == "waiting")
        assert left_s(job.snapshot()) is None
        go.release(100)
        job.wait(10)


def test_each_model_is_tallied_by_its_own_cells() -> None:
    snapshot = done(Picky(lambda n, model: BROKEN if model == "org/b" else None), asked("org/a"), asked("org/b"))
    first, second = tallies(snapshot)
    assert (first.answered, first.failed, first.cells) == (3, 0, 3)
    assert first.total_s is not None
    assert first.total_s.n == 3
    assert first.cost_usd == sum(cell.cost_usd for cell in snapshot.of(0) if cell.cost_usd is not None) > 0
    assert (second.answered, second.failed, second.total_s, second.cost_usd) == (0, 3, None, None)


def test_a_cost_that_is_not_known_in_full_is_not_added_up() -> None:
    (tally,) = tallies(done(Picky(), asked("org/a", price=None)))
    assert tally.cost_usd is None
    (free,) = tallies(done(Picky(), asked("org/a")))
    assert isinstance(free.cost_usd, Decimal)
