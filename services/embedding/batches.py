"""Batches asked several at once: handed out as they come, ended by one stop(), nothing started while paused."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from services.errors import StoppedError
from services.wire.call import Call

B = TypeVar("B")
R = TypeVar("R")


class Calls:
    """The calls under way in several threads, which one stop() hangs up. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[Call] = set()
        self._stopped = False

    @contextmanager
    def one(self) -> Iterator[Call]:
        """Raises StoppedError once stop() was called."""
        call = Call()
        with self._lock:
            if self._stopped:
                raise StoppedError("Stopped.")
            self._live.add(call)
        try:
            yield call
        finally:
            with self._lock:
                self._live.discard(call)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for call in self._live:
                call.stop()


def each(
    ask: Callable[[B, Call], R],
    batches: Iterable[B],
    *,
    concurrency: int,
    calls: Calls,
    go: threading.Event | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Generator[tuple[B, R], None, None]:
    """(batch, answer) in order of arrival. A batch starts only while go is set, and none once enough() is true.

    After a failure nothing more is started; what is under way is still handed out, since it may be paid for, and then
    the first failure is raised. Close it: its threads end with it.
    """
    waiting, running, problem = deque(batches), dict[Future[R], B](), None

    def one(batch: B) -> R:
        with calls.one() as call:
            return ask(batch, call)

    with ThreadPoolExecutor(concurrency, thread_name_prefix="embed") as workers:
        while running or (waiting and problem is None and not enough()):
            while waiting and problem is None and not enough() and len(running) < concurrency and _may(go):
                batch = waiting.popleft()
                running[workers.submit(one, batch)] = batch
            if not running:
                assert go is not None
                go.wait()
                continue
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch, failure = running.pop(future), future.exception()
                if failure is None:
                    yield batch, future.result()
                else:
                    problem = failure if problem is None else problem
    if problem is not None:
        raise problem


def _may(go: threading.Event | None) -> bool:
    return go is None or go.is_set()


def packed(places: Iterable[int], tokens: Sequence[int], *, most: int, most_tokens: int) -> Iterator[list[int]]:
    """places in runs of at most `most` with at most most_tokens together; a text that is longer goes alone."""
    batch: list[int] = []
    total = 0
    for place in places:
        if batch and (len(batch) == most or total + tokens[place] > most_tokens):
            yield batch
            batch, total = [], 0
        batch.append(place)
        total += tokens[place]
    if batch:
        yield batch
