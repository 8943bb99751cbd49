"""One physical connection to SAP HANA: executes, fetches, cancels, and gives every refusal a name of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from services.errors import ServiceError
from services.settings import HanaSettings
from services.tables.connection import connect, driver, where
from services.tables.hana_errors import LOST, lost_error, statement_error
from services.tables.hana_statements import Statement
from services.well_formed import well_formed

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Limits:
    """busy_wait_s: how long a second caller waits before it is refused. fetch_rows: rows between two looks at Cancel.

    The communication timeout bounds the wait for one reply, and so lies above that of the query.
    """

    connect_timeout_ms: int
    communication_timeout_ms: int
    query_timeout_s: int
    busy_wait_s: float
    fetch_rows: int

    def __post_init__(self) -> None:
        if not 0 < self.query_timeout_s * 1000 < self.communication_timeout_ms:
            raise ValueError("a query may take at least 1 s, and less than the communication timeout")
        if self.fetch_rows < 1:
            raise ValueError("at least one row is fetched at a time")


@dataclass(frozen=True)
class Pieces:
    """The large objects of a row, by position, and how many bytes or characters of each are wanted."""

    positions: frozenset[int]
    size: int


class Link:
    """Of one thread at a time, cancel() aside. Raises ServiceError; once lost it raises at every step.

    The driver's connection stays in here: its str() holds the password. One cursor serves all statements, because
    giving up a cursor that has a prepared statement waits for the database with the interpreter locked; used again, or
    given up after its connection was closed, it does not.
    """

    def __init__(self, hana: HanaSettings, limits: Limits, load_driver: Callable[[], Any] = driver) -> None:
        self._hana, self._limits = hana, limits
        dbapi = load_driver()
        self._error: type[Exception] = dbapi.Error
        self._connection = connect(
            hana,
            connect_timeout_ms=limits.connect_timeout_ms,
            communication_timeout_ms=limits.communication_timeout_ms,
            dbapi=dbapi,
        )
        self._cursor = self._run(self._connection.cursor)
        self._cursor.setquerytimeout(limits.query_timeout_s)
        self._count = threading.Lock()
        self._holders = 1

    def execute(self, statement: Statement) -> None:
        """What an earlier statement left unread is dropped."""
        self._run(lambda: self._execute(statement))

    def fetch(self, rows: int, pieces: Pieces | None = None) -> list[Row]:
        """At most so many rows more. pieces: which values are read by their start only."""
        if pieces is None:
            return self._run(lambda: list(self._cursor.fetchmany(rows)))
        return self._run(lambda: list(islice(_with_pieces(self._cursor, pieces), rows)))

    def rollback(self) -> None:
        self._run(self._connection.rollback)

    def cancel(self) -> None:
        """From another thread, after hold(). The driver logs in once more for it.

        Where that fails, the query's own time limits end it. It may also do nothing without a word: between sending a
        statement and waiting for its reply the driver believes that none is under way.
        """
        with suppress(self._error):
            self._connection.cancel()

    def hold(self) -> None:
        with self._count:
            self._holders += 1

    def let_go(self) -> None:
        """Of the reader and of everybody who is cancelling, the last one closes it."""
        with self._count:
            self._holders -= 1
            last = self._holders == 0
        if last:
            with suppress(self._error):
                self._connection.close()

    def _execute(self, statement: Statement) -> None:
        # Given parameters, even none, the driver prepares first: one round trip more.
        if statement.parameters:
            # The driver refuses to send half of a character.
            self._cursor.execute(statement.sql, tuple(map(well_formed, statement.parameters)))
        else:
            self._cursor.execute(statement.sql)

    def _run(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except self._error as refusal:
            problem = self._named(refusal)
        # Outside of the except block: the driver's error, and what it holds, must not travel with ours.
        raise problem

    def _named(self, refusal: Exception) -> ServiceError:
        code, text = getattr(refusal, "errorcode", None), str(getattr(refusal, "errortext", ""))
        if code in LOST:
            return lost_error(text, where(self._hana), self._limits.communication_timeout_ms)
        return statement_error(code, text)


def _with_pieces(cursor: Any, pieces: Pieces) -> Iterator[Row]:
    """Other threads run while a piece is waited for, as they do not while a whole large object is.

    It must be read before the next row comes; one without content reads as None.
    """
    for row in iter(lambda: cursor.fetchone(True), None):
        yield tuple(
            _piece(value, pieces.size) if at in pieces.positions and value is not None else value
            for at, value in enumerate(row)
        )


def _piece(locator: Any, size: int) -> Any:
    found = locator.read(size)
    return b"" if found is None else found
