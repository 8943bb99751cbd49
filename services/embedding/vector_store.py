"""Vectors kept by whose they are and the hash of their text, so that no text is paid for twice. Holds no texts."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.embedding.encoder import Vectors
from services.embedding.encoders import EncoderId
from services.embedding.vector_file import opened
from services.errors import ConflictError, UnavailableError
from services.private_sqlite import reason, transaction, used_bytes

_PER_QUESTION, _PER_EVICTION = 500, 256
_SPARE = 0.9
# How stale "last used" may be: a write for every read would make readers wait for each other.
_USED_S = 3_600.0


@dataclass(frozen=True)
class Recalled:
    """vectors by hash of their text, each (dimensions,); served is the model id the server named for them."""

    vectors: dict[bytes, Vectors] = field(default_factory=dict)
    dimensions: int | None = None
    served: str | None = None


class VectorStore:
    """An SQLite file only its owner may read, or memory where path is None. Safe for several threads and processes.

    What keep() was given is on disk when it returns, and outlives the process however that ends. Over max_bytes the
    vectors not used for longest go. Every method raises UnavailableError for a file that cannot be used (locked for
    longer than busy_s, full, corrupt, not ours); the next call tries it anew.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        max_bytes: int = 1_000_000_000,
        busy_s: float = 2.0,
        now_s: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path, self._max_bytes, self._busy_s = path, max_bytes, busy_s
        self._now_s, self._sleep = now_s, sleep
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def recall(self, encoder: EncoderId, hashes: Sequence[bytes]) -> Recalled:
        """Those that are kept, and notes that they were used."""
        with self._connected() as connection:
            known = _encoder(connection, encoder)
            if known is None:
                return Recalled()
            number, served, dimensions = known
            found = dict(self._found(connection, number, hashes))
            vectors = {hash_: row for hash_, raw in found.items() if (row := _read(raw, dimensions)) is not None}
            # Another process may write just now: then the note is worth less than the wait.
            with suppress(sqlite3.OperationalError):
                self._touch(connection, number, list(vectors))
            return Recalled(vectors, dimensions, served)

    def missing(self, encoder: EncoderId, hashes: Sequence[bytes]) -> frozenset[bytes]:
        """Those of hashes that are not kept."""
        with self._connected() as connection:
            known = _encoder(connection, encoder)
            kept = set() if known is None else {hash_ for hash_, _ in self._found(connection, known[0], hashes)}
            return frozenset(hashes) - kept

    def keep(self, encoder: EncoderId, hashes: Sequence[bytes], vectors: Vectors, served: str | None = None) -> None:
        """vectors (n, d), row i for hashes[i]; on disk when this returns.

        Raises ConflictError, and keeps nothing, where those kept have another dimension or were served by another id.
        """
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        with self._connected() as connection, transaction(connection):
            number = _number(connection, encoder, rows.shape[1], served)
            used_at = self._now_s()
            connection.executemany(
                "INSERT OR REPLACE INTO vector (encoder, hash, used_at, numbers) VALUES (?, ?, ?, ?)",
                [(number, hash_, used_at, row.tobytes()) for hash_, row in zip(hashes, rows, strict=True)],
            )
            self._make_room(connection)

    def forget(self, encoder: EncoderId) -> None:
        """Drops all vectors of one encoder."""
        with self._connected() as connection, transaction(connection):
            known = _encoder(connection, encoder)
            if known is not None:
                connection.execute("DELETE FROM vector WHERE encoder = ?", known[:1])
                connection.execute("DELETE FROM encoder WHERE id = ?", known[:1])

    def close(self) -> None:
        """What memory held is lost; a file is opened again by the next call."""
        with self._lock:
            self._drop()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._open is None:
                    self._open = opened(self._path, self._busy_s, self._sleep)
                yield self._open
            except (sqlite3.Error, OSError) as failure:
                if self._path is not None:
                    self._drop()
                raise _unusable(failure) from None

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _found(
        self, connection: sqlite3.Connection, number: int, hashes: Sequence[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        for at in range(0, len(hashes), _PER_QUESTION):
            asked = hashes[at : at + _PER_QUESTION]
            marks = ", ".join("?" * len(asked))
            yield from connection.execute(
                f"SELECT hash, numbers FROM vector WHERE encoder = ? AND hash IN ({marks})", (number, *asked)
            )

    def _touch(self, connection: sqlite3.Connection, number: int, hashes: Sequence[bytes]) -> None:
        now_s = self._now_s()
        with transaction(connection):
            connection.executemany(
                "UPDATE vector SET used_at = ? WHERE encoder = ? AND hash = ? AND used_at < ?",
                [(now_s, number, hash_, now_s - _USED_S) for hash_ in hashes],
            )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        if used_bytes(connection) <= self._max_bytes:
            return
        while used_bytes(connection) > _SPARE * self._max_bytes:
            gone = connection.execute(
                "DELETE FROM vector WHERE rowid IN (SELECT rowid FROM vector ORDER BY used_at LIMIT ?)",
                (_PER_EVICTION,),
            )
            if gone.rowcount == 0:
                return


def _encoder(connection: sqlite3.Connection, encoder: EncoderId) -> tuple[int, str | None, int] | None:
    """(number, served, dimensions)"""
    found: tuple[int, str | None, int] | None = connection.execute(
        "SELECT id, served, dimensions FROM encoder WHERE place = ? AND model = ? AND parameters = ?",
        (encoder.place, encoder.model, encoder.parameters),
    ).fetchone()
    return found


def _number(connection: sqlite3.Connection, encoder: EncoderId, dimensions: int, served: str | None) -> int:
    known = _encoder(connection, encoder)
    if known is None:
        made = connection.execute(
            "INSERT INTO encoder (place, model, parameters, served, dimensions) VALUES (?, ?, ?, ?, ?)",
            (encoder.place, encoder.model, encoder.parameters, served, dimensions),
        )
        assert made.lastrowid is not None
        return made.lastrowid
    number, before, width = known
    if width != dimensions or (None not in (before, served) and before != served):
        raise ConflictError(
            f"The kept vectors of {encoder.model} have {width:,} dimensions and are {before}'s; these have "
            f"{dimensions:,} and are {served}'s.",
            remedy="Forget the kept vectors of this model, then start again.",
        )
    return number


def _read(raw: bytes, dimensions: int) -> Vectors | None:
    """None for bytes that are no vector."""
    if len(raw) != 4 * dimensions:
        return None
    row: Vectors = np.frombuffer(raw, dtype="<f4")
    return row if np.isfinite(row).all() else None


def _unusable(failure: sqlite3.Error | OSError) -> UnavailableError:
    return UnavailableError(
        f"The file of kept vectors cannot be used: {reason(failure)}.",
        remedy="Delete or free the file; until then vectors are kept in memory only.",
    )
