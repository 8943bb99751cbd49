"""Work in a thread while a page goes on: how far it is, what came of it, and waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, wait
from typing import Generic, TypeVar

from services.errors import ServiceError, StoppedError

T = TypeVar("T")


class Background(Generic[T]):
    """One piece of work, in the order in which its workers come to it. Thread-safe."""

    def __init__(self, workers: Executor, work: Callable[[], T], clock_s: Callable[[], float]) -> None:
        self._clock_s, self._began_s = clock_s, clock_s()
        self._ended_s: float | None = None
        self._future = workers.submit(self._timed, work)

    @property
    def live(self) -> bool:
        return not self._future.done()

    @property
    def elapsed_s(self) -> float:
        """Since it was asked for, until it ended."""
        return (self._clock_s() if self._ended_s is None else self._ended_s) - self._began_s

    @property
    def problem(self) -> ServiceError | None:
        """None while it is live, and where it came to a result."""
        if self.live:
            return None
        if self._future.cancelled():
            return StoppedError("This was cancelled.", remedy="Ask for it again.")
        failure = self._future.exception()
        return failure if isinstance(failure, ServiceError) else None

    @property
    def value(self) -> T | None:
        """None while it is live, or has a problem. A defect of ours is raised here."""
        return None if self.live or self.problem is not None else self._future.result()

    def wait(self, timeout_s: float) -> None:
        """Until it has ended, at most timeout_s: what is quick need not show its progress."""
        wait((self._future,), timeout_s)

    def cancel(self) -> None:
        """What has begun goes on."""
        self._future.cancel()

    def _timed(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            self._ended_s = self._clock_s()
