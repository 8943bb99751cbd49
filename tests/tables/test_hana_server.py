"""What SAP's real driver makes of the test server: logins, statements, values and pages."""

from __future__ import annotations

import importlib.util
import math
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.tables.connection import check
from tests.hana_server.every_type import EVERY_TYPE
from tests.hana_server.running import HanaServer, hana_server
from tests.hana_server.sales import LEDGER, LONG_TEXT, QUOTES
from tests.test_layers import imports, sources

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


def rows(cursor: Any, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
    return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


def refusal(call: Any, *arguments: Any, **keywords: Any) -> tuple[int, str]:
    """The driver's code and text of what it raises."""
    from hdbcli import dbapi

    with pytest.raises(dbapi.Error) as caught:
        call(*arguments, **keywords)
    return caught.value.errorcode, caught.value.errortext


def test_the_product_s_own_check_passes(server: HanaServer) -> None:
    assert check(server.settings()) == f"Connected to 127.0.0.1:{server.port}, version 4.00.000.00.1700000000."


@pytest.mark.parametrize("login", [{"password": "wrong"}, {"user": "NOBODY"}, {"user": "🛠" * 60}])
def test_a_wrong_login_is_refused(server: HanaServer, login: dict[str, str]) -> None:
    before = server.logins()
    assert refusal(server.connect, **login)[0] == 10
    assert server.logins() == before


def test_a_user_s_name_is_upper_case_however_it_is_typed(server: HanaServer) -> None:
    with closing(server.connect(user=server.user.lower())) as connection:
        assert rows(connection.cursor(), "SELECT CURRENT_USER, CURRENT_SCHEMA FROM DUMMY") == [("READER", "READER")]


@pytest.mark.parametrize(("asked", "current"), [("sales", "SALES"), ('"sales"', "sales"), ('"we""ird"', 'we"ird')])
def test_the_schema_asked_for_is_the_current_one(server: HanaServer, asked: str, current: str) -> None:
    with closing(server.connect(currentSchema=asked)) as connection:
        assert rows(connection.cursor(), "SELECT CURRENT_USER, CURRENT_SCHEMA FROM DUMMY") == [("READER", current)]


def test_the_driver_does_not_quote_the_schema_it_is_given() -> None:
    with hana_server() as server:
        assert refusal(server.connect, currentSchema="SALES; DROP")[0] == 257
        assert server.unexpected() == ["SET SCHEMA SALES; DROP"]


def test_tls_is_spoken_with_the_certificate_given(tmp_path: Path) -> None:
    with hana_server(certificate=self_signed(tmp_path)) as server:
        with closing(server.connect(encrypt=True, sslValidateCertificate=False)) as connection:
            assert rows(connection.cursor(), "SELECT VERSION FROM SYS.M_DATABASE")
        code, text = refusal(server.connect, encrypt=True)
        assert (code, "certificate" in text) == (-10709, True)


def self_signed(folder: Path) -> Path:
    import subprocess

    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hana.example"]
    path = folder / "certificate.pem"
    done = subprocess.run([*command, "-keyout", "-", "-out", "-"], check=True, capture_output=True)
    path.write_bytes(done.stdout)
    return path


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


def test_a_bernoulli_sample_takes_about_its_share(cursor: Any) -> None:
    found = rows(cursor, 'SELECT "BELNR" FROM "SALES"."BSEG" TABLESAMPLE BERNOULLI (20) ORDER BY RAND() LIMIT 2000')
    numbers = [int(number) for (number,) in found]
    # Six standard deviations of the binomial distribution.
    assert abs(len(numbers) - 500) < 120
    assert len(set(numbers)) == len(numbers)
    assert numbers != sorted(numbers)


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


@pytest.mark.parametrize(("page_rows", "fetch_size"), [(1, None), (7, None), (2_500, 32), (1_000_000, None)])
def test_rows_come_in_order_whatever_the_pages(page_rows: int, fetch_size: int | None) -> None:
    with hana_server(page_rows=page_rows) as server, closing(server.connect()) as connection:
        cursor = connection.cursor()
        if fetch_size is not None:
            cursor.setfetchsize(fetch_size)
        found = rows(cursor, 'SELECT "BELNR" FROM "SALES"."BSEG" LIMIT 2000')
        assert found == [(row[1],) for row in LEDGER.rows[:2_000]]
        assert rows(cursor, 'SELECT "ID" FROM "SALES"."NOROWS"') == []


@pytest.mark.parametrize("inline_units", [0, 1, 1_001])
def test_long_values_come_whole_however_little_comes_with_their_row(inline_units: int) -> None:
    with hana_server(inline_units=inline_units) as server, closing(server.connect()) as connection:
        found = rows(connection.cursor(), 'SELECT "NCLOB", "BLOB" FROM "TECHNICAL"."EVERY_TYPE"')
        assert found == [("", b""), ("a🛠b" * 34_000, bytes(range(256)) * 10), ("日本語", b"\0"), (None, None)]


def test_a_long_value_is_read_piece_by_piece(server: HanaServer) -> None:
    with closing(server.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute('SELECT "PICTURE", "LONGTEXT" FROM "SALES"."QMEL" LIMIT 1')
        picture, text = cursor.fetchone(True)
        assert bytes(picture.read(10, 4_001)) == (b"\x89PNG" * 3)[:10]
        assert text.read(10, 9_001) == LONG_TEXT[9_000:9_010]


def test_a_long_value_is_gone_with_its_transaction(server: HanaServer) -> None:
    with closing(server.connect(autocommit=False)) as connection:
        cursor = connection.cursor()
        cursor.execute('SELECT "LONGTEXT" FROM "SALES"."QMEL" LIMIT 1')
        text = cursor.fetchone(True)[0]
        assert text.read(4, 5_001) == LONG_TEXT[5_000:5_004]
        connection.rollback()
        assert refusal(text.read, 4, 8_001)[0] != 0


def test_a_transaction_is_read_only_until_it_ends(server: HanaServer) -> None:
    with closing(server.connect(autocommit=False)) as connection:
        cursor = connection.cursor()
        for _ in range(2):
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SELECT VERSION FROM SYS.M_DATABASE")
            connection.rollback()
        cursor.execute("SELECT VERSION FROM SYS.M_DATABASE")
        connection.commit()
    assert [received.read_only for received in server.received()[-5:]] == [False, True, False, True, False]


def test_a_database_on_premise_has_no_vectors() -> None:
    with hana_server(on_premise=True) as server, closing(server.connect()) as connection:
        cursor = connection.cursor()
        assert rows(cursor, "SELECT TYPE_NAME FROM SYS.DATA_TYPES WHERE TYPE_NAME = 'REAL_VECTOR'") == []


def test_twenty_thousand_tables_are_there() -> None:
    with hana_server(tables=20_000) as server, closing(server.connect()) as connection:
        assert rows(connection.cursor(), 'SELECT COUNT(*) FROM "BIG"."T19999"') == [(0,)]
        assert refusal(rows, connection.cursor(), 'SELECT COUNT(*) FROM "BIG"."T20000"')[0] == 259


def test_it_shares_no_code_with_what_it_tests() -> None:
    used = {name for path in sources("tests/hana_server") for name in imports(path) if name.startswith("services")}
    assert used <= {"services.settings", "services.settings.HanaSettings"}
