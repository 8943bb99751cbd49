"""SAP HANA's types: how a column of each is selected without stalling the process, and what its value looks like."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from services.errors import ProtocolError
from services.tables.hana_statements import quoted
from services.tables.source import MAX_CELL_CHARACTERS, Cell

# One more than is shown, so that a text that was cut is known from one that just fits. An NVARCHAR holds 5,000.
_FETCHED_CHARACTERS = MAX_CELL_CHARACTERS + 1
FETCHED_BYTES = MAX_CELL_CHARACTERS // 2 + 1


@dataclass(frozen=True)
class Reading:
    """expression makes SQL of the quoted name. text: a language model can read it; sized: its length means something.

    lob: the driver hands out a locator, to be read piece by piece.
    """

    expression: Callable[[str], str]
    text: bool = False
    sized: bool = False
    lob: bool = False


def _plain(name: str) -> str:
    return name


def _start(name: str) -> str:
    # Fetched whole, a long text is waited for with the interpreter locked: no other thread runs. An NVARCHAR comes
    # with its row.
    return f"TO_NVARCHAR(SUBSTRING({name}, 1, {_FETCHED_CHARACTERS}))"


def _well_known_text(name: str) -> str:
    return _start(f"{name}.ST_AsWKT()")


def _dimensions(name: str) -> str:
    return f"CARDINALITY({name})"


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "FLOAT", "BOOLEAN")
_DECIMALS = ("DECIMAL", "SMALLDECIMAL")
_TEXTS = ("CHAR", "NCHAR", "VARCHAR", "NVARCHAR", "ALPHANUM", "SHORTTEXT")
_LONG_TEXTS = ("CLOB", "NCLOB", "TEXT", "BINTEXT")
_DATES = ("DATE", "TIME", "SECONDDATE", "TIMESTAMP")
_BYTES = ("BINARY", "VARBINARY")
_GEOMETRIES = ("ST_GEOMETRY", "ST_POINT")
VECTORS = ("REAL_VECTOR", "HALF_VECTOR")

READINGS: Mapping[str, Reading] = {
    **dict.fromkeys((*_NUMBERS, *_DATES), Reading(_plain)),
    **dict.fromkeys((*_DECIMALS, *_BYTES), Reading(_plain, sized=True)),
    **dict.fromkeys(_TEXTS, Reading(_plain, text=True, sized=True)),
    **dict.fromkeys(_LONG_TEXTS, Reading(_start, text=True)),
    **dict.fromkeys(_GEOMETRIES, Reading(_well_known_text)),
    **dict.fromkeys(VECTORS, Reading(_dimensions, sized=True)),
    "BLOB": Reading(_plain, lob=True),
}


def expression(name: str, type_name: str) -> str:
    """Raises KeyError for a type that cannot be read."""
    return READINGS[type_name].expression(quoted(name))


def cell(value: object, type_name: str) -> tuple[Cell, bool]:
    """(what is shown, whether it was cut). A number that is none (NaN, infinite) becomes None, as nothing else can."""
    if type_name in VECTORS:
        return (None if value is None else f"{value} dimensions"), False
    if isinstance(value, bytes | memoryview) and (type_name == "BLOB" or type_name in _BYTES):
        return shown(bytes(value[:FETCHED_BYTES]).hex())
    if isinstance(value, str | bytes | memoryview):
        return shown(text_of(value))
    if isinstance(value, float):
        return (value if math.isfinite(value) else None), False
    if value is None or isinstance(value, int | Decimal | datetime | date | time):
        return value, False
    raise ProtocolError(
        f"A value of type {type_name} came in a form that cannot be shown.", remedy="Leave the column out."
    )


def text_of(value: str | bytes | memoryview) -> str:
    """A text in which half of a character is missing comes from the driver as bytes, in UTF-16."""
    return value if isinstance(value, str) else bytes(value).decode("utf-16-le", "replace")


def shown(text: str) -> tuple[str, bool]:
    """(at most MAX_CELL_CHARACTERS, whether that is a cut).

    Whole characters only: SAP HANA counts UTF-16 units, and its own cut may run through one.
    """
    if text.isascii():
        return text[:MAX_CELL_CHARACTERS], len(text) > MAX_CELL_CHARACTERS
    units = text.encode("utf-16-le", "surrogatepass")
    cut = len(units) // 2 > MAX_CELL_CHARACTERS
    return units[: MAX_CELL_CHARACTERS * 2].decode("utf-16-le", "ignore" if cut else "replace"), cut
