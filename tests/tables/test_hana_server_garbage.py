"""What the test server survives that no driver sends, and that it ends when it should."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.hana_server.driver import refusal
from tests.hana_server.running import DEADLINE_S, ROOT, HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)

VERSION = "SELECT VERSION FROM SYS.M_DATABASE"
GREETING = b"\xff\xff\xff\xff\x04\x00\x14\x04\x00\x01\x00\x01\x01\x01"


GREETING_BYTES = 8


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=10) as running:
        yield running


@pytest.fixture
def connection(server: HanaServer) -> Iterator[Any]:
    with closing(server.connect()) as connected:
        yield connected


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
    "a message of 2 GB": GREETING + message(length=2**31 - 1),
    "a tiny message": GREETING + message(bytes(8)),
    "a reply": GREETING + message(segment(65, kind=2)),
    "no parts": GREETING + message(segment(65)),
    "parts that are not there": GREETING + message(segment(65, number=1_000)),
    "fewer than no parts": GREETING + message(segment(65, number=-1)),
    "a part beyond the end": GREETING + message(segment(65, part(33, b"", length=1_000))),
    "a part before the start": GREETING + message(segment(65, part(33, b"", length=-8))),
    "a login without fields": GREETING + message(segment(65, part(33, bytes(2)))),
    "a login cut short": GREETING + message(segment(65, part(33, b"\x07\x00\xff\xff\xff"))),
    "a statement before the login": GREETING + message(segment(2, part(3, b"SELECT VERSION FROM SYS.M_DATABASE"))),
    "an unknown message": GREETING + message(segment(99)),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_ends_its_own_connection_and_no_other(server: HanaServer, connection: Any, what: str) -> None:
    """It is the server that ends it, except where more might still have come."""
    with socket.create_connection((server.host, server.port), DEADLINE_S) as peer:
        peer.sendall(GARBAGE[what])
        if what == "nothing" or what.startswith("half"):
            peer.shutdown(socket.SHUT_WR)
        assert len(all_of(peer)) in (0, GREETING_BYTES)
    connection.cursor().execute(VERSION)
    server.wait_until_open(1)


def all_of(peer: socket.socket) -> bytes:
    """What comes until the other side ends the connection."""
    return b"".join(iter(lambda: peer.recv(65_536), b""))


def test_a_proof_before_the_challenge_is_refused(server: HanaServer) -> None:
    with socket.create_connection((server.host, server.port), DEADLINE_S) as peer:
        peer.sendall(GREETING + message(segment(66, part(33, b"\x03\x00\x01A\x01B\x01C"))))
        peer.shutdown(socket.SHUT_WR)
        assert b"authentication failed" in all_of(peer)


def test_an_old_driver_is_refused_with_a_reason(server: HanaServer) -> None:
    with logged_in_by_hand(server, part(42, struct.pack("<BBi", 23, 3, 8))) as peer:
        assert b"old driver" in peer.recv(65_536)


@pytest.mark.parametrize(
    "segments",
    [segment(2, part(3, VERSION.encode(), length=1_000)), segment(2, part(3, VERSION.encode()), kind=2)],
    ids=["cut short", "a reply"],
)
def test_a_statement_in_a_broken_message_is_not_run(server: HanaServer, segments: bytes) -> None:
    before = server.log()
    with logged_in_by_hand(server, part(42, struct.pack("<BBi", 23, 3, 10))) as peer:
        peer.recv(65_536)
        peer.sendall(message(segments))
        assert all_of(peer) == b""
    assert server.log() == before


@contextmanager
def logged_in_by_hand(server: HanaServer, options: bytes) -> Iterator[socket.socket]:
    """The reply to CONNECT is still to be read."""

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
        key = hashlib.sha256(hashlib.pbkdf2_hmac("sha256", server.password.encode(), salt, 15_000)).digest()
        signature = hmac.digest(hashlib.sha256(key).digest(), salt + nonce + challenge, "sha256")
        proof = fields(bytes(a ^ b for a, b in zip(key, signature, strict=True)))
        peer.sendall(message(segment(66, part(33, fields(user, method, proof)), options)))
        yield peer


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
