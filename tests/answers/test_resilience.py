"""When a failed call is tried again, after how long, and how many retries a process allows itself."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest

from services.answers.resilience import INTERACTIVE, MEASURED, Backoff, RetryBudget, retried
from services.errors import (
    AuthError,
    DeadlineError,
    OverloadedError,
    RateLimitError,
    ServerError,
    ServiceError,
    StoppedError,
)
from services.wire.call import Call


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def seconds(self) -> float:
        return self.now_s

    def ns(self) -> int:
        return round(self.now_s * 1e9)


class Provider:
    """Fails in turn with the given errors, then answers; notes the pauses it was given."""

    def __init__(self, *errors: ServiceError) -> None:
        self.errors, self.asked, self.waits_s = list(errors), 0, list[float]()

    def ask(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def sleep(self, call: Call, seconds: float) -> bool:
        self.waits_s.append(seconds)
        return call.stopped


def ask(provider: Provider, call: Call | None = None, chance: float = 0.5, policy: object = INTERACTIVE) -> str:
    backoff = Backoff(chance=lambda: chance, sleep=provider.sleep)
    return retried(call or Call(), provider.ask, policy, backoff, RetryBudget())  # type: ignore[arg-type]


def test_a_passing_failure_is_tried_again_after_doubling_jittered_waits() -> None:
    provider = Provider(ServerError("x"), ServerError("x"))
    assert ask(provider, chance=0.0) == "answer"
    assert provider.waits_s == [0.5, 1.0]


def test_the_third_failure_is_the_answer() -> None:
    provider = Provider(*(ServerError(str(n)) for n in range(9)))
    with pytest.raises(ServerError, match="2"):
        ask(provider)
    assert provider.asked == 3


@pytest.mark.parametrize("error", [AuthError("x"), ServerError("x", retryable=False)])
def test_a_final_error_is_not_tried_again(error: ServiceError) -> None:
    provider = Provider(error)
    with pytest.raises(type(error)):
        ask(provider)
    assert (provider.asked, provider.waits_s) == (1, [])


def test_measured_calls_are_not_tried_again() -> None:
    provider = Provider(ServerError("x"))
    with pytest.raises(ServerError):
        ask(provider, policy=MEASURED)
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("asked_s", "chance", "waited_s"), [(1.0, 0.0, 1.0), (1.0, 0.5, 1.25), (8.0, 0.5, 9.0), (60.0, 0.0, 60.0)]
)
def test_a_servers_wait_is_kept_and_spread(asked_s: float, chance: float, waited_s: float) -> None:
    provider = Provider(RateLimitError("x", retry_after_s=asked_s))
    assert ask(provider, chance=chance) == "answer"
    assert provider.waits_s == [waited_s]


def test_a_wait_too_long_to_keep_is_said_at_once() -> None:
    provider = Provider(RateLimitError("x", retry_after_s=60.5))
    with pytest.raises(RateLimitError):
        ask(provider)
    assert provider.waits_s == []


def test_waits_are_capped_and_never_quite_zero() -> None:
    backoff = Backoff(max_attempts=99, chance=lambda: math.nextafter(1.0, 0.0))
    assert backoff.wait_s(ServerError("x"), 1) > 0.0  # type: ignore[operator]
    assert Backoff(max_attempts=99, chance=lambda: 0.0).wait_s(ServerError("x"), 60) == 8.0


def test_fifty_clients_told_the_same_do_not_come_back_together() -> None:
    random = Random(7)
    told = RateLimitError("x", retry_after_s=1.0)
    waits_s = [Backoff(chance=random.random).wait_s(told, 1) or 0.0 for _ in range(50)]
    assert min(waits_s) >= 1.0
    assert max(Counter(int(wait_s * 10) for wait_s in waits_s).values()) <= 22


def test_no_wait_outlasts_the_total_deadline() -> None:
    clock = Clock()
    call = Call(clock_ns=clock.ns)
    call.begin(2.0)
    provider = Provider(OverloadedError("x", retry_after_s=1.9), OverloadedError("y"))
    with pytest.raises(OverloadedError):
        ask(provider, call, chance=0.9)
    assert provider.asked == 1


def test_a_stop_during_a_wait_ends_the_call() -> None:
    call, provider = Call(), Provider(ServerError("x"))
    call.stop()
    with pytest.raises(StoppedError):
        ask(provider, call)
    assert provider.asked == 1


def test_the_waits_are_kept_on_the_call() -> None:
    call = Call()
    ask(Provider(ServerError("x")), call, chance=0.0)
    assert call.waits_s == [0.5]


def test_retries_stay_below_a_tenth_of_the_calls() -> None:
    clock, sent = Clock(), 0
    budget = RetryBudget(clock_s=clock.seconds)
    for _ in range(600):
        provider = Provider(*(DeadlineError("x") for _ in range(3)))
        with pytest.raises(DeadlineError):
            retried(Call(), provider.ask, INTERACTIVE, Backoff(sleep=provider.sleep), budget)
        sent += provider.asked
    assert 610 <= sent <= 670


def test_a_few_calls_may_always_be_repeated_and_old_retries_are_forgotten() -> None:
    clock = Clock()
    budget = RetryBudget(floor=3, window_s=60.0, clock_s=clock.seconds)
    budget.count_call()
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    clock.now_s += 59.0
    assert not budget.take()
    clock.now_s += 1.0
    assert budget.take()
