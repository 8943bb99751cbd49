"""What parts are made of: text, fields of variable length, and numbered options."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from tests.hana_server.framing import GarbageError, Part

NULL_FIELD = b"\xff"
_SHORT, _MEDIUM = 245, 32_767
_MEDIUM_MARK, _LONG_MARK, _NULL_MARK = 246, 247, 255
_BOOL, _INT, _BIGINT, _DOUBLE, _STRING, _BSTRING = 28, 3, 4, 7, 29, 33

Sent = bool | int | str | bytes
Option = Sent | float


def to_cesu8(text: str) -> bytes:
    """Characters above U+FFFF become two surrogates of three bytes each: the driver knows no four-byte form."""
    if max(text, default="") > "\uffff":
        return units_to_cesu8(utf16_units(text))
    return text.encode("utf-8", "surrogatepass")


def utf16_units(text: str) -> array[int]:
    """What the protocol counts and cuts by in a long text."""
    return array("H", text.encode("utf-16", "surrogatepass")[2:])


def units_to_text(units: array[int]) -> str:
    """A surrogate that stands alone stays one."""
    return "".join(map(chr, units)).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def units_to_cesu8(units: array[int]) -> bytes:
    return "".join(map(chr, units)).encode("utf-8", "surrogatepass")


def from_cesu8(data: bytes) -> str:
    """Raises GarbageError on what is not text."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as problem:
        raise GarbageError("text that is not CESU-8") from problem
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def field(data: bytes) -> bytes:
    """With its length before it."""
    if len(data) <= _SHORT:
        return bytes([len(data)]) + data
    if len(data) <= _MEDIUM:
        return struct.pack("<BH", _MEDIUM_MARK, len(data)) + data
    return struct.pack("<BI", _LONG_MARK, len(data)) + data


@dataclass
class Reader:
    """Takes a part's data from left to right. Every method raises GarbageError beyond the end."""

    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        if not 0 <= length <= len(self.data) - self.at:
            raise GarbageError(f"{length} bytes wanted, {len(self.data) - self.at} left")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, layout: str) -> int:
        """layout is one struct letter, after its byte order where it is not little endian."""
        layout = layout if len(layout) > 1 else f"<{layout}"
        return int(struct.unpack(layout, self.take(struct.calcsize(layout)))[0])

    def real(self, layout: str) -> float:
        return float(struct.unpack(f"<{layout}", self.take(struct.calcsize(layout)))[0])

    def field(self) -> bytes | None:
        length = self.number("B")
        if length == _NULL_MARK:
            return None
        if length == _MEDIUM_MARK:
            length = self.number("H")
        elif length == _LONG_MARK:
            length = self.number("I")
        return self.take(length)


def options_part(kind: int, options: Mapping[int, Sent]) -> Part:
    data = b"".join(bytes([number]) + _option(value) for number, value in options.items())
    return Part(kind, data, count=len(options))


def read_options(part: Part) -> dict[int, Option]:
    reader = Reader(part.data)
    return {reader.number("B"): _read_option(reader) for _ in range(part.count)}


def _option(value: Sent) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<BB", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<Bi", _INT, value)
    data = value if isinstance(value, bytes) else to_cesu8(value)
    return struct.pack("<Bh", _BSTRING if isinstance(value, bytes) else _STRING, len(data)) + data


def _read_option(reader: Reader) -> Option:
    kind = reader.number("B")
    if kind == _BOOL:
        return reader.number("B") != 0
    if kind in (_INT, _BIGINT):
        return reader.number("i" if kind == _INT else "q")
    if kind == _DOUBLE:
        return reader.real("d")
    if kind in (_STRING, _BSTRING):
        data = reader.take(reader.number("h"))
        return from_cesu8(data) if kind == _STRING else data
    raise GarbageError(f"an option of type {kind}")
