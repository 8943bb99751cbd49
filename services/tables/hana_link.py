"""One physical connection to SAP HANA: executes, fetches, cancels, and gives every refusal a name of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from services.errors import ServiceError
from services.settings import HanaSettings
from services.tables.connection import connect, driver, where
from services.tables.hana_errors import LOST, lost_error, statement_error
from services.tables.hana_statements import Statement
from services.tables.hana_types import whole

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


class Link:
    """Of one thread at a time, cancel() aside. Raises ServiceError; lost says that it is of no more use.

    The driver's connection stays in here: its str() holds the password.
    """

    def __init__(self, hana: HanaSettings, limits: Limits, load_driver: Callable[[], Any] = driver) -> None:
        self._hana, self._limits = hana, limits
        self._error: type[Exception] = load_driver().Error
        self._connection = connect(
            hana,
            connect_timeout_ms=limits.connect_timeout_ms,
            communication_timeout_ms=limits.communication_timeout_ms,
        )
        self._count = threading.Lock()
        self._holders = 1
        self.lost = False

    def execute(self, statement: Statement) -> Any:
        """A cursor, to be fetched from."""
        return self._run(lambda: self._executed(statement))

    def fetch(self, cursor: Any, rows: int, *, locators: bool) -> list[Row]:
        """At most so many rows; locators: long values come as objects for read()."""
        if not locators:
            return self._run(lambda: list(cursor.fetchmany(rows)))
        one_by_one = islice(iter(lambda: cursor.fetchone(True), None), rows)
        return self._run(lambda: list(one_by_one))

    def read(self, locator: Any, size: int) -> Any:
        """The first size bytes or characters of a long value, while other threads run."""
        return self._run(lambda: locator.read(size))

    def finish(self, cursor: Any) -> None:
        self._run(cursor.close)

    def rollback(self) -> None:
        self._run(self._connection.rollback)

    def cancel(self) -> None:
        """From another thread, after hold(), and lets go. The driver logs in once more for it.

        Where that fails, the query's own time limits end it.
        """
        try:
            with suppress(self._error):
                self._connection.cancel()
        finally:
            self.let_go()

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

    def _executed(self, statement: Statement) -> Any:
        cursor = self._connection.cursor()
        cursor.setquerytimeout(self._limits.query_timeout_s)
        # Given parameters the driver looks for marks in the text; without, a name may hold a question mark.
        if statement.parameters:
            cursor.execute(statement.sql, tuple(map(whole, statement.parameters)))
        else:
            cursor.execute(statement.sql)
        return cursor

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
            self.lost = True
            return lost_error(text, where(self._hana), self._limits.communication_timeout_ms)
        return statement_error(code, text)
