"""Samples of SAP HANA's tables, through its real driver: which rows, how they were drawn, and values of every type."""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from services.errors import AccessDeniedError, BadRequestError, NotFoundError
from services.tables.hana import HanaSource
from services.tables.hana_types import cell
from services.tables.source import MAX_CELL_CHARACTERS, MAX_ROWS, ObjectName, Sample, SampleRequest
from tests.hana_server import every_type
from tests.hana_server.relay import relay
from tests.hana_server.running import HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)
NOTIFICATIONS, LEDGER = ObjectName("SALES", "QMEL"), ObjectName("SALES", "BSEG")
ODD, VIEW = ObjectName("SALES", 'we"ird'), ObjectName("SALES", "OpenNotifications")
EVERY_TYPE = ObjectName("TECHNICAL", "EVERY_TYPE")
LEDGER_ROWS = 2_500


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    """Sends long values in pieces, as a database does with those that are longer than its replies."""
    with hana_server(page_rows=400, inline_units=100) as running:
        yield running


@pytest.fixture
def source(server: HanaServer) -> Iterator[HanaSource]:
    source = HanaSource(server.settings())
    yield source
    source.close()


@pytest.fixture
def careful(server: HanaServer) -> Iterator[HanaSource]:
    """Draws from what it does not care to sort."""
    source = HanaSource(server.settings(), sorted_rows=100)
    yield source
    source.close()


def whole(source: HanaSource, name: ObjectName, *columns: str) -> Sample:
    return source.sample(SampleRequest(name, columns))


def stored(column: str) -> list[object]:
    at = [field.name for field in every_type.EVERY_TYPE.fields].index(column)
    return [row[at] for row in every_type.EVERY_TYPE.rows]


def units(text: str, number: int) -> str:
    return text.encode("utf-16-le")[: number * 2].decode("utf-16-le", "ignore")


def test_the_first_rows_are_those_a_limit_lets_through(source: HanaSource) -> None:
    sample = source.sample(SampleRequest(LEDGER, ("BELNR", "DMBTR"), rows=700))
    assert sample.rows[699] == ("0000000699", Decimal("699.25"))
    assert (len(sample.rows), sample.total, sample.live) == (700, LEDGER_ROWS, True)
    assert sample.how == "The first 700 rows of 2,500 as the database gave them, in no order."


def test_a_sample_with_room_for_all_says_all(source: HanaSource) -> None:
    sample = whole(source, NOTIFICATIONS, "QMNUM")
    assert (len(sample.rows), sample.how) == (4, "All 4 rows.")
    assert whole(source, ObjectName("SALES", "NOROWS")).how == "All 0 rows."


@pytest.mark.parametrize("rows", [0, -5, MAX_ROWS + 1])
def test_no_sample_is_larger_than_the_cap(source: HanaSource, rows: int) -> None:
    with pytest.raises(BadRequestError, match="1 to 5,000"):
        source.sample(SampleRequest(LEDGER, rows=rows))


def test_a_small_table_is_sorted_by_chance(source: HanaSource, server: HanaServer) -> None:
    sample = source.sample(SampleRequest(LEDGER, ("BELNR",), rows=100, method="random"))
    assert server.log()[-1].endswith('FROM "SALES"."BSEG" ORDER BY RAND() LIMIT 100')
    assert sample.how == "100 of 2,500 rows, drawn at random by ORDER BY RAND()."
    assert len(set(sample.rows)) == 100
    assert [row[0] for row in sample.rows] != [f"{n:010}" for n in range(100)]


@pytest.mark.parametrize("rows", [4, 5])
def test_a_random_sample_with_room_for_all_is_all_of_them_unshuffled(
    source: HanaSource, server: HanaServer, rows: int
) -> None:
    sample = source.sample(SampleRequest(NOTIFICATIONS, ("QMNUM",), rows=rows, method="random"))
    assert (len(sample.rows), sample.how) == (4, "All 4 rows.")
    assert "RAND" not in server.log()[-1]


def test_a_large_table_is_drawn_from_and_what_is_too_much_is_cut_by_chance(careful: HanaSource) -> None:
    sample = careful.sample(SampleRequest(LEDGER, ("BELNR",), rows=50, method="random"))
    assert (len(sample.rows), len(set(sample.rows))) == (50, 50)
    assert "TABLESAMPLE BERNOULLI (3.531 %)" in sample.how
    assert sample.how.startswith("50 of 2,500 rows")


