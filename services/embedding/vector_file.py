"""The SQLite file that vectors are kept in: its tables, and how it is opened while other processes write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from services.private_sqlite import Format, connected, is_new

# A vector of 1,024 numbers takes 4 KB and would waste half of two default pages.
_PAGE_BYTES = 16_384
_WAL_PAGES = 256
_TRIES = 10
_VECTORS = Format(
    "it is not a vector store of this version",
    0x54504856,
    1,
    (
        "CREATE TABLE encoder (id INTEGER PRIMARY KEY, place TEXT NOT NULL, model TEXT NOT NULL, parameters TEXT NOT"
        " NULL, served TEXT, dimensions INTEGER NOT NULL, UNIQUE (place, model, parameters))",
        "CREATE TABLE vector (encoder INTEGER NOT NULL, hash BLOB NOT NULL, used_at REAL NOT NULL, numbers BLOB NOT"
        " NULL)",
        "CREATE UNIQUE INDEX vector_of ON vector (encoder, hash)",
        "CREATE INDEX oldest ON vector (used_at)",
    ),
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
    with ExitStack() as undone:
        connection = connected(path, busy_s / _TRIES)
        undone.callback(connection.close)
        if is_new(connection):
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
        _VECTORS.claim(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        connection.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}")
        undone.pop_all()
        return connection
