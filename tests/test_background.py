"""Work in the background: its time, its result and its problem, for whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.background import Background
from services.errors import ConnectError, StoppedError

WAIT_S = 20.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def may() -> Iterator[threading.Event]:
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def workers(may: threading.Event) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made
        may.set()


def test_it_is_live_until_its_value_comes_and_its_time_stops_there(
    workers: ThreadPoolExecutor, clock: Clock, may: threading.Event
) -> None:
    work = Background(workers, lambda: may.wait(WAIT_S), clock)
    clock.now_s = 103.0
    assert (work.live, work.value, work.problem, work.elapsed_s) == (True, None, None, 3.0)
    may.set()
    work.wait(WAIT_S)
    clock.now_s = 200.0
    assert (work.live, work.value, work.problem, work.elapsed_s) == (False, True, None, 3.0)


def test_waiting_ends_after_its_time(workers: ThreadPoolExecutor, clock: Clock, may: threading.Event) -> None:
    work = Background(workers, lambda: may.wait(WAIT_S), clock)
    work.wait(0)
    assert work.live


def test_a_problem_is_kept_and_a_defect_raised_where_somebody_looks(workers: ThreadPoolExecutor, clock: Clock) -> None:
    def refused() -> int:
        raise ConnectError("Refused.")

    failed, broken = Background(workers, refused, clock), Background(workers, lambda: 1 // 0, clock)
    broken.wait(WAIT_S)
    assert failed.value is None
    assert isinstance(failed.problem, ConnectError)
    assert broken.problem is None
    with pytest.raises(ZeroDivisionError):
        broken.value  # noqa: B018 (looking is what raises)


def test_what_has_not_begun_can_be_cancelled(workers: ThreadPoolExecutor, clock: Clock, may: threading.Event) -> None:
    begun = threading.Event()
    first = Background(workers, lambda: begun.set() or may.wait(WAIT_S), clock)
    second = Background(workers, may.is_set, clock)
    assert begun.wait(WAIT_S)
    for work in (second, first):
        work.cancel()
    assert (first.live, second.live, second.value) == (True, False, None)
    assert isinstance(second.problem, StoppedError)
