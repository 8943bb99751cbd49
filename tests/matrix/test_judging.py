"""Answers are judged as they come, by the checks that are set, and anew where others are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.errors import BadRequestError
from services.matrix.checks import Contains, Expected
from services.matrix.job import Limits
from services.matrix.plans import plan_of
from tests.answers.scripted import Script
from tests.matrix.rows import OWNER, asked, materials, matrices, plan, until


def test_answers_are_judged_as_they_come_and_anew_by_other_checks_without_being_asked_again() -> None:
    script = Script(words=("Pump P100 ", "costs 1,234.50 EUR."))
    with matrices(script) as house:
        job = house.start(OWNER, plan(1, asked()), checks=[Contains("pump")])
        first = job.wait(10).at(0, 0).judgement
        house.check(OWNER, [Contains("valve"), Contains("EUR")])
        until(lambda: not job.snapshot().checking)
        second = job.snapshot().at(0, 0).judgement
    assert [first.passed, second.passed] == [True, False]
    assert [outcome.passed for outcome in second.outcomes] == [False, True]
    assert (first.grounding.grounded, first.grounding.judged) == (2, 2)
    assert second.grounding is first.grounding
    assert len(script.sent) == 1


def test_checks_set_while_cells_are_written_hold_for_all_of_them() -> None:
    go = threading.Semaphore(0)
    with matrices(Script(go=go), limits=Limits(max_lanes=2)) as house:
        job = house.start(OWNER, plan(5), checks=[Contains("Hello")])
        go.release(9)
        until(lambda: job.snapshot().ended >= 2)
        house.check(OWNER, [Contains("missing")])
        go.release(1_000)
        job.wait(10)
        until(lambda: not job.snapshot().checking)
        assert [cell.judgement.passed for cell in job.snapshot().cells] == [False] * 10


def test_a_wrong_check_is_refused_before_anything_is_sent() -> None:
    script = Script()
    with matrices(script) as house, pytest.raises(BadRequestError, match="empty text"):
        house.start(OWNER, plan(1), checks=[Contains(" ")])
    assert script.sent == []


def test_a_defect_in_judging_reaches_whoever_looks() -> None:
    with matrices(Script()) as house, ThreadPoolExecutor(1) as workers:
        job = house.start(OWNER, plan(1, asked()))
        job.wait(10)
        job.check(workers, (Expected("NO_SUCH_COLUMN"),))
        workers.shutdown(wait=True)
        with pytest.raises(KeyError):
            job.snapshot()


def test_each_answer_is_judged_by_its_own_row() -> None:
    chosen = plan_of("{{MATNR}}", materials(60), [41, 7], [asked()])
    with matrices(Script(words=("MAT-00007",))) as house:
        done = house.start(OWNER, chosen, checks=[Expected("MATNR", "same")]).wait(10)
    assert [cell.judgement.passed for cell in done.cells] == [False, True]
    assert [cell.judgement.grounding.grounded for cell in done.cells] == [0, 1]
