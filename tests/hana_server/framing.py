"""Messages as they stand on the wire: a header, one segment, and its parts."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

MAX_REQUEST_BYTES = 64 * 1024 * 1024

_MESSAGE = struct.Struct("<qiIIhbxI4x")
_SEGMENT = struct.Struct("<iihhb")
_REQUEST = struct.Struct("<bbb8x")
_REPLY = struct.Struct("<xh8x")
_PART = struct.Struct("<bbhiii")
_REQUEST_SEGMENT, _REPLY_SEGMENT, _ERROR_SEGMENT = 1, 2, 5
_SEGMENT_BYTES = _SEGMENT.size + _REQUEST.size
_MAX_SHORT_COUNT = 32_767


class GarbageError(Exception):
    """What came is not a message of this protocol."""


@dataclass(frozen=True)
class Part:
    """count is the number of arguments in data, whatever an argument is for that kind."""

    kind: int
    data: bytes = b""
    count: int = 1
    attributes: int = 0


@dataclass(frozen=True)
class Request:
    """packet must be echoed in the reply."""

    session_id: int
    packet: int
    message_type: int
    autocommit: bool
    parts: tuple[Part, ...]

    def part(self, kind: int) -> Part | None:
        return next((part for part in self.parts if part.kind == kind), None)

    def need(self, kind: int) -> Part:
        """Raises GarbageError when the part is missing."""
        part = self.part(kind)
        if part is None:
            raise GarbageError(f"no part {kind} in a message of type {self.message_type}")
        return part


@dataclass(frozen=True)
class Reply:
    """function says what kind of statement was answered; failed: the parts hold errors."""

    parts: tuple[Part, ...] = ()
    function: int = 0
    failed: bool = False


async def read_request(reader: asyncio.StreamReader, max_bytes: int = MAX_REQUEST_BYTES) -> Request:
    """Raises asyncio.IncompleteReadError when the peer hangs up, GarbageError on anything but a request."""
    header = _MESSAGE.unpack(await reader.readexactly(_MESSAGE.size))
    session_id, packet, length = header[0], header[1], header[2]
    if not _SEGMENT_BYTES <= length <= max_bytes:
        raise GarbageError(f"a message of {length} bytes")
    body = await reader.readexactly(length)
    _, _, parts, _, kind = _SEGMENT.unpack_from(body)
    message_type, commit, _ = _REQUEST.unpack_from(body, _SEGMENT.size)
    if kind != _REQUEST_SEGMENT:
        raise GarbageError(f"a segment of kind {kind}")
    return Request(session_id, packet, message_type, commit == 1, tuple(_parts(body, parts)))


def write_reply(reply: Reply, session_id: int, packet: int) -> bytes:
    parts = b"".join(map(_framed, reply.parts))
    kind = _ERROR_SEGMENT if reply.failed else _REPLY_SEGMENT
    length = _SEGMENT_BYTES + len(parts)
    segment = _SEGMENT.pack(length, 0, len(reply.parts), 1, kind) + _REPLY.pack(reply.function)
    return _MESSAGE.pack(session_id, packet, length, length, 1, 0, 0) + segment + parts


def _parts(body: bytes, number: int) -> list[Part]:
    parts, at = [], _SEGMENT_BYTES
    for _ in range(number):
        if at + _PART.size > len(body):
            raise GarbageError("a part beyond the end of its message")
        kind, attributes, count, big_count, length, _ = _PART.unpack_from(body, at)
        start = at + _PART.size
        if not 0 <= length <= len(body) - start:
            raise GarbageError(f"a part of {length} bytes")
        parts.append(Part(kind, body[start : start + length], big_count if count == -1 else count, attributes))
        at = start + length + -length % 8
    return parts


def _framed(part: Part) -> bytes:
    short = part.count <= _MAX_SHORT_COUNT
    count, big_count = (part.count, 0) if short else (-1, part.count)
    length = len(part.data)
    return _PART.pack(part.kind, part.attributes, count, big_count, length, length) + part.data + b"\0" * (-length % 8)
