"""An answer lives in its run: it is read by anybody, stopped at once, billed once, and belongs to one owner."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from services.answers.resilience import MEASURED
from services.answers.runs import Runs
from services.errors import AuthError, OverloadedError, StreamInterruptedError
from services.models.prices import Price
from services.wire.types import Chunk, CompletionRequest, Usage
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Played, Script, chat

PRICE = Price(Decimal(1), Decimal(2))


@contextmanager
def runs(script: Script | Played, **limits: Any) -> Iterator[Runs]:
    made = Runs(script, **limits)
    try:
        yield made
    finally:
        made.close()


def test_a_finished_run_has_text_figures_and_cost() -> None:
    with runs(Script(usage=Usage(100, 50))) as started:
        result = started.start("ann", TOGETHER, chat(), message_id="1", price=PRICE).wait(5)
    assert (result.state, result.answer.text, result.estimated) == ("done", "Hello there", False)
    assert result.cost_usd == Decimal("0.0002")
    assert result.timing.wait_s is not None


def test_a_completion_runs_the_same_way() -> None:
    with runs(Script()) as started:
        run = started.start("ann", LOCAL, CompletionRequest("m", "Once"), message_id="1")
        assert run.wait(5).state == "done"


def test_the_same_message_is_sent_once() -> None:
    script = Script()
    with runs(script) as started:
        first = started.start("ann", LOCAL, chat(), message_id="1")
        again = started.start("ann", LOCAL, chat(), message_id="1")
        other = started.start("bob", LOCAL, chat(), message_id="1")
        for run in (first, other):
            run.wait(5)
    assert first is again
    assert first is not other
    assert len(script.sent) == 2


def test_stop_keeps_the_text_and_says_stopped() -> None:
    go = threading.Semaphore(1)
    with runs(Script(go=go)) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
        while not run.text():
            assert run.live
        run.stop()
        result = run.wait(5)
    assert (result.state, run.text()) == ("stopped", "Hello")
    assert result.estimated


def test_a_length_stop_and_a_broken_stream_are_cut_off() -> None:
    broken = StreamInterruptedError("It broke.")
    for script, error in ((Script(finish="length"), None), (Script(error=broken), broken)):
        with runs(script) as started:
            result = started.start("ann", LOCAL, chat(), message_id="1").wait(5)
        assert (result.state, result.error) == ("cut off", error)
        assert result.answer.text == "Hello there"


def test_an_error_before_the_first_text_has_failed_and_cost_nothing() -> None:
    with runs(Script(words=(), error=AuthError("No."))) as started:
        result = started.start("ann", TOGETHER, chat(), message_id="1", price=PRICE).wait(5)
        tally = started.tally("ann")
    assert (result.state, result.cost_usd) == ("failed", Decimal(0))
    assert (tally.answers, tally.spent_usd) == (0, Decimal(0))


def test_a_defect_of_ours_is_not_swallowed() -> None:
    def defect() -> None:
        raise ZeroDivisionError

    with runs(Script(defect=defect)) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
        with pytest.raises(ZeroDivisionError):
            run.wait(5)
        with pytest.raises(ZeroDivisionError):
            _ = run.result


def test_a_run_is_found_by_its_owner_only() -> None:
    with runs(Script()) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
        assert started.get("ann", run.id) is run
        assert started.get("bob", run.id) is None
        assert started.get("ann", "unknown") is None


def test_simulated_and_local_answers_never_enter_what_is_spent() -> None:
    with runs(Script(usage=Usage(1_000_000, 0))) as started:
        started.start("ann", SANDBOX, chat(), message_id="1", price=PRICE).wait(5)
        assert started.tally("ann").spent_usd == 0
        started.start("ann", TOGETHER, chat(), message_id="2", price=PRICE).wait(5)
        assert started.tally("ann").spent_usd == 1
        assert started.tally("ann").answers == 2


def test_an_unknown_price_is_said_and_an_estimate_marked() -> None:
    with runs(Script()) as started:
        started.start("ann", TOGETHER, chat(), message_id="1").wait(5)
        assert started.tally("ann").unpriced == 1
        started.start("ann", TOGETHER, chat(), message_id="2", price=PRICE).wait(5)
        assert started.tally("ann").estimated


def test_one_owner_cannot_have_too_many_at_once() -> None:
    go = threading.Semaphore(0)
    with runs(Script(go=go), max_live_per_owner=2) as started:
        for number in range(2):
            started.start("ann", LOCAL, chat(), message_id=str(number))
        with pytest.raises(OverloadedError):
            started.start("ann", LOCAL, chat(), message_id="2")
        started.start("bob", LOCAL, chat(), message_id="0")


def test_finished_runs_are_forgotten_after_their_time_and_live_ones_are_not() -> None:
    now = [0]
    go = threading.Semaphore(3)
    with runs(Script(go=go), clock_ns=lambda: now[0], keep_s=10) as started:
        done = started.start("ann", LOCAL, chat(), message_id="1")
        done.wait(5)
        live = started.start("ann", LOCAL, chat(), message_id="2")
        now[0] = 11 * 10**9
        go.release(3)
        started.start("bob", LOCAL, chat(), message_id="3")
        assert started.get("ann", done.id) is None
        assert started.get("ann", live.id) is live


def test_closing_stops_what_is_live() -> None:
    with runs(Script(go=threading.Semaphore(0))) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
    assert run.wait(0).state == "stopped"


def test_no_more_runs_are_kept_than_allowed_and_a_forgotten_message_is_sent_again() -> None:
    script = Script()
    with runs(script, max_runs=2) as started:
        made = []
        for number in range(4):
            made.append(started.start("ann", LOCAL, chat(), message_id=str(number)))
            made[-1].wait(5)
        assert [started.get("ann", run.id) is run for run in made] == [False, False, True, True]
        started.start("ann", LOCAL, chat(), message_id="0").wait(5)
    assert len(script.sent) == 5


@pytest.mark.parametrize(("price", "cost"), [(PRICE, None), (Price(Decimal(0), Decimal(0)), Decimal(0))])
def test_what_an_answer_stopped_before_its_first_text_cost_is_known_only_where_all_is_free(
    price: Price, cost: Decimal | None
) -> None:
    with runs(Script(go=threading.Semaphore(0))) as started:
        run = started.start("ann", TOGETHER, chat(), message_id="1", price=price)
        run.stop()
        result = run.wait(5)
        assert (result.state, result.cost_usd, result.usage.completion_tokens) == ("stopped", cost, 0)
        assert started.tally("ann").unpriced == (1 if cost is None else 0)


def test_once_a_part_of_what_was_spent_is_estimated_the_sum_is() -> None:
    counted, uncounted = Script(usage=Usage(10, 10)), Script()
    with runs(uncounted) as started:
        started.start("ann", LOCAL, chat(), message_id="1", price=Price(Decimal(0), Decimal(0))).wait(5)
        assert not started.tally("ann").estimated
        started.start("ann", TOGETHER, chat(), message_id="2", price=PRICE).wait(5)
        uncounted.usage = counted.usage
        started.start("ann", TOGETHER, chat(), message_id="3", price=PRICE).wait(5)
        assert started.tally("ann").estimated


def test_the_policy_reaches_the_source() -> None:
    script = Script()
    with runs(script) as started:
        started.start("ann", LOCAL, chat(), message_id="1", policy=MEASURED).wait(5)
        started.start("ann", LOCAL, CompletionRequest("m", "Once"), message_id="2", policy=MEASURED).wait(5)
    assert script.policies == [MEASURED, MEASURED]


def test_figures_come_from_the_times_of_the_stream_and_thinking_is_no_answer() -> None:
    thought, said = Chunk(1_420_000_000, "reasoning", "Hm."), Chunk(3_450_000_000, "answer", "Yes.")
    with runs(Played(thought, said, sent_ns=1_000_000_000, attempts=3)) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
        result = run.wait(5)
    assert (run.text("reasoning"), run.text()) == ("Hm.", "Yes.")
    assert (result.timing.wait_s, result.timing.wait_answer_s) == (pytest.approx(0.42), pytest.approx(2.45))
    assert result.attempts == 3


def test_a_run_says_whether_it_waits_or_writes_and_for_how_long() -> None:
    go = threading.Semaphore(0)
    with runs(Script(go=go)) as started:
        run = started.start("ann", LOCAL, chat(), message_id="1")
        assert run.state == "waiting"
        assert run.elapsed_s() > 0
        go.release()
        while not run.text():
            assert run.live
        assert run.state == "writing"
