"""What the driver makes of an answer, in a form a test can compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rows(cursor: Any, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """All of them, bytes as bytes."""
    cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
    return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in cursor.fetchall()]


def refusal(call: Callable[..., object], *arguments: Any, **keywords: Any) -> tuple[int, str]:
    """The code and the text of what call raises. Raises AssertionError when it raises nothing."""
    from hdbcli import dbapi

    try:
        call(*arguments, **keywords)
    except dbapi.Error as problem:
        return problem.errorcode, problem.errortext
    raise AssertionError("nothing was refused")
