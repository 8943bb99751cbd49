"""Runs the server in a process of its own, and lets a test make things go wrong in it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.settings import HanaSettings

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 10.0
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """A statement, blanks normalised, with the values of its question marks; bytes come as hexadecimal digits.

    read_only: its transaction was made so by a statement before it.
    """

    connection: int
    sql: str
    parameters: tuple[str | int | float | None, ...]
    read_only: bool


@dataclass
class HanaServer:
    """Listens on host:port. Every fault is of the next statement that holds `matching`, and is used up by it."""

    port: int
    user: str
    password: str = field(repr=False)
    control_port: int
    host: str = "127.0.0.1"
    _unexpected_allowed: bool = False

    def settings(self, **changes: Any) -> HanaSettings:
        known: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "encrypt": False,
        }
        return HanaSettings(**(known | changes))

    def connect(self, **options: Any) -> Any:
        """A connection of the driver's own, to be closed by the caller; no reply is awaited longer than DEADLINE_S."""
        from hdbcli import dbapi

        login = {"address": self.host, "port": self.port, "user": self.user, "password": self.password}
        return dbapi.connect(**(login | {"communicationTimeout": int(DEADLINE_S * 1000)} | options))

    def fail(self, code: int, text: str = "", *, matching: str = "") -> None:
        self._ask("fault", kind="error", matching=matching, code=code, text=text or f"invented error {code}")

    def hold(self, *, matching: str = "", seconds: float | None = None) -> None:
        """It waits until it is cancelled (139), its query timeout is over (613), release(), or seconds have passed."""
        self._ask("fault", kind="hold", matching=matching, seconds=seconds)

    def release(self) -> None:
        """Lets go every statement that is held now."""
        self._ask("release")

    def kill_after_rows(self, rows: int, *, matching: str = "", reset: bool = False) -> None:
        """The connection ends inside the reply that goes beyond rows; after 0 inside the very first one."""
        self._ask("fault", kind="kill", matching=matching, rows=rows, reset=reset)

    def never_answer(self, *, matching: str = "") -> None:
        """Neither a cancel nor a query timeout ends it."""
        self._ask("fault", kind="silence", matching=matching)

    def accept_silently(self, connections: int = 1) -> None:
        """The next connections are accepted and then hear nothing."""
        self._ask("silence", connections=connections)

    def refuse_login(self, code: int = 10, text: str = "authentication failed", times: int = 1) -> None:
        self._ask("refuse_login", code=code, text=text, times=times)

    def log(self) -> list[str]:
        """The statements received, in order, blanks normalised; those a cancel consists of too."""
        return [received.sql for received in self.received()]

    def received(self) -> list[Received]:
        return [
            Received(one["connection"], one["sql"], tuple(one["parameters"]), one["read_only"])
            for one in self._ask("received")
        ]

    def unexpected(self) -> list[str]:
        """The statements nobody told the server about; asking for them says that the test expected some."""
        self._unexpected_allowed = True
        found: list[str] = self._ask("seen")["unexpected"]
        return found

    def connections(self) -> int:
        """Ever accepted, the driver's own for a cancel included."""
        return int(self._ask("seen")["connections"])

    def open_connections(self) -> int:
        return int(self._ask("seen")["open_connections"])

    def logins(self) -> int:
        """Those that succeeded."""
        return int(self._ask("seen")["logins"])

    def rollbacks(self) -> int:
        """How many transactions a client undid."""
        return int(self._ask("seen")["rollbacks"])

    def wait_until_held(self, statements: int = 1, deadline_s: float = DEADLINE_S) -> None:
        """Until so many statements are held or unanswered. Raises TimeoutError."""
        self._wait("held", statements, deadline_s)

    def wait_until_open(self, connections: int, deadline_s: float = DEADLINE_S) -> None:
        """Until so many connections are open, 0 for none. Raises TimeoutError."""
        self._wait("open_connections", connections, deadline_s)

    def _check(self) -> None:
        """Raises AssertionError when the product asked what nobody expected, a fault met nothing, or all broke down."""
        seen = self._ask("seen")
        assert not seen["defects"], "\n".join(seen["defects"])
        unexpected = [] if self._unexpected_allowed else seen["unexpected"]
        assert not unexpected, "\n".join(["statements the server does not know:", *unexpected])
        assert not seen["unmet"], "\n".join(["faults that met nothing:", *seen["unmet"]])

    def _wait(self, what: str, number: int, deadline_s: float) -> None:
        if not self._ask("wait", what=what, number=number, deadline_s=deadline_s, patience_s=deadline_s + DEADLINE_S):
            raise TimeoutError(f"{what} did not become {number} within {deadline_s:g} s: {self._ask('seen')}")

    def _ask(self, operation: str, *, patience_s: float = DEADLINE_S, **keywords: Any) -> Any:
        question = json.dumps({"operation": operation, **keywords}).encode() + b"\n"
        with socket.create_connection((self.host, self.control_port), patience_s) as asking:
            asking.sendall(question)
            with asking.makefile("rb") as answers:
                answer = json.loads(answers.readline(_MAX_ANSWER_BYTES))
        if "problem" in answer:
            raise ValueError(answer["problem"])
        return answer["answer"]


@contextmanager
def hana_server(
    *,
    tables: int = 0,
    page_rows: int | None = None,
    inline_units: int | None = None,
    on_premise: bool = False,
    certificate: Path | None = None,
    probes: bool = False,
    unexpected_allowed: bool = False,
) -> Iterator[HanaServer]:
    """A server with a password of its own.

    Leaving fails on statements nobody told it about, unless they are allowed, and on faults that met nothing.

    tables: that many empty ones more, in the schema BIG. page_rows: most rows of one reply. inline_units: how much of a
    long text goes with its row, the rest being fetched on demand. certificate: a PEM file with its private key; the
    server then speaks TLS. probes: it answers the statements of its own tests too.
    """
    password = f"Aa1-{secrets.token_urlsafe(12)}"
    valued = {"tables": tables, "page-rows": page_rows, "inline-units": inline_units, "certificate": certificate}
    flags = {"on-premise": on_premise, "probes": probes}
    arguments = [f"--{name}={value}" for name, value in valued.items() if value is not None]
    arguments += [f"--{name}" for name, wanted in flags.items() if wanted]
    with _started(arguments, password) as line:
        server = HanaServer(line["port"], line["user"], password, line["control"])
        server._unexpected_allowed = unexpected_allowed
        yield server
        server._check()


@contextmanager
def _started(arguments: list[str], password: str) -> Iterator[dict[str, Any]]:
    """What the process says of itself. It ends with its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.hana_server", *arguments],
        cwd=ROOT,
        env={**os.environ, "HANA_SERVER_PASSWORD": password},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdout:
        try:
            line = json.loads(process.stdout.readline() or b"{}")
            assert "port" in line, "the server did not start; standard error says why"
            yield line
        finally:
            process.stdin.close()
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
