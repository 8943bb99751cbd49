"""Who may come in: the server's half of SCRAMPBKDF2SHA256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from tests.hana_server.fields import Reader
from tests.hana_server.framing import GarbageError

METHOD = b"SCRAMPBKDF2SHA256"
# The driver refuses fewer.
ROUNDS = 15_000
_SALT_BYTES, _CHALLENGE_BYTES = 16, 48
_LONG_FIELD = 255


@dataclass(frozen=True)
class Challenge:
    """What was sent to one client, and what is needed to check its proof."""

    user: str
    client: bytes
    salt: bytes
    server: bytes

    def answer(self) -> bytes:
        return auth_fields(METHOD, auth_fields(self.salt, self.server, ROUNDS.to_bytes(4, "big")))


def challenge(initial: bytes, random_bytes: Callable[[int], bytes]) -> Challenge | None:
    """Answers what a client first sends; None when it does not offer the one method known here."""
    user, *pairs = read_auth_fields(initial)
    offered = dict(zip(pairs[::2], pairs[1::2], strict=False))
    if METHOD not in offered:
        return None
    name = user.decode("utf-8", "replace")
    return Challenge(name, offered[METHOD], random_bytes(_SALT_BYTES), random_bytes(_CHALLENGE_BYTES))


def server_proof(asked: Challenge, final: bytes, password: str) -> bytes | None:
    """What convinces the client that the server knows the password too; None when the client's own proof is wrong."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), asked.salt, ROUNDS, 32)
    key = hashlib.sha256(salted).digest()
    signature = _hmac(hashlib.sha256(key).digest(), asked.salt + asked.server + asked.client)
    expected = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    if not hmac.compare_digest(expected, _client_proof(final)):
        return None
    proof = _hmac(_hmac(salted, asked.salt), asked.client + asked.salt + asked.server)
    return auth_fields(METHOD, auth_fields(proof))


def auth_fields(*values: bytes) -> bytes:
    """Each value here is shorter than 250 bytes, so one byte of length is enough."""
    return len(values).to_bytes(2, "little") + b"".join(bytes([len(value)]) + value for value in values)


def read_auth_fields(data: bytes) -> list[bytes]:
    """Raises GarbageError when there is not even one field."""
    reader = Reader(data)
    little = reader.take(2)
    # Clients differ in the byte order of this count; none sends 256 fields.
    count = little[0] if little[1] == 0 else little[1]
    fields = []
    for _ in range(count):
        length = reader.number("B")
        fields.append(reader.take(reader.number(">H") if length == _LONG_FIELD else length))
    if not fields:
        raise GarbageError("a login without fields")
    return fields


def _client_proof(final: bytes) -> bytes:
    nested = read_auth_fields(final)[-1]
    return read_auth_fields(nested)[0]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
