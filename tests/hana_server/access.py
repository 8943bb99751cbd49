"""The messages that lead up to a login, and how one is refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from tests.hana_server.errors import SqlError
from tests.hana_server.faults import Watch
from tests.hana_server.fields import Option, Sent, options_part, read_options
from tests.hana_server.framing import Part, Reply, Request
from tests.hana_server.login import Challenge, challenge, read_auth_fields, server_proof

AUTHENTICATE, CONNECT, CONNECT_INFO = 65, 66, 82
_AUTHENTICATION_PART, _OPTIONS_PART, _CONNECT_INFO_PART = 33, 42, 67
_CONNECTED = 14
_FORMAT_ASKED, _MAX_FORMAT, _MIN_FORMAT = 23, 10, 9
_REFUSED = (10, "authentication failed")


@dataclass(frozen=True)
class Account:
    """The one user there is."""

    user: str
    password: str


@dataclass
class Access:
    """Of one connection. Anybody is sent a challenge, so that nobody learns which users exist."""

    account: Account
    watch: Watch
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    _asked: Challenge | None = None

    def authenticate(self, request: Request) -> Reply:
        self._asked = challenge(request.need(_AUTHENTICATION_PART).data, self.random_bytes)
        if self._asked is None:
            raise SqlError(*_REFUSED)
        return Reply((Part(_AUTHENTICATION_PART, self._asked.answer()),))

    def connect(self, request: Request, connection: int, version: str) -> Reply:
        """Raises SqlError for a wrong user or password, and where a test asked for a refusal."""
        proof = self._proof(request)
        if self.watch.refusals:
            raise SqlError(*self.watch.refusals.popleft())
        if proof is None:
            raise SqlError(*_REFUSED)
        options = request.part(_OPTIONS_PART)
        asked = {} if options is None else read_options(options)
        parts = (
            Part(_AUTHENTICATION_PART, proof),
            options_part(_OPTIONS_PART, _options(connection, version, _format(asked))),
        )
        return Reply(parts, _CONNECTED)

    def _proof(self, request: Request) -> bytes | None:
        data = request.need(_AUTHENTICATION_PART).data
        user = read_auth_fields(data)[0].decode("utf-8", "replace")
        if self._asked is None or user != self._asked.user or user.upper() != self.account.user.upper():
            return None
        return server_proof(self._asked, data, self.account.password)


def connect_info() -> Reply:
    """Says that this is the host to connect to."""
    return Reply((options_part(_CONNECT_INFO_PART, {4: True}),))


def _format(asked: dict[int, Option]) -> int:
    """Raises SqlError for a driver too old to know today's types."""
    wanted = asked.get(_FORMAT_ASKED, 0)
    if not isinstance(wanted, int) or wanted < _MIN_FORMAT:
        raise SqlError(7, f"feature not supported: the data format {wanted!r} of an old driver")
    return min(wanted, _MAX_FORMAT)


def _options(connection: int, version: str, data_format: int) -> dict[int, Sent]:
    said_yes: dict[int, Sent] = dict.fromkeys((2, 4, 10, 14, 18, 19, 21, 22, 28, 30, 43), True)
    formats: dict[int, Sent] = dict.fromkeys((12, 16, 23), data_format)
    return {1: connection, **said_yes, 11: "HXE", **formats, 15: 0, 17: 0, 44: version, 45: "HXE"}
