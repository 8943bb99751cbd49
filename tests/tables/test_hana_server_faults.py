"""What the test server can make go wrong, as SAP's real driver reports it, and what it survives itself."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.hana_server.running import DEADLINE_S, ROOT, HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)

VERSION = "SELECT VERSION FROM SYS.M_DATABASE"
LEDGER = 'SELECT "BELNR" FROM "SALES"."BSEG"'
GREETING = b"\xff\xff\xff\xff\x04\x00\x14\x04\x00\x01\x00\x01\x01\x01"


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=10) as running:
        yield running


@pytest.fixture
def connection(server: HanaServer) -> Iterator[Any]:
    with closing(server.connect()) as connected:
        yield connected


def refusal(call: Any, *arguments: Any, **keywords: Any) -> tuple[int, str]:
    """The driver's code and text of what it raises."""
    from hdbcli import dbapi

    with pytest.raises(dbapi.Error) as caught:
        call(*arguments, **keywords)
    return caught.value.errorcode, caught.value.errortext


def test_a_statement_nobody_told_it_about_is_refused_and_remembered() -> None:
    with hana_server() as server, closing(server.connect()) as connection:
        assert refusal(connection.cursor().execute, "SELECT  1\nFROM DUMMY") == (
            257,
            "sql syntax error: not a statement of this product: SELECT 1 FROM DUMMY",
        )
        assert refusal(connection.cursor().execute, "SELECT ? FROM X", ("a",))[0] == 257
        assert server.unexpected() == ["SELECT 1 FROM DUMMY", "SELECT ? FROM X"]
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


def test_a_held_statement_is_cancelled_from_another_thread(server: HanaServer, connection: Any) -> None:
    logins = server.logins()
    server.hold(matching="BSEG")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(refusal, connection.cursor().execute, LEDGER)
        server.wait_until_held()
        connection.cancel()
        assert running.result(DEADLINE_S)[0] == 139
    assert server.log()[-1].startswith("ALTER SYSTEM CANCEL SESSION '")
    assert server.logins() == logins + 1
    connection.cursor().execute(VERSION)


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


@pytest.mark.parametrize("statement", [LEDGER, VERSION, "SET TRANSACTION READ ONLY"])
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


def message(*segments: bytes, length: int | None = None) -> bytes:
    body = b"".join(segments)
    size = len(body) if length is None else length
    return struct.pack("<qiIIhbxI4x", 0, 0, size & 0xFFFF_FFFF, size & 0xFFFF_FFFF, 1, 0, 0) + body


def segment(message_type: int, *parts: bytes, number: int | None = None, kind: int = 1) -> bytes:
    body, count = b"".join(parts), len(parts) if number is None else number
    return struct.pack("<iihhbbbb8x", 24 + len(body), 0, count, 1, kind, message_type, 1, 0) + body


def part(kind: int, data: bytes, *, length: int | None = None, count: int = 1) -> bytes:
    size = len(data) if length is None else length
    return struct.pack("<bbhiii", kind, 0, count, 0, size, size) + data + b"\0" * (-len(data) % 8)


GARBAGE = {
    "nothing": b"",
    "http": b"GET / HTTP/1.1\r\nHost: hana\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "half a greeting": GREETING[:7],
    "half a header": GREETING + bytes(12),
    "an endless message": GREETING + message(length=-1),
    "a tiny message": GREETING + message(bytes(8)),
    "a reply": GREETING + message(segment(65, kind=2)),
    "no parts": GREETING + message(segment(65)),
    "parts that are not there": GREETING + message(segment(65, number=1_000)),
    "fewer than no parts": GREETING + message(segment(65, number=-1)),
    "a part beyond the end": GREETING + message(segment(65, part(33, b"", length=1_000))),
    "a part before the start": GREETING + message(segment(65, part(33, b"", length=-8))),
    "a login without fields": GREETING + message(segment(65, part(33, bytes(2)))),
    "a login cut short": GREETING + message(segment(65, part(33, b"\x07\x00\xff\xff\xff"))),
    "a proof before the challenge": GREETING + message(segment(66, part(33, b"\x03\x00\x01A\x01B\x01C"))),
    "a statement before the login": GREETING + message(segment(2, part(3, b"SELECT VERSION FROM SYS.M_DATABASE"))),
    "an unknown message": GREETING + message(segment(99)),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_ends_its_own_connection_and_no_other(server: HanaServer, connection: Any, what: str) -> None:
    with socket.create_connection((server.host, server.port), DEADLINE_S) as peer:
        peer.sendall(GARBAGE[what])
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65_536):
            pass
    connection.cursor().execute(VERSION)
    server.wait_until_open(1)


def test_an_old_driver_is_refused_with_a_reason(server: HanaServer) -> None:
    options = part(42, struct.pack("<BBi", 23, 3, 8))
    assert b"old driver" in exchanged(server, options)


def exchanged(server: HanaServer, options: bytes) -> bytes:
    """Logs in by hand, as far as the reply to CONNECT."""
    import hashlib
    import hmac

    def fields(*values: bytes) -> bytes:
        return struct.pack("<h", len(values)) + b"".join(bytes([len(value)]) + value for value in values)

    method, challenge, user = b"SCRAMPBKDF2SHA256", bytes(64), server.user.encode()
    with socket.create_connection((server.host, server.port), DEADLINE_S) as peer:
        peer.sendall(GREETING + message(segment(65, part(33, fields(user, method, challenge)))))
        reply = b""
        while method not in reply or len(reply) < reply.index(method) + len(method) + 76:
            reply += peer.recv(65_536)
        at = reply.index(method) + len(method) + 4
        salt, nonce = reply[at : at + 16], reply[at + 17 : at + 65]
        salted = hashlib.pbkdf2_hmac("sha256", server.password.encode(), salt, 15_000)
        key = hashlib.sha256(salted).digest()
        signature = hmac.digest(hashlib.sha256(key).digest(), salt + nonce + challenge, "sha256")
        proof = fields(bytes(a ^ b for a, b in zip(key, signature, strict=True)))
        peer.sendall(message(segment(66, part(33, fields(user, method, proof)), options)))
        return peer.recv(65_536)


def test_a_question_it_does_not_understand_is_answered_with_the_problem(server: HanaServer) -> None:
    for question in (b"\n", b"[]\n", b'{"operation": "no"}\n', b'{"operation": "wait"}\n', b"\xff\xfe\n"):
        with socket.create_connection((server.host, server.control_port), DEADLINE_S) as asking:
            asking.sendall(question)
            with asking.makefile("rb") as answers:
                assert "problem" in json.loads(answers.readline())


def test_it_ends_with_its_standard_input_whatever_is_under_way() -> None:
    with hana_server() as server:
        server.hold()
        connection = server.connect()
        pool = ThreadPoolExecutor(1)
        running = pool.submit(refusal, connection.cursor().execute, VERSION)
        server.wait_until_held()
    assert running.result(DEADLINE_S)[0] == -10807
    pool.shutdown()
    connection.close()


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "import sys, time\nfrom tests.hana_server.running import hana_server\n"
        "with hana_server() as server:\n    print(server.control_port, flush=True)\n    sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        control = int(parent.stdout.readline())
        with socket.create_connection(("127.0.0.1", control), DEADLINE_S) as witness:
            os.kill(parent.pid, signal.SIGKILL)
            assert witness.recv(1) == b""
