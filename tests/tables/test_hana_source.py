"""What is read from SAP HANA, through its real driver: schemas, objects, columns, counts, and what it can do."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from services.errors import BadRequestError, NotFoundError, ServerError
from services.tables.connection import COMMUNICATION_TIMEOUT_MS, CONNECT_TIMEOUT_MS
from services.tables.hana import QUERY_TIMEOUT_S, HanaSource
from services.tables.hana_sampling import SORTED_ROWS
from services.tables.source import (
    MAX_CELL_CHARACTERS,
    MAX_ROWS,
    Capabilities,
    Column,
    ObjectName,
    SampleRequest,
    TableInfo,
    TableSource,
)
from tests.hana_server.catalogue import EMBEDDING_DIMENSIONS, EMBEDDING_MODEL
from tests.hana_server.running import HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)
NOTIFICATIONS = ObjectName("SALES", "QMEL")
ODD = ObjectName("SALES", 'we"ird')
MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "hana.md").read_text("utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server() as running:
        yield running


@pytest.fixture
def source(server: HanaServer) -> Iterator[HanaSource]:
    source = HanaSource(server.settings())
    yield source
    source.close()


def names(source: TableSource, schema: str, matching: str, limit: int = 200) -> list[str]:
    return [info.object.name for info in source.objects(schema, matching, limit).objects]


def test_it_is_a_source_and_says_where_it_reads_without_the_user(source: TableSource, server: HanaServer) -> None:
    assert (source.name, source.live) == (f"SAP HANA at 127.0.0.1:{server.port}", True)


def test_schemas_are_the_user_s_own(source: HanaSource) -> None:
    assert source.schemas() == ("EMPTY", "SALES", "TECHNICAL")


def test_system_schemas_are_listed_on_request(server: HanaServer) -> None:
    source = HanaSource(server.settings(), system_schemas=True)
    assert set(source.schemas()) > {"SYS", "SYSTEM", "_SYS_BIC", "HDI_ADMIN", "PUBLIC", "SALES"}
    source.close()


def test_objects_are_tables_with_their_rows_and_views_without(source: HanaSource) -> None:
    found = {info.object.name: info for info in source.objects("SALES").objects}
    assert list(found) == sorted(found)
    assert found["BSEG"].rows == 2_500
    assert found["NOROWS"] == TableInfo(ObjectName("SALES", "NOROWS"), "table", "", 0)
    view = ObjectName("SALES", "OpenNotifications")
    assert found["OpenNotifications"] == TableInfo(view, "view", "Those nobody has closed", None)


def test_what_holds_no_rows_of_its_own_is_not_offered(source: HanaSource) -> None:
    assert {"SESSION_ROWS", "ROW_TYPE"}.isdisjoint(names(source, "SALES", ""))
    with pytest.raises(NotFoundError, match="SESSION_ROWS"):
        source.columns(ObjectName("SALES", "SESSION_ROWS"))


@pytest.mark.parametrize(
    ("matching", "found"),
    [
        ("qmel", ["QMEL"]),
        ("notifications", ["OpenNotifications", "QMEL"]),
        ("LEDGER reply", ["BSEG"]),
        ("ledger nothing", []),
        ("100 %", ['we"ird']),
        ("%", ['we"ird']),
        ("_", ['we"ird']),
        ("\\", ['we"ird']),
        ("isn't", ['we"ird']),
        ('e"i', ['we"ird']),
        ("' OR '1'='1", []),
        ("?", ['we"ird']),
        (":name", []),
        ("\ud83d", []),
        ("ß 🛠 日本", []),
        ("  \t ", None),
    ],
)
def test_a_search_finds_every_word_in_name_or_comment_and_nothing_is_a_pattern(
    source: HanaSource, matching: str, found: list[str] | None
) -> None:
    assert names(source, "SALES", matching) == (names(source, "SALES", "") if found is None else found)


def test_a_page_of_objects_says_that_there_are_more(source: HanaSource) -> None:
    whole = names(source, "SALES", "")
    page = source.objects("SALES", limit=len(whole) - 1)
    assert [info.object.name for info in page.objects] == whole[:-1]
    assert page.more
    assert not source.objects("SALES", limit=len(whole)).more


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_page_is_neither_empty_nor_endless(source: HanaSource, limit: int) -> None:
    with pytest.raises(BadRequestError, match="1 to 1,000"):
        source.objects("SALES", limit=limit)


def test_an_endless_search_is_refused_unasked(source: HanaSource) -> None:
    with pytest.raises(BadRequestError, match="200 characters"):
        source.objects("SALES", "x " * 200)


@pytest.mark.parametrize("schema", ["", "NOSUCH", "sales", 'S"; DROP SCHEMA SALES', "\ud83d", "S" * 10_000])
def test_a_schema_that_is_none_holds_nothing(source: HanaSource, schema: str) -> None:
    assert source.objects(schema).objects == ()


def test_twenty_thousand_tables_are_searched_a_page_at_a_time() -> None:
    with hana_server(tables=20_000) as server:
        source = HanaSource(server.settings())
        page = source.objects("BIG")
        assert (len(page.objects), page.more) == (200, True)
        assert page.objects[7] == TableInfo(ObjectName("BIG", "T00007"), "table", "", 7)
        assert names(source, "BIG", "plant 199") == ["T19900"]
        assert len(names(source, "BIG", "t1234", limit=1_000)) == 10
        (counts, *_) = (one for one in server.received() if "M_TABLES" in one.sql)
        assert len(counts.parameters) == 1 + 200
        source.close()


def test_row_counts_the_user_may_not_see_do_not_hide_the_list(source: HanaSource, server: HanaServer) -> None:
    server.fail(258, "insufficient privilege", matching="M_TABLES")
    found = source.objects("SALES").objects
    assert found
    assert {info.rows for info in found} == {None}


def test_columns_come_in_order_with_type_key_and_comment(source: HanaSource) -> None:
    columns = {column.name: column for column in source.columns(NOTIFICATIONS)}
    assert list(columns)[:4] == ["MANDT", "QMNUM", "QMTXT", "LONGTEXT"]
    assert columns["QMNUM"] == Column("QMNUM", "NVARCHAR", 12, None, False, "Notification", key=True, text=True)
    assert columns["LONGTEXT"] == Column("LONGTEXT", "NCLOB", None, None, True, "Long text", text=True)
    assert columns["EMBEDDING"] == Column("EMBEDDING", "REAL_VECTOR", 3, None, True, "Of the long text")
    assert [column.name for column in columns.values() if column.key] == ["MANDT", "QMNUM"]


def test_a_view_has_columns_too(source: HanaSource) -> None:
    assert [column.name for column in source.columns(ObjectName("SALES", "OpenNotifications"))][1] == "QMNUM"


@pytest.mark.parametrize("name", ["qmel", "NOSUCH", "", 'QMEL" --', "QMEL\0", "Q%"])
def test_an_object_that_the_catalogue_does_not_list_reaches_no_statement(
    source: HanaSource, server: HanaServer, name: str
) -> None:
    for read in (source.columns, source.count):
        with pytest.raises(NotFoundError) as caught:
            read(ObjectName("SALES", name))
        assert name in str(caught.value)
    assert not any(f'"SALES"."{name}' in sql for sql in server.log() if name != "")


def test_rows_are_counted_on_demand_of_views_and_odd_names_too(source: HanaSource) -> None:
    assert source.count(ObjectName("SALES", "OpenNotifications")) == 4
    assert source.count(ODD) == 2


def test_only_statements_that_read_are_sent(source: HanaSource, server: HanaServer) -> None:
    source.count(NOTIFICATIONS)
    source.schemas()
    assert {sql.split()[0] for sql in server.log()} <= {"SELECT", "SET"}
    assert {sql for sql in server.log() if sql.startswith("SET")} == {"SET TRANSACTION READ ONLY"}


def test_every_call_is_a_transaction_that_may_only_read_and_is_undone(source: HanaSource, server: HanaServer) -> None:
    source.schemas()
    before, undone = len(server.log()), server.rollbacks()
    source.count(NOTIFICATIONS)
    source.schemas()
    calls = server.received()[before:]
    assert [n for n, one in enumerate(calls) if one.sql == "SET TRANSACTION READ ONLY"] == [0, len(calls) - 2]
    assert all(one.read_only for one in calls if one.sql.startswith("SELECT"))
    assert server.rollbacks() == undone + 2


def test_a_call_that_fails_is_undone_too(source: HanaSource, server: HanaServer) -> None:
    source.schemas()
    undone = server.rollbacks()
    with pytest.raises(NotFoundError):
        source.count(ObjectName("SALES", "NOSUCH"))
    assert server.rollbacks() == undone + 1


def test_what_it_can_do_is_asked_of_the_database(source: HanaSource) -> None:
    version = "4.00.000.00.1700000000"
    assert source.capabilities() == Capabilities(version, vectors=True, embedding_models=(EMBEDDING_MODEL,))


def test_a_database_without_vectors_says_so() -> None:
    with hana_server(on_premise=True) as server:
        source = HanaSource(server.settings())
        assert source.capabilities() == Capabilities("4.00.000.00.1700000000")
        assert not any("VECTOR_EMBEDDING" in sql for sql in server.log())
        source.close()


def test_texts_are_embedded_inside_the_database_in_batches(server: HanaServer) -> None:
    source = HanaSource(server.settings(), embedding_batch=3)
    texts = [f"the pump leaks, case {n}" for n in range(7)]
    before = len(server.log())
    vectors = source.embed(texts, EMBEDDING_MODEL)
    assert (vectors.shape, vectors.dtype) == ((7, EMBEDDING_DIMENSIONS), np.float32)
    assert len([sql for sql in server.log()[before:] if "VECTOR_EMBEDDING" in sql]) == 3
    one_by_one = np.concatenate([source.embed([text], EMBEDDING_MODEL) for text in texts])
    assert np.array_equal(vectors, one_by_one)
    assert not np.array_equal(vectors, source.embed(texts, EMBEDDING_MODEL, "QUERY"))
    source.close()


def test_a_text_without_a_vector_is_a_row_of_zeros_and_no_text_no_row(source: HanaSource) -> None:
    vectors = source.embed(["", "pump 🛠 \ud83d"], EMBEDDING_MODEL)
    assert (np.count_nonzero(vectors[0]), np.count_nonzero(vectors[1])) == (0, EMBEDDING_DIMENSIONS)
    assert source.embed([], EMBEDDING_MODEL).shape == (0, 0)


def test_a_text_longer_than_a_model_reads_is_cut_before_it_is_sent(source: HanaSource, server: HanaServer) -> None:
    source.embed(["x" * 100_000], EMBEDDING_MODEL)
    assert len(str(server.received()[-1].parameters[0])) == 4_000


def test_a_model_that_is_not_there_is_a_refusal(source: HanaSource) -> None:
    with pytest.raises(ServerError, match="column store"):
        source.embed(["pump"], "NO_SUCH_MODEL")


def test_no_kind_of_embedding_but_the_two_reaches_a_statement(source: HanaSource) -> None:
    with pytest.raises(ValueError, match="DOCUMENT or QUERY"):
        source.embed(["pump"], EMBEDDING_MODEL, "', ?) FROM DUMMY --")  # type: ignore[arg-type]


def test_the_manual_lists_every_view_of_the_catalogue_that_is_read_and_no_other(
    source: HanaSource, server: HanaServer
) -> None:
    source.schemas()
    source.objects("SALES")
    source.sample(SampleRequest(NOTIFICATIONS))
    source.capabilities()
    read = set(re.findall(r"\bSYS\.\w+", " ".join(server.log())))
    told = set(re.findall(r"\| .* \| (.*SYS\..*) \|", MANUAL.split("## What is read")[1].split("## ")[0]))
    assert set(re.findall(r"SYS\.\w+", " ".join(told))) == read


def test_the_manual_s_limits_are_those_in_force() -> None:
    for figure in (
        f"at most {MAX_ROWS:,} rows",
        f"first {MAX_CELL_CHARACTERS:,} characters",
        f"at most {CONNECT_TIMEOUT_MS // 1000} s",
        f"take {QUERY_TIMEOUT_S} s on the server",
        f"after {COMMUNICATION_TIMEOUT_MS // 1000} s",
        f"up to {SORTED_ROWS:,} ",
    ):
        assert figure in " ".join(MANUAL.split())
