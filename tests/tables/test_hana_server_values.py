"""What SAP's real driver makes of the test server's values: results of every type, and parameters."""

from __future__ import annotations

import importlib.util
import math
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from tests.hana_server.driver import refusal, rows
from tests.hana_server.every_type import EVERY_TYPE
from tests.hana_server.running import HanaServer, hana_server
from tests.hana_server.sales import QUOTES

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(probes=True) as running:
        yield running


@pytest.fixture
def cursor(server: HanaServer) -> Iterator[Any]:
    with closing(server.connect(vectoroutputtype="list")) as connection:
        yield connection.cursor()


def python_value(kind: str, value: Any) -> Any:
    """What the driver should make of it, by the standard library's own reading of the same value."""
    if "DECIMAL" in kind:
        return Decimal(value)
    if kind == "DATE":
        return date.fromisoformat(value)
    if kind == "TIME":
        return time.fromisoformat(value)
    if kind in ("TIMESTAMP", "SECONDDATE"):
        return datetime.fromisoformat(value[:26])
    if kind.startswith("REAL_VECTOR"):
        return [struct.unpack("f", struct.pack("f", number))[0] for number in value]
    return value


@pytest.mark.parametrize("at", range(len(EVERY_TYPE.fields)), ids=[field.kind for field in EVERY_TYPE.fields])
def test_every_type_arrives_at_its_bounds_and_as_null(cursor: Any, at: int) -> None:
    field = EVERY_TYPE.fields[at]
    values = [row[at] for row in EVERY_TYPE.rows]
    expected = [None if value is None else python_value(field.kind, value) for value in values]
    assert [value for (value,) in rows(cursor, f'SELECT "{field.name}" FROM "TECHNICAL"."EVERY_TYPE"')] == expected


def test_values_of_all_types_stand_beside_each_other(cursor: Any) -> None:
    names = ", ".join(f'"{field.name}"' for field in EVERY_TYPE.fields)
    found = rows(cursor, f'SELECT {names} FROM "TECHNICAL"."EVERY_TYPE"')
    assert [row[0] for row in found] == [1, 2, 3, 4]
    assert found[3][1:] == (None,) * (len(EVERY_TYPE.fields) - 1)
    assert found[2][-1] == [1.0, 2.0, 3.0]


def test_numbers_that_are_none_arrive_as_such(cursor: Any) -> None:
    weights = [weight for (weight,) in rows(cursor, 'SELECT "WEIGHT" FROM "SALES"."0MATERIAL"')]
    assert weights[:2] == [12.5, math.inf]
    assert math.isnan(weights[2])


def test_odd_names_are_answered_with_what_stands_under_them(cursor: Any) -> None:
    quoted = [f'"{field.name.replace(chr(34), chr(34) * 2)}"' for field in QUOTES.fields]
    assert rows(cursor, f'SELECT {", ".join(quoted)} FROM "SALES"."we""ird"') == list(QUOTES.rows)
    assert [column[0] for column in cursor.description] == [field.name for field in QUOTES.fields]


def test_expressions_of_a_sample_have_types_of_their_own(cursor: Any) -> None:
    sql = (
        'SELECT TO_NVARCHAR(SUBSTRING("LONGTEXT", 1, 10)), BINTOHEX("GUID"), CARDINALITY("EMBEDDING"),'
        ' TO_NVARCHAR(SUBSTRING("PLACE".ST_AsWKT(), 1, 5)) FROM "SALES"."QMEL" LIMIT 3'
    )
    found = rows(cursor, sql)
    assert found == [("Pump 4711 ", f"{0x4711:032X}", 3, "POINT"), ("", f"{1:032X}", 3, None), (None,) * 4]
    assert [column[1] for column in cursor.description] == [11, 11, 3, 11]


def test_a_substring_counts_utf16_units_and_a_text_cut_through_a_character_comes_as_utf16_bytes(
    cursor: Any,
) -> None:
    whole, half = (f'TO_NVARCHAR(SUBSTRING("NOTE", 1, {units}))' for units in (4_002, 4_001))
    (found,) = rows(cursor, f'SELECT {whole}, {half} FROM "TECHNICAL"."CUT"')
    assert found == ("x" * 4_000 + "🛠", f"{'x' * 4_000}\ud83d".encode("utf-16-le", "surrogatepass"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("INTEGER", -1),
        ("BIGINT", 2**62),
        ("DOUBLE", 0.1),
        ("BOOLEAN", True),
        ("NVARCHAR(5000)", "日本語 🛠 '\"\\%_\0"),
        ("NVARCHAR(5000)", ""),
        ("VARBINARY(5000)", b"\0\xff'"),
        ("NCLOB", "🛠a" * 50_000),
        ("BLOB", bytes(70_000)),
        *((kind, None) for kind in ("INTEGER", "DOUBLE", "BOOLEAN", "NVARCHAR(5000)", "VARBINARY(5000)", "NCLOB")),
    ],
)
def test_a_parameter_comes_back_as_it_was_sent(cursor: Any, kind: str, value: object) -> None:
    assert rows(cursor, f"SELECT CAST(? AS {kind}) FROM DUMMY", (value,)) == [(value,)]


def test_parameters_keep_their_order_and_a_quoted_mark_is_none(server: HanaServer, cursor: Any) -> None:
    assert rows(cursor, "SELECT ?, ?,\n '?' FROM DUMMY", ("one", "two" * 9_000)) == [("one", "two" * 9_000)]
    assert server.received()[-1].parameters == ("one", "two" * 9_000)
    assert server.received()[-1].sql == "SELECT ?, ?, '?' FROM DUMMY"


def test_a_kind_of_parameter_the_product_never_sends_is_refused_and_the_connection_lives(cursor: Any) -> None:
    assert refusal(rows, cursor, "SELECT CAST(? AS DATE) FROM DUMMY", (date(2026, 1, 31),))[0] == 7
    assert rows(cursor, "SELECT VERSION FROM SYS.M_DATABASE")
