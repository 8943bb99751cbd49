"""A page asks its desk at every rerun; the source is asked once, and nobody waits for it to let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from services.errors import BadRequestError, ConnectError, StoppedError
from services.tables.desk import Desk
from services.tables.source import Capabilities, Column, Found, ObjectName, Sample, SampleRequest, TableInfo

PATIENCE_S = 10.0
TABLE = ObjectName("SALES", "ORDERS")


class Source:
    """Counts what it is asked. Refuses once with problem; stands still in count() until it is cancelled."""

    name, live = "an invented database", True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.problem: ConnectError | None = None
        self.counting, self.cancelled, self.closed, self.go = (threading.Event() for _ in range(4))

    def schemas(self) -> tuple[str, ...]:
        self.asked.append("schemas")
        problem, self.problem = self.problem, None
        if problem is not None:
            raise problem
        return ("SALES",)

    def objects(self, schema: str, matching: str = "", limit: int = 200) -> Found:
        self.asked.append(f"objects {schema} {matching}")
        return Found((TableInfo(TABLE, "table"),))

    def columns(self, name: ObjectName) -> tuple[Column, ...]:
        self.asked.append(f"columns {name.name}")
        return ()

    def count(self, name: ObjectName) -> int:
        self.counting.set()
        assert self.go.wait(PATIENCE_S)
        if self.cancelled.is_set():
            raise StoppedError("Cancelled.")
        return 7

    def sample(self, request: SampleRequest) -> Sample:
        raise NotImplementedError

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def cancel(self) -> None:
        self.cancelled.set()
        self.go.set()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source()
    yield source
    source.go.set()


@pytest.fixture
def desk(source: Source) -> Iterator[Desk]:
    desk = Desk(source, quick_s=PATIENCE_S)
    yield desk
    source.go.set()
    desk.close()


def patient(source: Source) -> Desk:
    """Does not wait for what takes long."""
    return Desk(source, quick_s=0.01)


def test_what_was_answered_is_not_asked_again_until_it_is_to_be_forgotten(desk: Desk, source: Source) -> None:
    assert desk.connecting
    for _ in range(3):
        assert desk.schemas() == ("SALES",)
        desk.objects("SALES", "ord")
        desk.objects("SALES", "")
        desk.columns(TABLE)
    assert source.asked == ["schemas", "objects SALES ord", "objects SALES ", "columns ORDERS"]
    desk.forget()
    assert desk.connecting
    desk.schemas()
    assert source.asked.count("schemas") == 2


def test_a_refusal_belongs_to_its_question_and_stays_until_it_is_asked_anew(desk: Desk, source: Source) -> None:
    source.problem = ConnectError("Nobody listens.")
    for _ in range(2):
        with pytest.raises(ConnectError, match="Nobody listens"):
            desk.schemas()
    assert desk.columns(TABLE) == ()
    desk.forget(refused_only=True)
    assert desk.schemas() == ("SALES",)
    desk.columns(TABLE)
    assert source.asked == ["schemas", "columns ORDERS", "schemas"]


def test_only_so_many_answers_are_kept(source: Source) -> None:
    desk = Desk(source, quick_s=PATIENCE_S, max_answers=2)
    for typed in ("a", "b", "a", "c", "a"):
        desk.objects("SALES", typed)
    assert source.asked == ["objects SALES a", "objects SALES b", "objects SALES c"]
    desk.close()


def test_while_the_source_is_busy_a_question_has_no_answer_and_a_press_is_refused(source: Source) -> None:
    desk = patient(source)
    desk.count(TABLE)
    assert source.counting.wait(PATIENCE_S)
    assert desk.schemas() is None
    with pytest.raises(BadRequestError, match="Counting the rows of ORDERS is under way"):
        desk.count(TABLE)
    source.go.set()
    desk.reads.wait(PATIENCE_S)
    assert desk.counts == {TABLE: 7}
    desk.close()


def test_letting_go_returns_at_once_ends_what_runs_and_closes_the_source(source: Source) -> None:
    desk = patient(source)
    desk.count(TABLE)
    assert source.counting.wait(PATIENCE_S)
    desk.release()
    assert source.closed.wait(PATIENCE_S)
    assert source.cancelled.is_set()
    with pytest.raises(ConnectError, match="was left"):
        desk.count(TABLE)
    with pytest.raises(ConnectError):
        desk.schemas()
    desk.close()


class Hanging(Source):
    def close(self) -> None:
        assert self.go.wait(PATIENCE_S)
        super().close()


def test_nobody_waits_for_a_source_that_does_not_close() -> None:
    source = Hanging()
    began_s = time.monotonic()
    Desk(source).release()
    assert time.monotonic() - began_s < PATIENCE_S / 2
    assert not source.closed.is_set()
    source.go.set()
    assert source.closed.wait(PATIENCE_S)


def test_a_shared_source_is_neither_cancelled_nor_closed_by_one_of_its_desks(source: Source) -> None:
    desk, other = Desk(source, shared=True, quick_s=0.01), Desk(source, shared=True, quick_s=PATIENCE_S)
    desk.count(TABLE)
    assert source.counting.wait(PATIENCE_S)
    desk.reads.cancel()
    desk.release()
    assert other.schemas() == ("SALES",)
    assert not source.cancelled.is_set()
    source.go.set()
    other.close()
    assert not source.closed.is_set()
