"""The demo tables, read as any other source is."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.errors import (
    BadRequestError,
    ConfigError,
    DeadlineError,
    NotFoundError,
    ServiceError,
    StoppedError,
    UnavailableError,
)
from services.tables.demo import DemoSource
from services.tables.source import MAX_CELL_CHARACTERS, Capabilities, ObjectName, Sample, SampleRequest, TableSource

MATERIAL = ObjectName("ZDEMO", "ZDEMO_MATERIAL")
CUSTOMER = ObjectName("ZDEMO", "ZDEMO_CUSTOMER")
NOTIFICATION = ObjectName("ZDEMO", "ZDEMO_NOTIFICATION")
OPEN = ObjectName("ZDEMO", "OpenNotificationsByPlant")
ALL = (OPEN, CUSTOMER, MATERIAL, NOTIFICATION)

DEADLINE_S = 30
ENDLESS = """
DROP VIEW "OpenNotificationsByPlant";
CREATE VIEW "OpenNotificationsByPlant" AS
    WITH RECURSIVE rows(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rows) SELECT n AS Notification FROM rows;
"""


@pytest.fixture(scope="module")
def source() -> Iterator[DemoSource]:
    with closing(DemoSource()) as source:
        yield source


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[DemoSource]:
    """Its view has no end, so that a call that reads it runs until something stops it."""
    path = tmp_path / "demo.sqlite"
    with closing(DemoSource(path)) as source:
        assert source.count(OPEN) > 0
        with closing(sqlite3.connect(path)) as other:
            other.executescript(ENDLESS)
        yield source


class Background(threading.Thread):
    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._call, self.problem = call, ServiceError("nothing went wrong")
        self.start()

    def run(self) -> None:
        try:
            self._call()
        except ServiceError as problem:
            self.problem = problem


def test_it_is_a_source_of_tables_and_says_that_all_is_invented(source):
    kept: TableSource = source
    assert (kept.name, kept.live, kept.capabilities()) == ("Demo tables", False, Capabilities())
    assert "invented" in source.about
    assert "live data" in source.about


def test_there_are_three_tables_and_a_view_of_mixed_case(source):
    found = source.objects("ZDEMO")
    assert source.schemas() == ("ZDEMO",)
    assert [(info.object, info.kind, info.rows) for info in found.objects] == [
        (OPEN, "view", None),
        (CUSTOMER, "table", 120),
        (MATERIAL, "table", 120),
        (NOTIFICATION, "table", 1_500),
    ]
    assert all(info.comment for info in found.objects)


@pytest.mark.parametrize(
    ("matching", "found"),
    [
        ("material", (OPEN, MATERIAL)),
        ("NOTIFICATIONS  open", (OPEN,)),
        ("invented zdemo_c", (CUSTOMER,)),
        ("%", ()),
        ("_", (CUSTOMER, MATERIAL, NOTIFICATION)),
        ("'; DROP TABLE ZDEMO_MATERIAL; --", ()),
        ('"', ()),
        ("\ud800\0", ()),
        ("x" * 100_000, ()),
    ],
)
def test_objects_are_found_by_words_of_their_name_and_comment(source, matching, found):
    assert tuple(info.object for info in source.objects("ZDEMO", matching).objects) == found


def test_more_objects_than_the_limit_are_said(source):
    assert source.objects("ZDEMO", limit=3).more
    assert len(source.objects("ZDEMO", limit=3).objects) == 3
    assert not source.objects("ZDEMO", limit=4).more


@pytest.mark.parametrize("schema", ["zdemo", "", "main", "SYS"])
def test_another_schema_holds_nothing(source, schema):
    assert source.objects(schema).objects == ()


@pytest.mark.parametrize("name", ALL)
def test_columns_are_those_a_sample_has(source, name):
    columns = source.columns(name)
    sample = source.sample(SampleRequest(name, rows=1))
    assert sample.columns == columns
    assert all(column.comment and column.readable for column in columns)
    assert len(sample.rows[0]) == len(columns)


def test_keys_types_and_the_hidden_answer_are_marked(source):
    columns = {column.name: column for column in source.columns(NOTIFICATION)}
    assert [name for name, column in columns.items() if column.key] == ["QMNUM"]
    assert [name for name, column in columns.items() if column.hidden] == ["TOPIC"]
    assert [name for name, column in columns.items() if not column.text] == ["GUID"]
    assert {columns[name].type for name in ("QMTXT", "LTXT", "GUID")} == {"NVARCHAR", "NCLOB", "VARBINARY"}
    assert not any(column.hidden for name in (OPEN, CUSTOMER, MATERIAL) for column in source.columns(name))


def test_all_rows_come_in_order_of_their_key(source):
    sample = source.sample(SampleRequest(NOTIFICATION, rows=5_000))
    assert sample.how == "All 1,500 rows in order of QMNUM."
    assert (len(sample.rows), sample.total) == (1_500, 1_500)
    assert list(sample.keys) == sorted(set(sample.keys))


def test_the_first_rows_are_the_beginning_of_all(source):
    sample = source.sample(SampleRequest(NOTIFICATION, ("QMNUM",), rows=7))
    everything = source.sample(SampleRequest(NOTIFICATION, ("QMNUM",), rows=1_500))
    assert sample.rows == everything.rows[:7]
    assert sample.how == "The first 7 of 1,500 rows in order of QMNUM."


def test_random_rows_depend_on_the_seed_alone(source):
    request = SampleRequest(NOTIFICATION, ("QMNUM",), rows=40, method="random")
    once, again = source.sample(request), source.sample(request)
    with closing(DemoSource(seed=2)) as other:
        different = other.sample(request)
    assert once.rows == again.rows
    assert len(set(once.keys)) == 40
    assert set(once.keys) != set(different.keys)
    assert once.how == "40 of 1,500 rows, drawn at random with seed 1: the same ones every time."


def test_chosen_columns_come_in_the_order_asked_for_and_once(source):
    sample = source.sample(SampleRequest(MATERIAL, ("MAKTX", "MATNR", "MAKTX"), rows=2))
    assert [column.name for column in sample.columns] == ["MAKTX", "MATNR"]
    assert sample.rows == (("Belt conveyor GF 1000", "DC-1041"), ("Belt conveyor GF 2000", "DC-1042"))
    assert sample.keys == ("DC-1041", "DC-1042")


@pytest.mark.parametrize(
    "name",
    [
        ObjectName("ZDEMO", "zdemo_material"),
        ObjectName("zdemo", "ZDEMO_MATERIAL"),
        ObjectName("ZDEMO", "sqlite_master"),
        ObjectName("ZDEMO", 'ZDEMO_MATERIAL"; DROP TABLE "ZDEMO_MATERIAL'),
        ObjectName("", ""),
    ],
)
def test_a_name_that_is_not_in_the_list_is_not_found(source, name):
    for call in (source.columns, source.count, lambda name: source.sample(SampleRequest(name))):
        with pytest.raises(NotFoundError) as caught:
            call(name)
        assert name.name in caught.value.message
    assert source.count(MATERIAL) == 120


@pytest.mark.parametrize("column", ["matnr", 'MATNR" FROM sqlite_master --', "rowid", "", "*"])
def test_an_unknown_column_is_named(source, column):
    with pytest.raises(NotFoundError) as caught:
        source.sample(SampleRequest(MATERIAL, ("MATNR", column)))
    assert repr(column) in caught.value.message


@pytest.mark.parametrize("rows", [0, -1, 5_001, 10**20, float("nan")])
def test_rows_beyond_the_cap_are_refused(source, rows):
    with pytest.raises(BadRequestError, match="5,000"):
        source.sample(SampleRequest(MATERIAL, rows=rows))
    with pytest.raises(BadRequestError, match="1,000"):
        source.objects("ZDEMO", limit=rows)


def test_an_unknown_method_is_refused(source):
    with pytest.raises(BadRequestError, match="best"):
        source.sample(SampleRequest(MATERIAL, method="best"))


def test_each_type_comes_as_the_value_of_its_kind(source):
    materials = source.sample(SampleRequest(MATERIAL, ("NETPR", "BRGEW"), rows=200))
    view = source.sample(SampleRequest(OPEN, ("CreatedOn",), rows=1_000))
    guids = source.sample(SampleRequest(NOTIFICATION, ("GUID",), rows=1_500)).column("GUID")
    assert {type(value) for value in materials.column("NETPR")} == {Decimal, type(None)}
    assert {value.as_tuple().exponent for value in materials.column("BRGEW")} == {-3}
    assert {type(value) for value in view.column("CreatedOn")} == {date, type(None)}
    assert len(set(guids)) == 1_500
    assert all(len(value) == 32 and value == bytes.fromhex(value).hex().upper() for value in guids)


def test_a_text_too_long_to_show_is_cut_and_said(source):
    sample = source.sample(SampleRequest(NOTIFICATION, ("QMNUM", "QMTXT", "LTXT"), rows=500))
    lengths = [len(text) for text in sample.column("LTXT") if text is not None]
    assert sample.cut == ("LTXT",)
    assert lengths.count(MAX_CELL_CHARACTERS) == 1
    assert max(lengths) == MAX_CELL_CHARACTERS
    assert source.sample(SampleRequest(NOTIFICATION, ("LTXT",), rows=50)).cut == ()


def test_counting_agrees_with_reading(source):
    for name in ALL:
        sample = source.sample(SampleRequest(name, rows=5_000))
        assert source.count(name) == len(sample.rows) == sample.total


def test_the_view_holds_what_is_not_completed(source):
    everything = source.sample(SampleRequest(NOTIFICATION, ("QMNUM", "QMDAB"), rows=1_500))
    still_open = [number for number, completed in everything.rows if completed == "00000000"]
    assert source.sample(SampleRequest(OPEN, rows=1_500)).column("Notification") == tuple(still_open)


def test_many_threads_read_the_same(source):
    requests = [SampleRequest(name, rows=50, method="random") for name in ALL] * 4
    expected = {request.object: source.sample(request) for request in requests}
    came: list[Sample] = []
    threads = [Background(lambda request=request: came.append(source.sample(request))) for request in requests]
    for thread in threads:
        thread.join(DEADLINE_S)
    assert len(came) == len(requests)
    assert all(sample == expected[sample.info.object] for sample in came)


def test_a_second_caller_waits_for_the_first():
    begun, overlapped = threading.Semaphore(0), []

    def clock_s() -> float:
        begun.release()
        if not overlapped:
            overlapped.append(None)
            begun.acquire()
            overlapped.append(begun.acquire(timeout=0.2))
        return 0.0

    with closing(DemoSource(clock_s=clock_s)) as source:
        callers = [Background(lambda: source.count(MATERIAL)) for _ in range(2)]
        for caller in callers:
            caller.join(DEADLINE_S)
    assert overlapped == [None, False]


def test_cancel_ends_the_running_call_and_no_later_one(endless):
    reading = Background(lambda: endless.count(OPEN))
    turns = itertools.count()
    while reading.is_alive() and next(turns) < DEADLINE_S * 100:
        endless.cancel()
        reading.join(0.01)
    assert type(reading.problem) is StoppedError
    assert endless.count(MATERIAL) == 120


def test_cancel_ends_a_random_sample_too(endless):
    reading = Background(lambda: endless.sample(SampleRequest(OPEN, ("Notification",), method="random")))
    turns = itertools.count()
    while reading.is_alive() and next(turns) < DEADLINE_S * 100:
        endless.cancel()
        reading.join(0.01)
    assert type(reading.problem) is StoppedError


def test_a_cancel_counts_however_short_the_call_is():
    def pressed() -> float:
        source.cancel()
        return 0.0

    with closing(DemoSource(clock_s=pressed)) as source, pytest.raises(StoppedError):
        source.count(MATERIAL)


def test_a_call_takes_no_longer_than_its_time(tmp_path):
    ticks = itertools.count()
    path = tmp_path / "demo.sqlite"
    with closing(DemoSource(path, timeout_s=5, clock_s=lambda: float(next(ticks)))) as source:
        source.count(MATERIAL)
        with closing(sqlite3.connect(path)) as other:
            other.executescript(ENDLESS)
        with pytest.raises(DeadlineError, match="5 s"):
            source.count(OPEN)
        assert source.count(MATERIAL) == 120


def test_closing_ends_the_running_call_and_refuses_the_next(endless):
    reading = Background(lambda: endless.count(OPEN))
    endless.close()
    reading.join(DEADLINE_S)
    assert type(reading.problem) in (StoppedError, UnavailableError)
    endless.close()
    endless.cancel()
    with pytest.raises(UnavailableError, match="closed"):
        endless.count(MATERIAL)


def test_nothing_can_be_written_through_the_connection(source):
    with source._call() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM ZDEMO_MATERIAL")
    assert source.count(MATERIAL) == 120


def test_a_file_is_made_anew_and_keeps_what_else_is_in_it(tmp_path):
    path = tmp_path / "demo.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.executescript("CREATE TABLE ZDEMO_MATERIAL (x); CREATE TABLE mine (x); INSERT INTO mine VALUES (1);")
    for _ in range(2):
        with closing(DemoSource(path)) as source:
            assert source.count(MATERIAL) == 120
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT x FROM mine").fetchall() == [(1,)]


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 100)
    with closing(DemoSource(path)) as source, pytest.raises(UnavailableError) as caught:
        source.count(MATERIAL)
    assert str(path) in caught.value.message
    assert path.read_text().startswith("Dear reader")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with closing(DemoSource(tmp_path / "nowhere" / "demo.sqlite")) as source, pytest.raises(UnavailableError):
        source.objects("ZDEMO")


def test_without_its_words_there_are_no_tables(tmp_path):
    with closing(DemoSource(words=tmp_path)) as source, pytest.raises(ConfigError) as caught:
        source.count(MATERIAL)
    assert "assets/demo" in caught.value.remedy
