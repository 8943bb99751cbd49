"""SAP HANA's error numbers as errors of ours: what happened in one sentence, and what the reader can do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.errors import (
    AccessDeniedError,
    AuthError,
    BadRequestError,
    BlockedError,
    ConflictError,
    ConnectError,
    DeadlineError,
    NotFoundError,
    OverloadedError,
    ServerError,
    ServiceError,
    StoppedError,
    TooLargeError,
)

# -10807 connection down, -10821 session not connected, -10709 no connection, -10108 session has been reconnected
LOST = frozenset({-10807, -10821, -10709, -10108})
CANCELLED = 139
_NO_REPLY_IN_TIME = "[89012]"
_DETAILS = re.compile(r"guid '([0-9A-Fa-f]{8,64})'")


@dataclass(frozen=True)
class Meaning:
    kind: type[ServiceError]
    sentence: str
    remedy: str


_AGAIN = "Try again in a moment."
_LIST_AGAIN = "Pick it from the list again: it may have been dropped, renamed, or taken from your user."
_LOCKED = Meaning(ConflictError, "Another transaction holds a lock on these rows.", _AGAIN)

MEANINGS: Mapping[int, Meaning] = {
    4: Meaning(TooLargeError, "SAP HANA has no memory left for this query.", "Ask for fewer rows or columns."),
    7: Meaning(BadRequestError, "SAP HANA does not support this query here.", "Take the first rows, or other columns."),
    10: Meaning(AuthError, "SAP HANA refused the user or password.", "Check the user and the password."),
    131: _LOCKED,
    133: _LOCKED,
    CANCELLED: Meaning(
        StoppedError,
        "SAP HANA ended the query: somebody cancelled it, or a limit of the database did.",
        "Read again; if it ends again, ask an administrator about statement limits.",
    ),
    146: _LOCKED,
    257: Meaning(BadRequestError, "SAP HANA did not understand the query.", "Take the first rows, or fewer columns."),
    258: Meaning(AccessDeniedError, "The user may not read this.", "Ask an administrator for SELECT on it."),
    259: Meaning(NotFoundError, "The table or view is no longer there.", _LIST_AGAIN),
    260: Meaning(NotFoundError, "A column is no longer there.", _LIST_AGAIN),
    328: Meaning(BadRequestError, "This SAP HANA lacks a function the query needs.", "Pick other columns."),
    362: Meaning(NotFoundError, "The schema is no longer there.", _LIST_AGAIN),
    397: Meaning(BadRequestError, "The view is invalid: something below it changed.", "Ask its owner to repair it."),
    414: Meaning(AuthError, "The password must be changed first.", "Log on once with another tool and change it."),
    416: Meaning(AuthError, "The user is locked.", "Wait for the lock to end, or ask an administrator."),
    613: Meaning(
        DeadlineError,
        "The query took longer than its limit and was ended.",
        "Take the first rows, fewer columns, or another object; counting a view can be dear.",
    ),
    663: Meaning(
        BlockedError,
        "This SAP HANA does not accept connections from here.",
        "Ask an administrator to add this network to the instance's allowed addresses.",
    ),
    1888: Meaning(
        OverloadedError, "The instance is not available: stopped, or being changed.", "Start it, or wait a minute."
    ),
    2048: Meaning(ServerError, "The column store could not run the query.", "Take the first rows, or fewer columns."),
}


def statement_error(code: object, text: str) -> ServiceError:
    """The server's own text is not repeated: it may hold values. An unknown code is named by its number."""
    meaning = MEANINGS.get(code) if isinstance(code, int) else None
    if meaning is None:
        return ServerError(
            f"SAP HANA could not run the query (code {code}).",
            remedy="Try fewer columns or the first rows; an administrator can look the code up.",
            code=str(code),
            retryable=False,
        )
    return meaning.kind(meaning.sentence, remedy=meaning.remedy + _details(code, text), code=str(code))


def lost_error(text: str, where: str, communication_timeout_ms: int) -> ServiceError:
    """The connection is gone with what ran on it; the next call makes a new one."""
    if _NO_REPLY_IN_TIME in text:
        sentence = (
            f"{where} did not reply within {communication_timeout_ms / 1000:g} s, so the connection was given up."
        )
        return DeadlineError(sentence, remedy="Read again: a new connection is made.")
    return ConnectError(
        f"The connection to {where} was lost, and the query with it.", remedy="Read again: a new connection is made."
    )


def _details(code: object, text: str) -> str:
    """An administrator finds the missing privilege by the number that comes with a refusal."""
    found = _DETAILS.search(text) if code == 258 else None
    return f" The refusal's number is {found.group(1)}." if found else ""
