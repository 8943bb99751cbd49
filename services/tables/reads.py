"""One reading at a time from a source, in the background, so that a page can go on drawing and offer Cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from services.background import Background
from services.errors import BadRequestError, ConnectError, ServiceError
from services.tables.source import TableSource

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """How far one is: value once it came, problem where it did not, neither while it is under way."""

    what: str
    elapsed_s: float
    value: T | None = None
    problem: ServiceError | None = None

    @property
    def live(self) -> bool:
        return self.value is None and self.problem is None


class Reads(Generic[T]):
    """Of one source, whose maker closes it after these. Thread-safe.

    shared: the source serves others at the same time, whose reading a cancel would end too, so there is none.
    """

    def __init__(
        self, source: TableSource, *, shared: bool = False, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.source, self.shared = source, shared
        self._clock_s, self._closed = clock_s, False
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="table read")
        self._what = ""
        self._reading: Background[T] | None = None

    def begin(self, what: str, read: Callable[[TableSource], T]) -> None:
        """what names it for the page. Raises BadRequestError while one is under way, ConnectError once closed."""
        with self._lock:
            if self._closed:
                raise ConnectError(f"{self.source.name} was left.", remedy="Open it again.")
            if self._live():
                raise BadRequestError(f"{self._what} is under way.", remedy="Wait for it, or press Cancel.")
            self._what = what
            self._reading = Background(self._worker, partial(read, self.source), self._clock_s)

    def current(self) -> Reading[T] | None:
        """None before the first. A defect of ours is raised here."""
        with self._lock:
            reading = self._reading
            if reading is None:
                return None
            return Reading(self._what, reading.elapsed_s, reading.value, reading.problem)

    @property
    def live(self) -> bool:
        with self._lock:
            return self._live()

    def wait(self, timeout_s: float) -> None:
        """Until the one under way has ended, at most timeout_s: what is quick need not show its progress."""
        if self._reading is not None:
            self._reading.wait(timeout_s)

    def cancel(self) -> None:
        """Ends the reading under way, which then has a StoppedError for its problem; harmless when there is none."""
        if self.live and not self.shared:
            self.source.cancel()

    def close(self) -> None:
        """Cancels and waits for the end, which the source bounds by its own timeouts."""
        with self._lock:
            self._closed = True
        self.cancel()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _live(self) -> bool:
        return self._reading is not None and self._reading.live
