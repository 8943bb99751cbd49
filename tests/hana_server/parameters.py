"""The values a client sends for the question marks of a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.hana_server.errors import SqlError
from tests.hana_server.fields import Reader, from_cesu8
from tests.hana_server.framing import GarbageError
from tests.hana_server.types import HanaType

Parameter = str | int | float | bytes | None

_NULL = 0x80
_LOB_DATA, _LOB_LAST = 2, 4
_TEXT_LOBS, _BLOB = (25, 26), 27
_INTEGERS = {1: "B", 2: "h", 3: "i", 4: "q"}
_REALS = {6: "f", 7: "d"}
_TEXTS, _BINARIES = (8, 9, 10, 11, 29, 30), (12, 13, 33, 96)
_BOOLEAN = 28


@dataclass(frozen=True)
class LongData:
    """The head of a large object, whose bytes follow the last field of its row; complete: they are all of it."""

    text: bool
    length: int
    complete: bool


def read_row(reader: Reader, types: Sequence[HanaType]) -> tuple[Parameter, ...]:
    """Decoded by the codes that came, not by types, which bound their number.

    Raises GarbageError, and SqlError for kinds of parameters that no statement of this product has.
    """
    fields = [_field(reader) for _ in types]
    return tuple(_long(reader, value) if isinstance(value, LongData) else value for value in fields)


def _field(reader: Reader) -> Parameter | LongData:
    code = reader.number("B")
    if code & _NULL:
        return None
    if code in _INTEGERS:
        return reader.number(_INTEGERS[code])
    if code in _REALS:
        return reader.real(_REALS[code])
    if code in _TEXTS:
        return from_cesu8(_present(reader))
    if code in _BINARIES:
        return _present(reader)
    if code == _BOOLEAN:
        return int(reader.number("B") == 2)
    if code in (*_TEXT_LOBS, _BLOB):
        options, length, _ = reader.number("B"), reader.number("i"), reader.number("i")
        return LongData(code != _BLOB, length if options & _LOB_DATA else 0, bool(options & _LOB_LAST))
    raise SqlError(7, f"feature not supported: a parameter of the wire's type {code}")


def _present(reader: Reader) -> bytes:
    data = reader.field()
    if data is None:
        raise GarbageError("a parameter that is absent without being NULL")
    return data


def _long(reader: Reader, head: LongData) -> Parameter:
    data = reader.take(head.length)
    if not head.complete:
        raise SqlError(7, "feature not supported: a parameter so long that it comes in pieces")
    return from_cesu8(data) if head.text else data
