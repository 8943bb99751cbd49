"""What SAP's real driver makes of the test server: logins, statements, values and pages."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.tables.connection import check
from tests.hana_server.driver import refusal, rows
from tests.hana_server.probes import SERIES_ROWS
from tests.hana_server.running import HanaServer, hana_server
from tests.hana_server.sales import LEDGER, LONG_TEXT
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


def test_a_bernoulli_sample_takes_about_its_share(cursor: Any) -> None:
    found = rows(cursor, 'SELECT "BELNR" FROM "SALES"."BSEG" TABLESAMPLE BERNOULLI (20) ORDER BY RAND() LIMIT 2000')
    numbers = [int(number) for (number,) in found]
    # Six standard deviations of the binomial distribution.
    assert abs(len(numbers) - 500) < 120
    assert len(set(numbers)) == len(numbers)
    assert numbers != sorted(numbers)


@pytest.mark.parametrize(("page_rows", "fetch_size"), [(1, None), (7, None), (2_500, 32), (1_000_000, None)])
def test_rows_come_in_order_whatever_the_pages(page_rows: int, fetch_size: int | None) -> None:
    with hana_server(page_rows=page_rows) as server, closing(server.connect()) as connection:
        cursor = connection.cursor()
        if fetch_size is not None:
            cursor.setfetchsize(fetch_size)
        found = rows(cursor, 'SELECT "BELNR" FROM "SALES"."BSEG" LIMIT 2000')
        assert found == [(row[1],) for row in LEDGER.rows[:2_000]]
        assert rows(cursor, 'SELECT "ID" FROM "SALES"."NOROWS"') == []


@pytest.mark.parametrize(("fetch_size", "before"), [(16, 46), (7, 44), (1_000, 30)])
def test_a_page_after_the_first_is_as_large_as_the_driver_asks(fetch_size: int, before: int) -> None:
    """A connection that ends inside the page that goes beyond row 50 has sent whole pages before."""
    with hana_server(page_rows=30) as server, closing(server.connect()) as connection:
        server.kill_after_rows(50)
        cursor = connection.cursor()
        cursor.setfetchsize(fetch_size)
        cursor.execute('SELECT "BELNR" FROM "SALES"."BSEG"')
        found = iter(cursor.fetchone, None)
        assert len([next(found) for _ in range(before)]) == before
        assert refusal(next, found)[0] == -10807


def test_a_reply_holds_more_rows_than_a_short_count_can_say() -> None:
    with hana_server(page_rows=SERIES_ROWS, probes=True) as server, closing(server.connect()) as connection:
        cursor = connection.cursor()
        cursor.setfetchsize(SERIES_ROWS)
        assert rows(cursor, "SELECT N FROM SERIES") == [(n,) for n in range(SERIES_ROWS)]


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


def test_like_tells_upper_from_lower_case(server: HanaServer) -> None:
    with closing(server.connect()) as connection:
        cursor = connection.cursor()
        like = "SELECT TABLE_NAME FROM SYS.TABLES WHERE TABLE_NAME LIKE ?"
        assert rows(cursor, like, ("BSE%",)) == [("BSEG",)]
        assert rows(cursor, like, ("bse%",)) == []


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
