"""A reading runs beside the page: one at a time, with its time, its end, and Cancel."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from services.errors import BadRequestError, StoppedError
from services.tables.reads import Reading, Reads
from services.tables.source import Capabilities, Column, Found, ObjectName, Sample, SampleRequest, TableSource

PATIENCE_S = 10.0


class SlowSource:
    """Counts nothing before it is let go or cancelled."""

    name, live = "slow", True

    def __init__(self) -> None:
        self.asked, self.go, self.cancelled = (threading.Event() for _ in range(3))

    def schemas(self) -> tuple[str, ...]:
        return ()

    def objects(self, schema: str, matching: str = "", limit: int = 200) -> Found:
        return Found(())

    def columns(self, name: ObjectName) -> tuple[Column, ...]:
        return ()

    def count(self, name: ObjectName) -> int:
        self.asked.set()
        assert self.go.wait(PATIENCE_S)
        if self.cancelled.is_set():
            raise StoppedError("Cancelled.")
        return 7

    def sample(self, request: SampleRequest) -> Sample:
        raise KeyError(request.object.name)

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def cancel(self) -> None:
        self.cancelled.set()
        self.go.set()

    def close(self) -> None:
        pass


@pytest.fixture
def source() -> SlowSource:
    return SlowSource()


@pytest.fixture
def reads(source: SlowSource) -> Iterator[Reads[int]]:
    ticking = itertools.count()
    reads = Reads[int](source, clock_s=lambda: float(next(ticking)))
    yield reads
    reads.close()


TABLE = ObjectName("SALES", "ORDERS")


def counting(source: TableSource) -> int:
    return source.count(TABLE)


def ended(reads: Reads[int]) -> Reading[int]:
    deadline_s = time.monotonic() + PATIENCE_S
    while (reading := reads.current()) is None or reading.live:
        assert time.monotonic() < deadline_s
        time.sleep(0.001)
    return reading


def test_before_the_first_there_is_none(reads: Reads[int]) -> None:
    assert reads.current() is None


def test_a_reading_is_live_until_its_value_comes(reads: Reads[int], source: SlowSource) -> None:
    reads.begin("Counting ORDERS", counting)
    assert source.asked.wait(PATIENCE_S)
    meanwhile = reads.current()
    assert meanwhile is not None
    assert meanwhile.live
    assert meanwhile.elapsed_s > 0
    source.go.set()
    reading = ended(reads)
    assert (reading.what, reading.value, reading.live) == ("Counting ORDERS", 7, False)


def test_cancel_ends_the_one_under_way(reads: Reads[int], source: SlowSource) -> None:
    reads.begin("Counting ORDERS", counting)
    assert source.asked.wait(PATIENCE_S)
    reads.cancel()
    assert isinstance(ended(reads).problem, StoppedError)


def test_cancel_without_a_reading_leaves_the_source_alone(reads: Reads[int], source: SlowSource) -> None:
    reads.cancel()
    assert not source.cancelled.is_set()


def test_a_second_one_is_refused_while_one_is_under_way(reads: Reads[int], source: SlowSource) -> None:
    reads.begin("Counting ORDERS", counting)
    with pytest.raises(BadRequestError, match="Counting ORDERS is under way"):
        reads.begin("Counting ORDERS", counting)
    source.go.set()


def test_a_defect_is_raised_where_somebody_looks(reads: Reads[int], source: SlowSource) -> None:
    reads.begin("Reading ORDERS", lambda it: len(it.sample(SampleRequest(TABLE)).rows))
    with pytest.raises(KeyError, match="ORDERS"):
        ended(reads)


def test_waiting_ends_with_the_reading(reads: Reads[int], source: SlowSource) -> None:
    reads.wait(PATIENCE_S)
    reads.begin("Counting ORDERS", counting)
    reads.wait(0.01)
    source.go.set()
    reads.wait(PATIENCE_S)
    reading = reads.current()
    assert reading is not None
    assert reading.value == 7


def test_closing_cancels(source: SlowSource) -> None:
    reads = Reads[int](source)
    reads.begin("Counting ORDERS", counting)
    assert source.asked.wait(PATIENCE_S)
    reads.close()
    assert source.cancelled.is_set()