def test_rows_stored_last_are_drawn_as_often_as_those_stored_first(careful: HanaSource) -> None:
    halves: Counter[bool] = Counter()
    for _ in range(12):
        sample = careful.sample(SampleRequest(LEDGER, ("BELNR",), rows=100, method="random"))
        halves.update(int(str(row[0])) < LEDGER_ROWS // 2 for row in sample.rows)
    # Of 1,200 rows 600 are expected in each half, with a standard deviation of 17.
    assert abs(halves[True] - 600) < 6 * 17


@pytest.mark.parametrize("code", [7, 257, 2048, 4711])
def test_where_a_random_draw_is_refused_the_first_rows_come_and_it_is_said(
    careful: HanaSource, server: HanaServer, code: int
) -> None:
    server.fail(code, matching="TABLESAMPLE")
    sample = careful.sample(SampleRequest(LEDGER, ("BELNR",), rows=50, method="random"))
    assert [row[0] for row in sample.rows] == [f"{n:010}" for n in range(50)]
    assert "not a random sample" in sample.how
    assert f"code {code}" in sample.how


def test_what_may_not_be_read_at_all_is_refused_with_the_number_an_administrator_needs(
    source: HanaSource, server: HanaServer
) -> None:
    text = (
        "insufficient privilege: Detailed info for this error can be found with guid '4F2C9A7708D94A4CBE02D2A4F9C10DD8'"
    )
    server.fail(258, text, matching='FROM "SALES"."BSEG"')
    with pytest.raises(AccessDeniedError) as caught:
        whole(source, LEDGER)
    assert "4F2C9A7708D94A4CBE02D2A4F9C10DD8" in caught.value.remedy
    assert caught.value.code == "258"


def test_a_view_is_drawn_from_once_its_rows_were_counted(source: HanaSource) -> None:
    request = SampleRequest(VIEW, ("QMNUM",), rows=2, method="random")
    before = source.sample(request)
    assert (before.total, before.info.rows) == (None, None)
    assert "count the rows first" in before.how
    source.count(VIEW)
    after = source.sample(request)
    assert (after.total, after.how) == (4, "2 of 4 rows, drawn at random by ORDER BY RAND().")


def test_the_columns_asked_for_come_in_the_order_asked_once_each(source: HanaSource) -> None:
    sample = whole(source, NOTIFICATIONS, "QMTXT", "QMNUM", "QMTXT")
    assert [column.name for column in sample.columns] == ["QMTXT", "QMNUM"]
    assert sample.rows[0] == ("Pump leaks at the seal", "000010000001")


@pytest.mark.parametrize("name", ["qmnum", "NOSUCH", "", 'QMNUM", "X', "QMNUM FROM DUMMY --", "*"])
def test_a_column_the_catalogue_does_not_list_reaches_no_statement(
    source: HanaSource, server: HanaServer, name: str
) -> None:
    before = len(server.log())
    with pytest.raises(NotFoundError) as caught:
        whole(source, NOTIFICATIONS, "QMNUM", name)
    assert f"no column {name}." in str(caught.value)
    assert not any('FROM "SALES"' in sql for sql in server.log()[before:])


def test_names_with_quotes_commas_question_marks_and_sql_in_them_are_just_names(source: HanaSource) -> None:
    sample = whole(source, ODD)
    assert sample.rows == ((1, "one", "two", "three?", "four", "five", "six"), (2, *[None] * 6))
    assert sample.column("x'; DROP TABLE QMEL --") == ("two", None)


def test_a_long_text_is_cut_in_the_database_and_that_is_said(source: HanaSource, server: HanaServer) -> None:
    sample = whole(source, NOTIFICATIONS, "QMNUM", "LONGTEXT")
    assert [None if text is None else len(str(text)) for text in sample.column("LONGTEXT")] == [4_000, 0, None, 5]
    assert sample.cut == ("LONGTEXT",)
    assert 'TO_NVARCHAR(SUBSTRING("LONGTEXT", 1, 4001))' in server.log()[-1]


def test_a_text_that_the_database_cuts_through_a_character_arrives_whole_up_to_there(source: HanaSource) -> None:
    sample = whole(source, ObjectName("SALES", "ZMATRIX"), "NOTE")
    assert (sample.rows, sample.cut) == ((("🛠" * 2_000,),), ("NOTE",))


def test_bytes_are_shown_as_hexadecimal_digits_and_long_ones_cut(source: HanaSource) -> None:
    sample = whole(source, NOTIFICATIONS, "GUID", "PICTURE")
    assert sample.column("GUID") == ("00000000000000000000000000004711", "0" * 31 + "1", None, "f" * 32)
    picture, empty, null, _ = sample.column("PICTURE")
    assert picture == (b"\x89PNG" * 2_000).hex()[:MAX_CELL_CHARACTERS]
    assert (empty, null, sample.cut) == ("", None, ("PICTURE",))


def test_other_threads_run_while_the_database_is_waited_for(server: HanaServer) -> None:
    """A thread of this process carries the bytes: where the driver waits with the interpreter locked, none arrive."""
    logins = server.logins()
    with relay(server.host, server.port) as between:
        settings = server.settings(port=between.port)
        source = HanaSource(settings, query_timeout_s=2, communication_timeout_ms=3_000, fetch_rows=100)
        sample = whole(source, NOTIFICATIONS)
        source.sample(SampleRequest(LEDGER, rows=1_000))
        source.objects("SALES", "ledger")
        source.count(LEDGER)
        source.capabilities()
        source.close()
    assert server.logins() == logins + 1
    assert len(str(sample.column("PICTURE")[0])) == MAX_CELL_CHARACTERS
    assert len(str(sample.column("LONGTEXT")[0])) == MAX_CELL_CHARACTERS


def test_places_and_vectors_are_shown_as_text(source: HanaSource) -> None:
    sample = whole(source, NOTIFICATIONS, "PLACE", "EMBEDDING")
    assert sample.rows[0] == ("POINT (8.64 49.29)", "3 dimensions")
    assert sample.rows[2] == (None, None)


def test_a_type_nobody_can_read_is_shown_in_the_list_and_left_out_of_the_sample(source: HanaSource) -> None:
    matrix = ObjectName("SALES", "ZMATRIX")
    assert [column.readable for column in source.columns(matrix)] == [True, False, True, True]
    assert whole(source, matrix).rows[0][:2] == (1, "POLYGON ((0 0, 0 1, 1 1, 0 0))")
    with pytest.raises(BadRequestError, match="CELLS has the type ARRAY"):
        whole(source, matrix, "ID", "CELLS")
    with pytest.raises(BadRequestError, match="no column that can be read"):
        whole(source, ObjectName("SALES", "ZOPAQUE"))


def test_every_type_arrives_at_its_bounds(source: HanaSource) -> None:
    least, most, plain, null = whole(source, EVERY_TYPE).rows
    assert null == (4, *[None] * (len(null) - 1))
    values = zip(least, most, plain, strict=True)
    row = dict(zip((column.name for column in source.columns(EVERY_TYPE)), values, strict=True))
    assert row["BIGINT"] == (-(2**63), 2**63 - 1, 2**53 + 1)
    assert row["BOOLEAN"] == (False, True, True)
    assert row["DECIMAL_18_4"][:2] == (Decimal("-99999999999999.9999"), Decimal("99999999999999.9999"))
    assert row["DECIMAL_38_0"][1] == Decimal("9" * 38)
    assert row["DECIMAL"][1] == Decimal("1234567890123456789012345678901234")
    assert row["DATE"] == (date.min, date.max, date(1582, 10, 4))
    assert row["TIME"] == (time.min, time(23, 59, 59), time(12, 30, 1))
    assert row["SECONDDATE"][2] == datetime(2024, 2, 29, 12)
    assert row["TIMESTAMP"][1:] == (datetime.max, datetime(1970, 1, 1, 0, 0, 0, 1))
    assert row["NVARCHAR_5000"] == ("", "ü" * MAX_CELL_CHARACTERS, "a🛠b\0c\u2028")
    assert row["VARBINARY_5000"] == ("", "f" * MAX_CELL_CHARACTERS, "272200")
    assert row["BINARY_4"] == ("00000000", "ffffffff", "00010203")
    assert row["CLOB"] == ("", "c" * 2_000, "plain")
    assert row["NCLOB"] == ("", units(str(stored("NCLOB")[1]), MAX_CELL_CHARACTERS), "日本語")
    assert row["BLOB"][1:] == ((bytes(range(256)) * 10).hex()[:MAX_CELL_CHARACTERS], "00")
    assert row["REAL_VECTOR_3"] == ("3 dimensions",) * 3


def test_every_value_is_one_that_can_be_written_as_text(source: HanaSource) -> None:
    for name in (EVERY_TYPE, NOTIFICATIONS, ObjectName("SALES", "0MATERIAL")):
        for row in whole(source, name).rows:
            for value in row:
                str(value).encode()
                assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "shown", "cut"),
    [
        ("x" * 4_000, "x" * 4_000, False),
        ("x" * 4_001, "x" * 4_000, True),
        ("x" * 3_999 + "🛠", "x" * 3_999, True),
        ("x" * 3_998 + "🛠", "x" * 3_998 + "🛠", False),
        ("x" * 4_000 + "\ud83d", "x" * 4_000, True),
        ("🛠" * 2_000 + "\ud83d", "🛠" * 2_000, True),
        ("a\ud83db", "a\ufffdb", False),
        ("ab".encode("utf-16-le")[:3], "a\ufffd", False),
        ("x🛠".encode("utf-16-le")[:4], "x\ufffd", False),
    ],
)
def test_a_cut_leaves_whole_characters(text: str | bytes, shown: str, cut: bool) -> None:
    assert cell(text, "NCLOB") == (shown, cut)


def test_a_number_that_is_none_is_shown_as_none(source: HanaSource) -> None:
    sample = whole(source, ObjectName("SALES", "0MATERIAL"), "WEIGHT", "PRICE")
    assert sample.column("WEIGHT") == (12.5, None, None)
    assert sample.column("PRICE")[1:] == (Decimal("1E-20"), Decimal("-123456789012345678901234567890.1234"))


def test_a_sample_ends_where_its_text_becomes_too_much(server: HanaServer) -> None:
    source = HanaSource(server.settings(), max_characters=30_000, fetch_rows=100)
    sample = source.sample(SampleRequest(LEDGER, ("SGTXT",), rows=2_000))
    assert len(sample.rows) < 2_000
    assert sum(len(str(text)) for text in sample.column("SGTXT")) < 30_000 + 100 * 50
    assert "Reading ended there" in sample.how
    assert source.count(LEDGER) == LEDGER_ROWS
    source.close()
