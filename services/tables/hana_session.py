"""One call at a time on one connection: read-only, bounded, cancelled from outside, made anew when it was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from services.errors import ConflictError, ConnectError, DeadlineError, ServiceError, StoppedError
from services.settings import HanaSettings
from services.tables.connection import driver
from services.tables.hana_link import Limits, Link, Pieces, Row
from services.tables.hana_statements import READ_ONLY, Statement

T = TypeVar("T")

# How long each of the cancels is given to end the call, before the next one: the driver can lose one.
_CANCEL_WAITS_S = (0.1, 0.2, 0.4, 0.8)

# Each large object costs a round trip, and Cancel is looked at between two lots of rows.
_ROWS_IN_PIECES = 20


class Session:
    """Connects at the first call. A lost or cancelled connection is dropped, and the next call makes a new one.

    A second caller waits busy_wait_s for the first and is then refused with a ConflictError: queries that pile up
    behind a slow one would all run in the end, for nobody.
    """

    def __init__(self, hana: HanaSettings, limits: Limits, load_driver: Callable[[], Any] = driver) -> None:
        self._hana, self._limits, self._load_driver = hana, limits, load_driver
        self._calls = threading.Lock()
        self._state = threading.Lock()
        self._link: Link | None = None
        self._busy = self._cancelled = self._closed = False
        self._over = threading.Event()

    @contextmanager
    def call(self) -> Iterator[Session]:
        """All of one method of the source: one transaction that may only read, undone at the end.

        Without autocommit, because READ ONLY is said of a transaction; undone, because an open one would keep the
        database from clearing old versions of rows.
        """
        if not self._calls.acquire(timeout=self._limits.busy_wait_s):
            raise ConflictError("Another query is running on this connection.", remedy="Wait for it, or press Cancel.")
        try:
            with self._state:
                self._busy, self._cancelled, self._over = True, False, threading.Event()
            self._begin()
            yield self
        finally:
            self._finish()
            self._calls.release()

    def rows(self, statement: Statement, limit: int | None = None) -> list[Row]:
        """At most limit rows, all of them without one."""
        return [row for batch in self.batches(statement, limit) for row in batch]

    def batches(
        self, statement: Statement, limit: int | None = None, pieces: Pieces | None = None
    ) -> Iterator[list[Row]]:
        """The same, some rows at a time; pieces: of large objects only the start."""
        self._step(lambda link: link.execute(statement))
        most = self._limits.fetch_rows if pieces is None else min(_ROWS_IN_PIECES, self._limits.fetch_rows)
        left = limit
        while left is None or left > 0:
            wanted = most if left is None else min(left, most)
            rows = self._fetched(wanted, pieces)
            yield rows
            if len(rows) < wanted:
                break
            left = None if left is None else left - len(rows)

    def cancel(self) -> None:
        """From any thread: the running call raises StoppedError. Harmless when there is none. Costs a login."""
        with self._state:
            if not self._busy:
                return
            self._cancelled, link, over = True, self._link, self._over
            if link is not None:
                link.hold()
        if link is not None:
            _cancel(link, over)

    def close(self) -> None:
        """Ends what runs. Final; where the call does not end soon, its own thread closes the connection."""
        with self._state:
            self._closed = True
        self.cancel()
        if self._calls.acquire(timeout=self._limits.busy_wait_s):
            self._drop()
            self._calls.release()

    def _begin(self) -> None:
        """A connection that broke while nobody used it is replaced unasked: nothing was lost with it."""
        if self._closed:
            raise ConnectError("This connection was closed.", remedy="Open it again.")
        if self._link is not None:
            with suppress(ConnectError, DeadlineError):
                self._read_only()
                return
            self._drop()
        link = Link(self._hana, self._limits, self._load_driver)
        with self._state:
            self._link = link
        self._read_only()

    def _finish(self) -> None:
        with self._state:
            self._busy = False
            self._over.set()
            link = self._link
        if link is None:
            return
        if not self._cancelled:
            with suppress(ServiceError):
                link.rollback()
                return
        self._drop()

    def _drop(self) -> None:
        with self._state:
            link, self._link = self._link, None
        if link is not None:
            link.let_go()

    def _read_only(self) -> None:
        self._step(lambda link: link.execute(Statement(READ_ONLY)))

    def _fetched(self, rows: int, pieces: Pieces | None) -> list[Row]:
        return self._step(lambda link: link.fetch(rows, pieces))

    def _step(self, step: Callable[[Link], T]) -> T:
        """A refusal of the database after Cancel is what was asked for."""
        self._refuse_if_cancelled()
        link = self._link
        if link is None:
            raise ConnectError("There is no connection.", remedy="Read again: a new one is made.")
        try:
            return step(link)
        except ServiceError:
            self._refuse_if_cancelled()
            raise

    def _refuse_if_cancelled(self) -> None:
        if self._cancelled:
            raise StoppedError("The query was cancelled.", remedy="Read again when you like.")


def _cancel(link: Link, over: threading.Event) -> None:
    """Again until the call is over; after the last one it is left to its own time limits."""
    try:
        for wait_s in _CANCEL_WAITS_S:
            link.cancel()
            if over.wait(wait_s):
                break
    finally:
        link.let_go()
