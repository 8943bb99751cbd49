"""One value of a result as bytes, large objects apart."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from decimal import Context, Decimal

from tests.hana_server.fields import NULL_FIELD, field, to_cesu8
from tests.hana_server.types import HanaType

# What the content and SQLite hand over: a day and a time of day are text, a vector is a tuple of numbers or fvecs.
Value = str | int | float | bool | bytes | Decimal | tuple[float, ...] | None

_INTEGERS = {"TINYINT": "B", "SMALLINT": "h", "INTEGER": "i", "BIGINT": "q"}
_REALS = {"REAL": "f", "DOUBLE": "d"}
_NULL_DAY, _NULL_TIME, _NULL_SECONDDATE, _NULL_TIMESTAMP = 3_652_062, 86_402, 315_538_070_401, 3_155_380_704_000_000_001
_DAY_S, _TICKS_PER_S = 86_400, 10_000_000
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?)?")
_FIRST_GREGORIAN = (1582, 10, 15)
_DECIMAL_BIAS, _MANTISSA_BITS = 6_176, 113
_NULL_DECIMAL = bytes(15) + b"\x70"
# A DECIMAL has up to 38 digits, the default context 28.
_EXACT = Context(prec=80)


def encode(value: Value, kind: HanaType) -> bytes:
    """Raises ValueError or struct.error for a value that is none of its type."""
    if kind.name in _INTEGERS:
        return b"\0" if value is None else struct.pack("<B" + _INTEGERS[kind.name], 1, value)
    if kind.name in _REALS:
        layout = "<" + _REALS[kind.name]
        return b"\xff" * struct.calcsize(layout) if value is None else struct.pack(layout, float(str(value)))
    return _ENCODERS.get(kind.name, _text)(value, kind)


def fvecs(vector: bytes | tuple[float, ...]) -> bytes:
    """The number of dimensions, then each as a 32-bit float."""
    return vector if isinstance(vector, bytes) else struct.pack(f"<I{len(vector)}f", len(vector), *vector)


def _boolean(value: Value, kind: HanaType) -> bytes:
    return b"\1" if value is None else b"\2" if value else b"\0"


def _text(value: Value, kind: HanaType) -> bytes:
    return NULL_FIELD if value is None else field(to_cesu8(str(value)))


def _binary(value: Value, kind: HanaType) -> bytes:
    if not isinstance(value, bytes | None):
        raise ValueError(f"not bytes: {value!r}")
    return NULL_FIELD if value is None else field(value)


def _vector(value: Value, kind: HanaType) -> bytes:
    if not isinstance(value, bytes | tuple | None):
        raise ValueError(f"not a vector: {value!r}")
    return NULL_FIELD if value is None else field(fvecs(value))


def _decimal(value: Value, kind: HanaType) -> bytes:
    if kind.fixed_bytes:
        return _fixed(value, kind)
    if value is None:
        return _NULL_DECIMAL
    sign, digits, exponent = Decimal(str(value)).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"not a number: {value!r}")
    mantissa = int("".join(map(str, digits)))
    return (mantissa | (exponent + _DECIMAL_BIAS) << _MANTISSA_BITS | sign << 127).to_bytes(16, "little")


def _fixed(value: Value, kind: HanaType) -> bytes:
    if value is None:
        return b"\0"
    number = int(Decimal(str(value)).scaleb(kind.wire_scale, _EXACT))
    return b"\1" + number.to_bytes(kind.fixed_bytes, "little", signed=True)


def _date(value: Value, kind: HanaType) -> bytes:
    return struct.pack("<i", _NULL_DAY if value is None else _day(_moment(value)))


def _time(value: Value, kind: HanaType) -> bytes:
    if value is None:
        return struct.pack("<i", _NULL_TIME)
    hours, minutes, seconds = (int(part) for part in str(value).split(":"))
    return struct.pack("<i", hours * 3600 + minutes * 60 + seconds + 1)


def _second_date(value: Value, kind: HanaType) -> bytes:
    return struct.pack("<q", _NULL_SECONDDATE if value is None else _seconds(_moment(value)) + 1)


def _timestamp(value: Value, kind: HanaType) -> bytes:
    if value is None:
        return struct.pack("<q", _NULL_TIMESTAMP)
    moment = _moment(value)
    return struct.pack("<q", _seconds(moment) * _TICKS_PER_S + moment[6] + 1)


def _moment(value: Value) -> tuple[int, ...]:
    """Year, month, day, hours, minutes, seconds, and ticks of 100 ns."""
    match = _MOMENT.fullmatch(str(value))
    if match is None:
        raise ValueError(f"not a point in time: {value!r}")
    *parts, fraction = match.groups("0")
    return (*map(int, parts), int(fraction.ljust(7, "0")))


def _seconds(moment: tuple[int, ...]) -> int:
    return (_day(moment) - 1) * _DAY_S + moment[3] * 3600 + moment[4] * 60 + moment[5]


def _day(moment: tuple[int, ...]) -> int:
    """Days since the Julian 0001-01-01, which is 1: the Julian day number (Meeus, chapter 7) less 1,721,423."""
    year, month, day = moment[:3]
    shifted = (14 - month) // 12
    years, months = year + 4800 - shifted, month + 12 * shifted - 3
    days = day + (153 * months + 2) // 5 + 365 * years + years // 4
    if (year, month, day) >= _FIRST_GREGORIAN:
        return days - years // 100 + years // 400 - 32_045 - 1_721_423
    return days - 32_083 - 1_721_423


_ENCODERS: dict[str, Callable[[Value, HanaType], bytes]] = {
    "BOOLEAN": _boolean,
    "DECIMAL": _decimal,
    "SMALLDECIMAL": _decimal,
    "BINARY": _binary,
    "VARBINARY": _binary,
    "REAL_VECTOR": _vector,
    "DATE": _date,
    "TIME": _time,
    "SECONDDATE": _second_date,
    "TIMESTAMP": _timestamp,
}
