"""What a connection still has to fetch: result sets by pages, and long texts by pieces."""

from __future__ import annotations

import itertools
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.hana_server.errors import SqlError
from tests.hana_server.fields import Reader, units_to_cesu8, utf16_units
from tests.hana_server.framing import Part
from tests.hana_server.types import Column, HanaType
from tests.hana_server.values import Value, encode

RESULT_SET, RESULT_SET_ID, READ_LOB_REPLY = 5, 13, 18
_LAST, _NO_ROWS, _CLOSED = 1, 8, 16
_LOB_NULL, _LOB_DATA, _LOB_LAST = 1, 2, 4
_LOB_HEAD, _LOB_REPLY = struct.Struct("<BB2xqq8si"), struct.Struct("<8sBi3x")
Long: TypeAlias = "bytes | array[int]"


@dataclass
class ResultSet:
    """sent counts the rows that left."""

    id: bytes
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    sent: int = 0

    @property
    def finished(self) -> bool:
        return self.sent >= len(self.rows)


@dataclass
class Results:
    """Of one connection. inline_units: how much of a long text goes with its row, in UTF-16 units or bytes."""

    inline_units: int
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _open: dict[bytes, ResultSet] = field(default_factory=dict)
    _long: dict[bytes, Long] = field(default_factory=dict)

    def open(self, columns: tuple[Column, ...], rows: Sequence[tuple[Value, ...]]) -> ResultSet:
        result = ResultSet(self._id(), columns, rows)
        self._open[result.id] = result
        return result

    def get(self, result_id: bytes) -> ResultSet:
        """Raises SqlError for one that is closed or never was."""
        if result_id not in self._open:
            raise SqlError(1, "cursor already closed")
        return self._open[result_id]

    def close(self, result_id: bytes) -> None:
        self._open.pop(result_id, None)

    def page(self, result: ResultSet, rows: int) -> Part:
        """The next rows of it as a part; the last page closes it."""
        chosen = result.rows[result.sent : result.sent + rows]
        types = [column.type for column in result.columns]
        data = b"".join(self._cell(value, kind) for row in chosen for value, kind in zip(row, types, strict=True))
        attributes = 0
        result.sent += len(chosen)
        if result.finished:
            attributes = _LAST | _CLOSED | (0 if result.rows else _NO_ROWS)
            self.close(result.id)
        return Part(RESULT_SET, data, len(chosen), attributes)

    def piece(self, request: bytes) -> Part:
        """The part of a long text a client asks for, from its 1-based offset."""
        reader = Reader(request)
        locator, offset, length = reader.take(8), reader.number("q"), reader.number("i")
        if locator not in self._long:
            raise SqlError(1, "invalid locator")
        data = self._long[locator]
        start = max(0, offset - 1)
        piece = _on_wire(data[start : start + max(0, length)])
        options = _LOB_DATA | (_LOB_LAST if start + length >= len(data) else 0)
        return Part(READ_LOB_REPLY, _LOB_REPLY.pack(locator, options, len(piece)) + piece)

    def forget_long_values(self) -> None:
        """Their locators are of one transaction."""
        self._long.clear()

    def _cell(self, value: Value, kind: HanaType) -> bytes:
        if kind.lob is None:
            return encode(value, kind)
        if value is None:
            return bytes([kind.lob, _LOB_NULL])
        data: Long = value if isinstance(value, bytes) else utf16_units(str(value))
        chunk = _on_wire(data[: self.inline_units])
        complete, locator = len(data) <= self.inline_units, self._id()
        if not complete:
            self._long[locator] = data
        options = _LOB_DATA | (_LOB_LAST if complete else 0)
        return _LOB_HEAD.pack(kind.lob, options, len(data), len(_on_wire(data)), locator, len(chunk)) + chunk

    def _id(self) -> bytes:
        return next(self._numbers).to_bytes(8, "little")


def _on_wire(data: Long) -> bytes:
    return data if isinstance(data, bytes) else units_to_cesu8(data)
