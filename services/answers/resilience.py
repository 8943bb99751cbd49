"""When a failed call is tried again: how often, after how long, and how much of all traffic retries may be."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.errors import ServiceError, StoppedError
from services.wire.call import Call

T = TypeVar("T")


@dataclass(frozen=True)
class Policy:
    """interactive may try again before the first text; measured never does: what was asked is what is measured."""

    name: str
    retries: bool


INTERACTIVE = Policy("interactive", retries=True)
MEASURED = Policy("measured", retries=False)


@dataclass(frozen=True)
class Backoff:
    """Full jitter, U(0, min(cap, base * 2^n)), unless the server names a wait; times in seconds.

    max_attempts counts the first try. A server's wait is kept and U(0, max(0.5, a quarter)) added, so that many
    clients told the same do not come back together; one longer than max_retry_after_s is shown, not slept.
    chance gives numbers in [0, 1); sleep returns True if the call was stopped meanwhile.
    """

    max_attempts: int = 3
    base_s: float = 0.5
    cap_s: float = 8.0
    max_retry_after_s: float = 60.0
    chance: Callable[[], float] = random.random
    sleep: Callable[[Call, float], bool] = Call.wait

    def wait_s(self, error: ServiceError, failed: int) -> float | None:
        """The pause after the failed-th attempt (from 1); None where the error is final."""
        if not error.retryable or failed >= self.max_attempts:
            return None
        asked_s = error.retry_after_s
        if asked_s is None:
            # 1 - chance is never 0: an immediate second try is the one thing an overloaded server does not need.
            return (1.0 - self.chance()) * min(self.cap_s, self.base_s * 2.0 ** (failed - 1))
        if asked_s > self.max_retry_after_s:
            return None
        return asked_s + self.chance() * max(0.5, 0.25 * asked_s)


class RetryBudget:
    """Bounds the retries of one process: at most `share` of the calls in the last window_s, or `floor` if that is more.

    Without it a failing provider would get three times the traffic. Thread-safe; clock_s is monotonic.
    """

    def __init__(
        self,
        *,
        share: float = 0.1,
        window_s: float = 60.0,
        floor: int = 10,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._share, self._window_s, self._floor, self._clock_s = share, window_s, floor, clock_s
        self._calls: deque[float] = deque()
        self._retries: deque[float] = deque()
        self._lock = threading.Lock()

    def count_call(self) -> None:
        with self._lock:
            self._forget()
            self._calls.append(self._clock_s())

    def take(self) -> bool:
        """Claim one retry; False if there is none left."""
        with self._lock:
            self._forget()
            if len(self._retries) >= max(self._floor, int(self._share * len(self._calls))):
                return False
            self._retries.append(self._clock_s())
            return True

    def _forget(self) -> None:
        start_s = self._clock_s() - self._window_s
        for times in (self._calls, self._retries):
            while times and times[0] <= start_s:
                times.popleft()


def retried(call: Call, attempt: Callable[[], T], policy: Policy, backoff: Backoff, budget: RetryBudget) -> T:
    """attempt() until it succeeds or its error is final; waits end with stop() and never outlast the total deadline."""
    budget.count_call()
    failed = 0
    while True:
        try:
            return attempt()
        except ServiceError as error:
            failed += 1
            error.attempts = max(1, call.attempts)
            wait_s = backoff.wait_s(error, failed) if policy.retries else None
            if wait_s is None or wait_s >= call.total_left_s() or not budget.take():
                raise
        call.waits_s.append(wait_s)
        if backoff.sleep(call, wait_s):
            raise StoppedError("Stopped.")
