"""Conversations on disk, for visitors who asked for it: one SQLite file, in which what is deleted is really gone."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from services.answers.conversation_files import from_json, to_json
from services.answers.conversations import Conversation
from services.errors import ConfigError, UnavailableError
from services.private_sqlite import Format, connected, reason, used_bytes

FILE = "conversations.sqlite"
_CONVERSATIONS = Format(
    "it holds no conversations of this version",
    0x54504356,
    1,
    (
        "CREATE TABLE visitor (owner BLOB PRIMARY KEY)",
        "CREATE TABLE conversation (number INTEGER PRIMARY KEY, owner BLOB NOT NULL, id TEXT NOT NULL,"
        " saved_at REAL NOT NULL, document BLOB NOT NULL, UNIQUE (owner, id))",
    ),
)


class ConversationStore:
    """Safe for several threads and processes. The file is made for its owner alone, by the first who asks for it.

    Visitors stand in it as a hash of what their browser is known by, so that who reads it cannot become one of them.
    Over max_bytes nothing more is kept. Every method raises UnavailableError for a file that cannot be used.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = 200_000_000,
        busy_s: float = 2.0,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._path, self._max_bytes, self._busy_s, self._now_s = path, max_bytes, busy_s, now_s

    def load(self, owner: str) -> tuple[Conversation, ...] | None:
        """Oldest first, the one changed last at the end; None for who did not ask to be kept. Damaged ones stay out."""
        if not self._path.exists():
            return None
        with self._connected() as connection:
            if connection.execute("SELECT 1 FROM visitor WHERE owner = ?", (_hash(owner),)).fetchone() is None:
                return None
            rows = connection.execute(
                "SELECT document FROM conversation WHERE owner = ? ORDER BY saved_at, number", (_hash(owner),)
            ).fetchall()
        return tuple(talk for (document,) in rows if (talk := _read(document)) is not None)

    def join(self, owner: str) -> None:
        """From now on keep() may be called for this owner."""
        with self._connected() as connection:
            connection.execute("INSERT OR IGNORE INTO visitor (owner) VALUES (?)", (_hash(owner),))

    def leave(self, owner: str) -> None:
        """Deletes all of the owner's."""
        if not self._path.exists():
            return
        with self._connected() as connection:
            connection.execute("DELETE FROM conversation WHERE owner = ?", (_hash(owner),))
            connection.execute("DELETE FROM visitor WHERE owner = ?", (_hash(owner),))
            connection.execute("VACUUM")

    def keep(self, owner: str, conversation: Conversation) -> None:
        """On disk when this returns."""
        document = to_json(conversation)
        with self._connected() as connection:
            if used_bytes(connection) + len(document) > self._max_bytes:
                raise UnavailableError(
                    f"The file of kept conversations has reached {self._max_bytes / 1e6:,.0f} MB; this one stays in "
                    "memory.",
                    remedy="Delete conversations that are done with.",
                )
            connection.execute(
                "INSERT INTO conversation (owner, id, saved_at, document) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (owner, id) DO UPDATE SET saved_at = excluded.saved_at, document = excluded.document",
                (_hash(owner), conversation.id, self._now_s(), document),
            )

    def forget(self, owner: str, conversation_id: str) -> None:
        """Its row is overwritten, and the file shrinks; nothing happens for one that is not there."""
        if not self._path.exists():
            return
        with self._connected() as connection:
            gone = connection.execute(
                "DELETE FROM conversation WHERE owner = ? AND id = ?", (_hash(owner), conversation_id)
            )
            if gone.rowcount:
                connection.execute("VACUUM")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Each statement is a transaction of its own."""
        try:
            with closing(connected(self._path, self._busy_s)) as connection:
                # Else SQLite leaves deleted text where it stood. The journal of the default mode goes at each commit.
                connection.execute("PRAGMA secure_delete = ON")
                _CONVERSATIONS.claim(connection)
                yield connection
        except (sqlite3.Error, OSError) as failure:
            raise UnavailableError(
                f"The file of kept conversations cannot be used: {reason(failure)}.",
                remedy="Until that is mended, conversations are kept in memory only.",
            ) from None


def _hash(owner: str) -> bytes:
    return hashlib.sha256(owner.encode()).digest()


def _read(document: bytes) -> Conversation | None:
    try:
        return from_json(document)
    except ConfigError:
        return None
