"""SQLite files made for their owner alone, known again by what they say of themselves, refused where another's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Format:
    """tables are the statements that make an empty file one of these; foreign is said of a file that is none."""

    foreign: str
    application_id: int
    version: int
    tables: tuple[str, ...]

    def claim(self, connection: sqlite3.Connection) -> None:
        """Makes an empty file one of these. Raises sqlite3.DatabaseError for another program's or version's."""
        if is_new(connection):
            with transaction(connection):
                # Another process may have been first meanwhile.
                if is_new(connection):
                    self._make(connection)
        if (_pragma(connection, "application_id"), _pragma(connection, "user_version")) != (
            self.application_id,
            self.version,
        ):
            raise sqlite3.DatabaseError(self.foreign)

    def _make(self, connection: sqlite3.Connection) -> None:
        for statement in self.tables:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {self.application_id}")
        connection.execute(f"PRAGMA user_version = {self.version}")


def connected(path: Path | None, wait_s: float) -> sqlite3.Connection:
    """Memory where path is None; for any thread. Each statement is a transaction of its own, outside of transaction().

    wait_s is how long another process that writes is waited for. Raises sqlite3.Error or OSError.
    """
    if path is not None:
        _make_private(path)
    return sqlite3.connect(
        ":memory:" if path is None else path, timeout=wait_s, isolation_level=None, check_same_thread=False
    )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Undone where it fails."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def used_bytes(connection: sqlite3.Connection) -> int:
    """Without pages that were given back and will be filled again."""
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def reason(failure: sqlite3.Error | OSError) -> str:
    """Why a file cannot be used, without its path."""
    return str(failure.strerror) if isinstance(failure, OSError) else str(failure)


def _make_private(path: Path) -> None:
    """SQLite gives the files beside it the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
