"""A check asks one model for one token, once, in the background, and says what that shows and what it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from services.answers.runs import Runs
from services.checking import Check, Checks, check_usd, request_of
from services.errors import (
    AuthError,
    BadRequestError,
    ConnectError,
    NotFoundError,
    OverloadedError,
    RateLimitError,
    ServiceError,
    StoppedError,
)
from services.models.model import Model
from services.models.observed import Observations
from services.models.prices import Price
from services.observing import observer
from services.wire.types import ChatRequest, Chunk, CompletionRequest, Usage
from tests.answers.scripted import SANDBOX, TOGETHER, Played, Script

MODEL = Model("Together", "org/model", "chat", price=Price(Decimal(1), Decimal(2)))


@contextmanager
def checks(script: Script, **limits: Any) -> Iterator[Checks]:
    runs = Runs(script)
    try:
        yield Checks(runs, **limits)
    finally:
        runs.close()


def checked(script: Script, model: Model = MODEL) -> Check:
    with checks(script) as kept:
        check = kept.start("ann", TOGETHER, model)
        check.run.wait(5)
    return check


def test_one_token_is_asked_for_and_never_asked_for_twice() -> None:
    script = Script(("Hello",), finish="length", usage=Usage(40, 1))
    check = checked(script)
    assert check.verdict == "answered"
    assert [request.sampling.max_tokens for request in script.sent] == [1]
    assert [policy.retries for policy in script.policies] == [False]


def test_an_end_without_any_text_is_an_answer() -> None:
    assert checked(Script((), finish="length")).verdict == "answered"


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (NotFoundError("Not here."), "refused"),
        (BadRequestError("Not a chat model."), "refused"),
        (AuthError("The key is wrong."), "open"),
        (RateLimitError("Busy."), "open"),
        (ConnectError("Refused."), "open"),
    ],
)
def test_only_what_the_server_says_of_the_model_counts_against_it(error: ServiceError, verdict: str) -> None:
    assert checked(Script((), error=error)).verdict == verdict


def test_stop_ends_it_and_nothing_is_known() -> None:
    with checks(Script(go=threading.Semaphore(0))) as kept:
        check = kept.start("ann", TOGETHER, MODEL)
        assert check.verdict == "asking"
        kept.stop("ann", ("Together", "org/model"))
        kept.stop("ann", ("Together", "never asked"))
        check.run.wait(5)
        assert check.verdict == "open"


def test_a_second_press_while_it_asks_sends_nothing_and_afterwards_it_asks_anew() -> None:
    gate = threading.Semaphore(0)
    script = Script(go=gate)
    with checks(script) as kept:
        first = kept.start("ann", TOGETHER, MODEL)
        assert kept.start("ann", TOGETHER, MODEL) == first
        gate.release(10)
        first.run.wait(5)
        second = kept.start("ann", TOGETHER, MODEL)
        second.run.wait(5)
        assert second.run is not first.run
        assert kept.of("ann") == {("Together", "org/model"): second}
    assert len(script.sent) == 2


def test_checks_belong_to_their_owner() -> None:
    with checks(Script()) as kept:
        kept.start("ann", TOGETHER, MODEL).run.wait(5)
        assert kept.of("bob") == {}
        kept.stop("bob", ("Together", "org/model"))


def test_of_many_checks_the_newest_stay() -> None:
    with checks(Script(), keep=2) as kept:
        for name in ("a", "b", "c"):
            kept.start("ann", TOGETHER, Model("Together", name)).run.wait(5)
        assert [address[1] for address in kept.of("ann")] == ["b", "c"]


def test_too_many_answers_at_once_are_refused_and_nothing_is_kept() -> None:
    gate = threading.Semaphore(0)
    runs = Runs(Script(go=gate), max_live_per_owner=1)
    kept = Checks(runs)
    try:
        kept.start("ann", TOGETHER, Model("Together", "a"))
        with pytest.raises(OverloadedError):
            kept.start("ann", TOGETHER, Model("Together", "b"))
        assert [address[1] for address in kept.of("ann")] == ["a"]
    finally:
        runs.close()


@pytest.mark.parametrize(
    ("type_", "kind"), [(None, ChatRequest), ("chat", ChatRequest), ("language", CompletionRequest)]
)
def test_a_model_is_asked_in_the_way_it_answers(type_: str | None, kind: type) -> None:
    assert isinstance(request_of(Model("Here", "m", type_)), kind)


@pytest.mark.parametrize("type_", ["embedding", "image", "video", "something new"])
def test_what_writes_no_text_cannot_be_checked_with_a_token(type_: str) -> None:
    with checks(Script()) as kept, pytest.raises(BadRequestError, match=type_):
        kept.start("ann", TOGETHER, Model("Together", "m", type_))


def test_the_bound_said_before_holds_for_what_it_costs() -> None:
    bound = check_usd(MODEL)
    check = checked(Script(("Hello",), finish="length", usage=Usage(45, 1)))
    assert check.run.result is not None
    assert bound is not None
    assert check.run.result.cost_usd is not None
    assert 0 < check.run.result.cost_usd <= bound < Decimal("0.0002")
    assert check_usd(Model("Here", "m")) is None


def observed(script: Script, endpoint: Any = TOGETHER) -> Observations:
    kept = Observations()
    runs = Runs(script, on_end=observer(kept))
    try:
        Checks(runs).start("ann", endpoint, MODEL).run.wait(5)
    finally:
        runs.close()
    return kept


def test_a_real_answer_is_observed_and_a_failed_or_simulated_one_is_not() -> None:
    assert observed(Script()).of(TOGETHER, "org/model") is not None
    assert observed(Script(error=ConnectError("Broke."))).of(TOGETHER, "org/model") is None
    assert observed(Script(), SANDBOX).of(SANDBOX, "org/model") is None


def test_an_answer_that_was_stopped_or_came_at_a_second_attempt_is_not_observed() -> None:
    kept = Observations()
    word = Chunk(2_000_000, "answer", "Hello")
    for source, ended in (
        (Played(word, attempts=2), "done"),
        (Played(word, error=StoppedError("Stopped.")), "stopped"),
    ):
        runs = Runs(source, on_end=observer(kept))
        result = runs.start("ann", TOGETHER, request_of(MODEL), message_id="1").wait(5)
        runs.close()
        assert result.state == ended
    assert kept.of(TOGETHER, "org/model") is None
