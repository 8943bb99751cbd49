"""SELECT of columns and simple expressions from one table or view, as a sample is read: types, rows and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.hana_server.content import Object
from tests.hana_server.database import quoted
from tests.hana_server.errors import SqlError, UnknownStatementError
from tests.hana_server.fields import units_to_text, utf16_units
from tests.hana_server.statement import Call, Rows, Statement, regex
from tests.hana_server.types import Column, HanaType
from tests.hana_server.values import Value

_NAME = r'"(?:[^"]|"")*"'
_SELECT = (
    rf"SELECT (?P<items>(?:[^\"]|{_NAME})+?) FROM (?P<schema>{_NAME})\.(?P<object>{_NAME})"
    r"(?: TABLESAMPLE BERNOULLI \((?P<percent>[0-9.]+)\))?(?P<shuffled> ORDER BY RAND\(\))?(?: LIMIT (?P<limit>\d+))?"
)
_TOKEN = re.compile(rf"{_NAME}|[(),]|[^\"(),]+")
_TEXT = HanaType("NVARCHAR", 5_000)


@dataclass(frozen=True)
class Item:
    """One expression over one column; value makes the result of what stands in that column."""

    column: str
    type: HanaType
    value: Callable[[Value], Value]


def select() -> Statement:
    return regex(_SELECT, _columns, _rows)


def _columns(call: Call) -> tuple[Column, ...]:
    found = _object(call)
    if call.groups["items"] == "COUNT(*)":
        return (Column("COUNT(*)", HanaType("BIGINT"), nullable=False),)
    spelt = _split(call.groups["items"])
    return tuple(Column(_label(text), _item(text, found, call).type) for text in spelt)


def _rows(call: Call) -> Rows:
    found, groups = _object(call), call.groups
    if groups["items"] == "COUNT(*)":
        return [(len(found.rows),)]
    items = [_item(text, found, call) for text in _split(groups["items"])]
    sql = f"SELECT {', '.join(quoted(item.column) for item in items)} FROM {groups['schema']}.{groups['object']}"
    sql += f" WHERE SAMPLED({groups['percent']})" if "percent" in groups else ""
    sql += groups.get("shuffled", "") + (f" LIMIT {groups['limit']}" if "limit" in groups else "")
    return [tuple(item.value(value) for item, value in zip(items, row, strict=True)) for row in call.database.run(sql)]


def _object(call: Call) -> Object:
    return call.database.object(_unquoted(call.groups["schema"]), _unquoted(call.groups["object"]))


def _split(items: str) -> list[str]:
    """At the commas that stand outside of names and parentheses."""
    found, depth = [""], 0
    for token in _TOKEN.findall(items):
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            found.append("")
        else:
            found[-1] += token
    return [item.strip() for item in found]


def _label(text: str) -> str:
    return _unquoted(text) if re.fullmatch(_NAME, text) else text


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"')


def _item(text: str, found: Object, call: Call) -> Item:
    """Raises SqlError 260 for a column that is not there, UnknownStatementError for any other expression."""
    if re.fullmatch(_NAME, text):
        return _plain(_unquoted(text), found)
    match = re.fullmatch(r"(?P<function>[A-Z_]+)\((?P<inner>.+?)(?:, (?P<first>\d+), (?P<length>\d+))?\)", text)
    if match is not None and match["function"] == "SUBSTRING" and match["first"]:
        inner = _item(match["inner"], found, call)
        start, length = int(match["first"]) - 1, int(match["length"])
        return Item(inner.column, inner.type, lambda value: _substring(inner.value(value), start, length))
    if match is not None and match["function"] in _FUNCTIONS and not match["first"]:
        inner = _item(match["inner"], found, call)
        kind, function = _FUNCTIONS[match["function"]]
        return Item(inner.column, kind, lambda value: _unless_null(function, inner.value(value)))
    if text.endswith(".ST_AsWKT()"):
        return Item(_plain(_unquoted(text.removesuffix(".ST_AsWKT()")), found).column, HanaType("CLOB"), _same)
    raise UnknownStatementError(call.sql)


def _plain(name: str, found: Object) -> Item:
    kind = next((field.type for field in found.fields if field.name == name), None)
    if kind is None:
        raise SqlError(260, f"invalid column name: {name}")
    return Item(name, kind, _same)


def _same(value: Value) -> Value:
    return value


def _unless_null(function: Callable[[Value], Value], value: Value) -> Value:
    return None if value is None else function(value)


def _substring(value: Value, start: int, length: int) -> Value:
    """By UTF-16 units: the cut may run through a character."""
    if value is None:
        return None
    return units_to_text(utf16_units(str(value))[start : start + length])


def _dimensions(value: Value) -> Value:
    return len(value) // 4 - 1 if isinstance(value, bytes) else None


def _hexadecimal(value: Value) -> Value:
    return value.hex().upper() if isinstance(value, bytes) else str(value).encode().hex().upper()


_FUNCTIONS: dict[str, tuple[HanaType, Callable[[Value], Value]]] = {
    "TO_NVARCHAR": (_TEXT, _same),
    "CARDINALITY": (HanaType("INTEGER"), _dimensions),
    "BINTOHEX": (_TEXT, _hexadecimal),
}
