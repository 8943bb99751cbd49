"""Cells are asked again when somebody says so, and what it may cost is bounded each time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from services.endpoints import Endpoint
from services.errors import BadRequestError
from services.matrix.forecast import forecast
from services.matrix.job import Limits, Matrix
from services.matrix.jobs import Matrices
from services.matrix.lanes import Place
from services.wire.types import Usage
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Script
from tests.answers.test_run_secrets import held_by
from tests.matrix.rows import BROKEN, OWNER, Picky, asked, matrices, plan, until


def again(house: Matrices, places: Sequence[Place], endpoints: Sequence[Endpoint] = (SANDBOX, TOGETHER)) -> Matrix:
    return house.again(OWNER, places, endpoints)


def test_one_cell_is_asked_again_and_the_others_stay() -> None:
    script = Script()
    with matrices(script) as house:
        before = house.start(OWNER, plan(3)).wait(10)
        script.words = ("Anew",)
        after = again(house, [(1, 0)]).wait(10)
    assert [cell.text for cell in after.cells] == [*["Hello there"] * 2, "Anew", *["Hello there"] * 3]
    assert after.at(1, 0).started_at > before.at(1, 0).started_at
    assert len(script.sent) == 7


def test_the_failed_ones_are_asked_again_together() -> None:
    script = Picky(lambda n, model: BROKEN if n in (1, 4) else None)
    with matrices(script) as house:
        failed = house.start(OWNER, plan(3, asked("org/a"))).wait(10)
        assert [cell.error for cell in failed.cells].count(BROKEN) == 1
        done = again(house, failed.unanswered).wait(10)
        assert [cell.answered for cell in done.cells].count(False) == 1
        done = again(house, done.unanswered).wait(10)
    assert (done.unanswered, len(script.sent)) == ((), 5)


def test_an_answer_stays_where_asking_again_was_stopped_before_its_turn() -> None:
    go = threading.Semaphore(100)
    with matrices(Script(go=go), limits=Limits(max_lanes=1)) as house:
        house.start(OWNER, plan(2, asked())).wait(10)
        while go.acquire(blocking=False):
            pass
        job = again(house, [(0, 0), (1, 0)])
        until(lambda: job.snapshot().at(0, 0).state == "waiting")
        assert (job.snapshot().at(1, 0).state, job.snapshot().at(1, 0).text) == ("queued", "")
        job.stop()
        assert [cell.state for cell in job.wait(10).cells] == ["stopped", "done"]


def test_what_cannot_be_asked_again_is_refused() -> None:
    go = threading.Semaphore(0)
    with matrices(Script(go=go)) as house:
        with pytest.raises(BadRequestError, match="no matrix"):
            again(house, [(0, 0)])
        job = house.start(OWNER, plan(1, asked()))
        with pytest.raises(BadRequestError, match="already"):
            again(house, [(0, 0)])
        job.stop()
        job.wait(10)
        for cells in ([], [(9, 0)], [(0, -1)]):
            with pytest.raises(BadRequestError, match="no such cell"):
                again(house, cells)


def test_what_costs_more_than_the_cap_is_not_sent_unless_confirmed() -> None:
    script = Script()
    with matrices(script) as house:
        dear = plan(3, asked("org/a", TOGETHER), cap_usd=Decimal("0.0001"))
        with pytest.raises(BadRequestError, match="cap"):
            house.start(OWNER, dear)
        assert (script.sent, house.current(OWNER)) == ([], None)
        assert house.start(OWNER, dear, confirmed=True).wait(10).ended == 3
        with pytest.raises(BadRequestError, match="cap"):
            again(house, dear.places)


def test_no_more_is_spent_than_was_forecast_even_where_the_estimate_was_wrong() -> None:
    script = Picky(usage=Usage(5_000, 50))
    with matrices(script, limits=Limits(max_lanes=1)) as house:
        done = house.start(OWNER, plan(20, asked("org/a", TOGETHER))).wait(10)
    assert done.stage == "ceiling"
    assert done.spent_usd == Decimal("0.0051") * len(script.sent)
    assert 0 < done.ended < 20
    assert [cell.state for cell in done.cells].count("not asked") == 20 - len(script.sent)


def test_simulated_and_local_answers_spend_nothing() -> None:
    with matrices(Picky()) as house:
        done = house.start(OWNER, plan(3, asked("org/a", SANDBOX), asked("m", LOCAL), cap_usd=Decimal(0))).wait(10)
        paid = house.start(OWNER, plan(3, asked("org/a", TOGETHER))).wait(10)
    assert (done.stage, done.spent_usd, paid.spent_usd) == ("done", 0, Decimal("0.00036"))


def test_what_a_stopped_call_cost_is_unknown_so_its_bound_counts_as_spent() -> None:
    wanted = plan(1, asked("org/a", TOGETHER))
    with matrices(Script(go=threading.Semaphore(0))) as house:
        job = house.start(OWNER, wanted)
        until(lambda: job.snapshot().at(0, 0).state == "waiting")
        job.stop()
        assert job.wait(10).spent_usd == forecast(wanted).total_usd


def test_a_key_is_kept_no_longer_than_cells_are_asked_and_brought_anew_to_ask_again() -> None:
    first, second = (replace(TOGETHER, api_key="".join(("key-invented-for-matrices-", end))) for end in "ab")
    script = Picky()
    with matrices(script) as house:
        job = house.start(OWNER, plan(2, asked("org/a", first)))
        job.wait(10)
        until(lambda: id(first.api_key) not in held_by(job))
        again(house, [(0, 0)], [second]).wait(10)
        until(lambda: id(second.api_key) not in held_by(job))
    assert script.key_ends == ["a", "a", "b"]
