"""The demo tables as a source: invented data in SQLite, made when first asked for."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from services.errors import BadRequestError, DeadlineError, NotFoundError, ServiceError, StoppedError, UnavailableError
from services.tables import demo_catalogue
from services.tables.demo_catalogue import OBJECTS, Object
from services.tables.demo_database import build
from services.tables.demo_rows import Dice, rows
from services.tables.demo_vocabulary import BUNDLED, vocabulary
from services.tables.source import (
    MAX_CELL_CHARACTERS,
    MAX_ROWS,
    Capabilities,
    Cell,
    Column,
    Found,
    ObjectName,
    Sample,
    SampleRequest,
    TableInfo,
)

MAX_OBJECTS = 1_000
# About every tenth of a millisecond: often enough for Cancel, too seldom to be felt.
_STEPS_BETWEEN_LOOKS = 10_000


class DemoSource:
    """Reads the demo tables in the database at path, which is made anew at the first call.

    Thread-safe: a second caller waits for the first. seed draws the random rows; timeout_s bounds each call; words is
    the folder of the vocabulary.
    """

    name = "Demo tables"
    live = False
    about = (
        "Notifications of defects and complaints in English and German, with the materials and the companies they "
        "are about. All of it is invented: nothing here is live data, and no company in it exists."
    )

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        seed: int = 1,
        timeout_s: float = 30.0,
        words: Path = BUNDLED,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._seed, self._timeout_s = path, seed, timeout_s
        self._words, self._clock_s = words, clock_s
        self._lock = threading.Lock()
        self._stop, self._closed = threading.Event(), threading.Event()
        self._deadline_s = 0.0
        self._connection: sqlite3.Connection | None = None

    def schemas(self) -> tuple[str, ...]:
        return (demo_catalogue.SCHEMA,)

    def objects(self, schema: str, matching: str = "", limit: int = 200) -> Found:
        _within("limit", limit, MAX_OBJECTS)
        words = matching.casefold().split()
        hits = [each for each in OBJECTS.values() if each.name.schema == schema and _holds(each, words)]
        with self._call() as connection:
            return Found(tuple(_info(connection, each) for each in hits[:limit]), len(hits) > limit)

    def columns(self, name: ObjectName) -> tuple[Column, ...]:
        return _object(name).columns

    def count(self, name: ObjectName) -> int:
        known = _object(name)
        with self._call() as connection:
            return _count(connection, known)

    def sample(self, request: SampleRequest) -> Sample:
        """Without columns all of them, the hidden one too. Random rows come in the order in which they were drawn."""
        _within("rows", request.rows, MAX_ROWS)
        if request.method not in ("first", "random"):
            raise BadRequestError(f"Rows can be the first ones or random, not {request.method!r}.")
        known = _object(request.object)
        columns = _chosen(known, request.columns)
        with self._call() as connection:
            info, total = _info(connection, known), _count(connection, known)
            read = self._read(connection, known, columns, request)
        cells = tuple(zip(*(_values(column, at, read) for at, column in enumerate(columns)), strict=True))
        cut = tuple(column.name for at, column in enumerate(columns) if _is_cut(column, at, read))
        how = _how(known, request, len(read), total, self._seed)
        return Sample(self.name, self.live, info, columns, cells, how, total, cut)

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def cancel(self) -> None:
        self._stop.set()

    def close(self) -> None:
        """Ends the running call and waits for it."""
        self._closed.set()
        self._stop.set()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _read(
        self,
        connection: sqlite3.Connection,
        known: Object,
        columns: Sequence[Column],
        request: SampleRequest,
    ) -> list[tuple[object, ...]]:
        names = ", ".join(_expression(column) for column in columns)
        limit = request.rows if request.method == "first" else -1
        sql = f'SELECT {names} FROM "{known.name.name}" ORDER BY "{known.order}" LIMIT ?'
        read = connection.execute(sql, (limit,)).fetchall()
        if request.method == "first":
            return read
        return [read[at] for at in Dice(self._seed).shuffled(range(len(read)))[: request.rows]]

    @contextmanager
    def _call(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._closed.is_set():
                raise UnavailableError("The demo tables were closed.", remedy="Reload the page.")
            self._stop.clear()
            self._deadline_s = self._clock_s() + self._timeout_s
            try:
                if self._connection is None:
                    self._connection = self._opened()
                yield self._connection
            except sqlite3.Error as problem:
                raise self._named(problem) from None
            if self._stop.is_set():
                raise _stopped()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        try:
            build(connection, rows(vocabulary(self._words)))
        except (sqlite3.Error, ServiceError):
            connection.close()
            raise
        connection.set_progress_handler(self._ends, _STEPS_BETWEEN_LOOKS)
        return connection

    def _ends(self) -> bool:
        return self._stop.is_set() or self._clock_s() > self._deadline_s

    def _named(self, problem: sqlite3.Error) -> ServiceError:
        if self._stop.is_set():
            return _stopped()
        if problem.sqlite_errorname == "SQLITE_INTERRUPT":
            return DeadlineError(f"The demo tables took longer than {self._timeout_s:g} s.", remedy="Read fewer rows.")
        return UnavailableError(
            f"The demo tables cannot be kept in {self._path}: {problem}.", remedy="Keep them in memory, or elsewhere."
        )


def _stopped() -> StoppedError:
    return StoppedError("The reading was cancelled.", remedy="Read again.")


def _within(what: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise BadRequestError(f"{what} is {number}, not 1 to {most:,}.")


def _object(name: ObjectName) -> Object:
    if name not in OBJECTS:
        raise NotFoundError(
            f'There is no table or view "{name.schema}"."{name.name}" among the demo tables.',
            remedy="Pick one from the list; names are in exact case.",
        )
    return OBJECTS[name]


def _chosen(known: Object, names: Sequence[str]) -> tuple[Column, ...]:
    columns = {column.name: column for column in known.columns}
    if unknown := [name for name in names if name not in columns]:
        raise NotFoundError(
            f"{known.name.name} has no column {unknown[0]!r}.", remedy="Pick from its columns; names are in exact case."
        )
    return tuple(columns[name] for name in dict.fromkeys(names)) if names else known.columns


def _holds(known: Object, words: Sequence[str]) -> bool:
    text = f"{known.name.name} {known.comment}".casefold()
    return all(word in text for word in words)


def _info(connection: sqlite3.Connection, known: Object) -> TableInfo:
    counted = _count(connection, known) if known.kind == "table" else None
    return TableInfo(known.name, known.kind, known.comment, counted)


def _count(connection: sqlite3.Connection, known: Object) -> int:
    return int(connection.execute(f'SELECT COUNT(*) FROM "{known.name.name}"').fetchone()[0])


def _expression(column: Column) -> str:
    """One character more than is shown tells that there is more."""
    if column.type == "VARBINARY":
        return f'hex("{column.name}")'
    return f'substr("{column.name}", 1, {MAX_CELL_CHARACTERS + 1})' if column.type == "NCLOB" else f'"{column.name}"'


def _values(column: Column, at: int, read: Sequence[Sequence[object]]) -> Iterator[Cell]:
    for row in read:
        yield None if row[at] is None else _value(column.type, str(row[at]))


def _value(kind: str, text: str) -> Cell:
    if kind == "DECIMAL":
        return Decimal(text)
    return date.fromisoformat(text) if kind == "DATE" else text[:MAX_CELL_CHARACTERS]


def _is_cut(column: Column, at: int, read: Sequence[Sequence[object]]) -> bool:
    return column.type == "NCLOB" and any(len(str(row[at])) > MAX_CELL_CHARACTERS for row in read)


def _how(known: Object, request: SampleRequest, taken: int, total: int, seed: int) -> str:
    if request.method == "random":
        return f"{taken:,} of {total:,} rows, drawn at random with seed {seed}: the same ones every time."
    which = f"All {total:,} rows" if taken == total else f"The first {taken:,} of {total:,} rows"
    return f"{which} in order of {known.order}."
