"""What the test server can make go wrong, as SAP's real driver reports it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.hana_server.driver import refusal
from tests.hana_server.running import DEADLINE_S, HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)

VERSION = "SELECT VERSION FROM SYS.M_DATABASE"
LEDGER = 'SELECT "BELNR" FROM "SALES"."BSEG"'
UNKNOWN_FUNCTION = 'SELECT SOUNDEX(?) FROM "SALES"."0MATERIAL"'


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=10) as running:
        yield running


@pytest.fixture
def connection(server: HanaServer) -> Iterator[Any]:
    with closing(server.connect()) as connected:
        yield connected


def test_a_statement_nobody_told_it_about_is_refused_and_remembered() -> None:
    with hana_server() as server, closing(server.connect()) as connection:
        assert refusal(connection.cursor().execute, "SELECT  1\nFROM DUMMY") == (
            257,
            "sql syntax error: not a statement of this product: SELECT 1 FROM DUMMY",
        )
        assert refusal(connection.cursor().execute, "SELECT ? FROM X", ("a",))[0] == 257
        assert refusal(connection.cursor().execute, UNKNOWN_FUNCTION, ("a",))[0] == 257
        assert server.unexpected() == ["SELECT 1 FROM DUMMY", "SELECT ? FROM X", UNKNOWN_FUNCTION]
        assert server.log() == server.unexpected()


def left_after(use: Callable[[HanaServer], object], **options: Any) -> None:
    with hana_server(**options) as server:
        use(server)


def executed(server: HanaServer, sql: str) -> None:
    """Whether it goes well or not."""
    from hdbcli import dbapi

    with closing(server.connect()) as connection, suppress(dbapi.Error):
        connection.cursor().execute(sql)


def test_leaving_fails_on_a_statement_nobody_told_it_about() -> None:
    with pytest.raises(AssertionError, match="DROP TABLE T"):
        left_after(lambda server: executed(server, "DROP TABLE T"))
    left_after(lambda server: executed(server, "DROP TABLE T"), unexpected_allowed=True)


@pytest.mark.parametrize(
    "arm",
    [
        lambda server: server.fail(258, matching="NO SUCH STATEMENT"),
        lambda server: server.kill_after_rows(1),
        lambda server: server.hold(matching="BSEG"),
        lambda server: server.refuse_login(times=2),
        lambda server: server.accept_silently(3),
    ],
)
def test_leaving_fails_on_a_fault_that_met_nothing(arm: Callable[[HanaServer], None]) -> None:
    """A connection that was to die beyond one row lives on a result of just one."""

    def use(server: HanaServer) -> None:
        with closing(server.connect()) as connection:
            arm(server)
            connection.cursor().execute(VERSION)

    with pytest.raises(AssertionError, match="faults that met nothing"):
        left_after(use)


def test_leaving_fails_on_a_defect_of_the_server_itself() -> None:
    with pytest.raises(AssertionError, match="struct.error"):
        left_after(lambda server: executed(server, "SELECT X FROM DUMMY"), probes=True)


@pytest.mark.parametrize("code", [258, 131, 1888, 2048, -1])
def test_the_next_statement_fails_with_the_code_asked_for(server: HanaServer, connection: Any, code: int) -> None:
    server.fail(code, "invented: 🛠 'text'")
    assert refusal(connection.cursor().execute, VERSION) == (code, "invented: 🛠 'text'")
    connection.cursor().execute(VERSION)


def test_a_fault_waits_for_the_statement_it_is_meant_for(server: HanaServer, connection: Any) -> None:
    server.fail(613, matching="BSEG")
    connection.cursor().execute(VERSION)
    assert refusal(connection.cursor().execute, LEDGER)[0] == 613


def test_a_login_is_refused_as_often_as_asked(server: HanaServer) -> None:
    server.refuse_login(code=416, text="user is locked", times=2)
    assert refusal(server.connect) == (416, "user is locked")
    assert refusal(server.connect)[0] == 416
    server.connect().close()


def cancel_until_done(connection: Any, running: Future[Any]) -> None:
    """The driver does nothing, and says nothing, when cancel() comes between its sending and its waiting."""
    while not running.done():
        connection.cancel()
        wait([running], 0.5)


def test_a_held_statement_is_cancelled_from_another_thread(server: HanaServer, connection: Any) -> None:
    logins = server.logins()
    server.hold(matching="BSEG")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(refusal, connection.cursor().execute, LEDGER)
        server.wait_until_held()
        cancel_until_done(connection, running)
        assert running.result(DEADLINE_S)[0] == 139
    assert server.log()[-1].startswith("ALTER SYSTEM CANCEL SESSION '")
    assert server.logins() > logins
    connection.cursor().execute(VERSION)


def test_a_cancel_between_two_statements_does_not_reach_the_next_one(server: HanaServer, connection: Any) -> None:
    connection.cursor().execute(VERSION)
    with closing(server.connect()) as other:
        other.cursor().execute(f"ALTER SYSTEM CANCEL SESSION '{server.received()[-1].connection}'")
    server.hold(matching="M_DATABASE")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(connection.cursor().execute, VERSION)
        server.wait_until_held()
        server.release()
        running.result(DEADLINE_S)


def test_a_held_statement_ends_with_its_query_timeout(connection: Any, server: HanaServer) -> None:
    cursor = connection.cursor()
    cursor.execute(VERSION)
    cursor.setquerytimeout(1)
    server.hold(matching="BSEG")
    assert refusal(cursor.execute, LEDGER)[0] == 613
    cursor.execute(LEDGER)


def test_a_held_statement_goes_on_when_it_is_released_and_holds_up_nobody_else(server: HanaServer) -> None:
    server.hold(matching="BSEG")
    with closing(server.connect()) as first, closing(server.connect()) as second, ThreadPoolExecutor(1) as pool:
        cursor = first.cursor()
        running = pool.submit(cursor.execute, LEDGER)
        server.wait_until_held()
        second.cursor().execute(VERSION)
        assert not running.done()
        server.release()
        running.result(DEADLINE_S)
        assert tuple(cursor.fetchone()) == ("0000000000",)


def test_a_slow_statement_answers_in_the_end(server: HanaServer, connection: Any) -> None:
    server.hold(seconds=0.05)
    connection.cursor().execute(VERSION)
    assert server.log()[-1] == VERSION


def test_a_client_that_leaves_while_its_statement_is_held_is_let_go(server: HanaServer) -> None:
    server.hold(matching="BSEG")
    connection = server.connect(communicationTimeout=300)
    assert refusal(connection.cursor().execute, LEDGER)[0] == -10807
    connection.close()
    server.wait_until_held(0)
    server.wait_until_open(0)


def test_a_statement_that_is_never_answered_ends_with_the_communication_timeout(server: HanaServer) -> None:
    server.never_answer()
    with closing(server.connect(communicationTimeout=300)) as connection:
        code, text = refusal(connection.cursor().execute, VERSION)
        assert (code, "[89012]" in text) == (-10807, True)
        assert not connection.isconnected()


def test_neither_cancel_nor_release_ends_a_statement_that_is_never_answered(server: HanaServer) -> None:
    server.never_answer(matching="BSEG")
    with closing(server.connect(communicationTimeout=600)) as connection, ThreadPoolExecutor(1) as pool:
        running = pool.submit(refusal, connection.cursor().execute, LEDGER)
        server.wait_until_held()
        server.release()
        connection.cancel()
        assert running.result(DEADLINE_S)[0] == -10807


@pytest.mark.parametrize(("reset", "mark"), [(False, "[89013]"), (True, "[89006]")])
@pytest.mark.parametrize("rows", [10, 30])
def test_a_connection_is_killed_in_the_middle_of_fetching(
    server: HanaServer, connection: Any, rows: int, reset: bool, mark: str
) -> None:
    server.kill_after_rows(rows, reset=reset)
    cursor = connection.cursor()
    cursor.execute(LEDGER)
    assert len(cursor.fetchmany(rows)) == rows
    code, text = refusal(cursor.fetchmany, 1)
    assert (code, mark in text) == (-10807, True)
    assert not connection.isconnected()


@pytest.mark.parametrize(
    "statement", [LEDGER, VERSION, 'SELECT "ID" FROM "SALES"."NOROWS"', "SET TRANSACTION READ ONLY"]
)
def test_a_connection_is_killed_before_anything_came(server: HanaServer, connection: Any, statement: str) -> None:
    server.kill_after_rows(0)
    assert refusal(connection.cursor().execute, statement)[0] == -10807


def test_a_silent_connection_ends_with_the_driver_s_own_timeout_and_the_next_one_works(server: HanaServer) -> None:
    server.accept_silently()
    assert refusal(server.connect, connectTimeout=300)[0] == -10709
    server.connect().close()


def test_connections_and_logins_are_counted(server: HanaServer) -> None:
    before = server.connections(), server.logins()
    server.connect().close()
    refusal(server.connect, password="wrong")
    server.wait_until_open(0)
    assert (server.connections(), server.logins()) == (before[0] + 2, before[1] + 1)
