"""The SQLite file that vectors are kept in: made for its owner alone, known again, refused where it is another's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_APPLICATION_ID, _VERSION = 0x54504856, 1
# A vector of 1,024 numbers takes 4 KB and would waste half of two default pages.
_PAGE_BYTES = 16_384
_WAL_PAGES = 256
_TRIES = 10
_SCHEMA = (
    "CREATE TABLE encoder (id INTEGER PRIMARY KEY, place TEXT NOT NULL, model TEXT NOT NULL, parameters TEXT NOT NULL,"
    " served TEXT, dimensions INTEGER NOT NULL, UNIQUE (place, model, parameters))",
    "CREATE TABLE vector (encoder INTEGER NOT NULL, hash BLOB NOT NULL, used_at REAL NOT NULL, numbers BLOB NOT NULL)",
    "CREATE UNIQUE INDEX vector_of ON vector (encoder, hash)",
    "CREATE INDEX oldest ON vector (used_at)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)


def opened(path: Path | None, busy_s: float, sleep: Callable[[float], None]) -> sqlite3.Connection:
    """Memory where path is None. Waits about busy_s for another process. Raises sqlite3.Error or OSError."""
    for _ in range(_TRIES - 1):
        # Of two processes that make the file at once, one is refused the change to WAL without a wait.
        with suppress(sqlite3.OperationalError):
            return _opened(path, busy_s)
        sleep(busy_s / _TRIES)
    return _opened(path, busy_s)


def _opened(path: Path | None, busy_s: float) -> sqlite3.Connection:
    if path is not None:
        _make_private(path)
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=busy_s / _TRIES, isolation_level=None, check_same_thread=False
    )
    try:
        _set_up(connection)
        connection.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def used_bytes(connection: sqlite3.Connection) -> int:
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def _make_private(path: Path) -> None:
    """SQLite gives the files beside it the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _set_up(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a file that is another program's, or of another version of ours."""
    if _is_new(connection):
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            # Another process may have been first meanwhile.
            if _is_new(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
    if (_pragma(connection, "application_id"), _pragma(connection, "user_version")) != (_APPLICATION_ID, _VERSION):
        raise sqlite3.DatabaseError("it is not a vector store of this version")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")


def _is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
