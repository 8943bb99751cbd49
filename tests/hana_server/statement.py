"""What a statement of the table is: how it is recognised, what it answers, and of which types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.hana_server.database import Database
from tests.hana_server.parameters import Parameter
from tests.hana_server.types import Column, HanaType, hana_type
from tests.hana_server.values import Value

Rows = Sequence[tuple[Value, ...]]


@dataclass
class Caller:
    """Who asks: what of a connection a statement may see and change. cancel ends what another connection runs."""

    user: str
    schema: str
    cancel: Callable[[int], None]
    read_only: bool = False


@dataclass(frozen=True)
class Call:
    """One statement as it came; groups are those of the regular expression."""

    database: Database
    caller: Caller
    sql: str
    groups: dict[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Statement:
    """columns: of the result; none: it answers nothing. parameters: of the question marks, NVARCHAR where none is."""

    pattern: re.Pattern[str]
    columns: Callable[[Call], tuple[Column, ...]]
    rows: Callable[[Call], Rows]
    parameters: tuple[HanaType, ...]


def text(
    sql: str, columns: str = "", rows: str | Callable[[Call], Rows] | None = None, parameters: str = ""
) -> Statement:
    """Recognises exactly sql. columns and parameters are spelt "NAME TYPE; NAME TYPE" and "TYPE; TYPE"."""
    return regex(re.escape(sql), columns, rows if rows is not None else sql, parameters)


def regex(
    pattern: str,
    columns: str | Callable[[Call], tuple[Column, ...]] = "",
    rows: str | Callable[[Call], Rows] | None = None,
    parameters: str = "",
) -> Statement:
    """Recognises what matches pattern as a whole. Without rows the statement's own text goes to SQLite."""
    types = tuple(hana_type(spelt) for spelt in parameters.split(";") if spelt.strip())
    return Statement(re.compile(pattern), _columns(columns), _rows(rows), types)


def find(sql: str, statements: Sequence[Statement]) -> tuple[Statement, dict[str, str]] | None:
    """The first that recognises sql, with the groups of its expression."""
    for statement in statements:
        match = statement.pattern.fullmatch(sql)
        if match is not None:
            return statement, {name: value for name, value in match.groupdict().items() if value is not None}
    return None


def normalised(sql: str) -> str:
    """One blank between words, none at the ends; nothing changes inside quotation marks."""
    parts = re.split(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""", sql)
    return "".join(part if i % 2 else re.sub(r"\s+", " ", part) for i, part in enumerate(parts)).strip()


def question_marks(sql: str) -> int:
    return re.sub(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""", "", sql).count("?")


def _columns(columns: str | Callable[[Call], tuple[Column, ...]]) -> Callable[[Call], tuple[Column, ...]]:
    if callable(columns):
        return columns
    pairs = [spelt.strip().rpartition(" ") for spelt in columns.split(";") if spelt.strip()]
    fixed = tuple(Column(name, hana_type(kind)) for name, _, kind in pairs)
    return lambda call: fixed


def _rows(rows: str | Callable[[Call], Rows] | None) -> Callable[[Call], Rows]:
    if callable(rows):
        return rows
    return lambda call: call.database.run(call.sql if rows is None else rows, call.parameters)
