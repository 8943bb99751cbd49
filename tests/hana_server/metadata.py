"""What a result's columns and a statement's parameters are, as the driver is told."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.hana_server.fields import to_cesu8
from tests.hana_server.framing import Part
from tests.hana_server.types import Column, HanaType

PARAMETER_METADATA, RESULT_METADATA = 47, 48
_COLUMN = struct.Struct("<bbhh2xIIII")
_PARAMETER = struct.Struct("<bbbxIhh4x")
_NO_NAME = 0xFFFF_FFFF
_NOT_NULL, _NULLABLE, _IN = 1, 2, 1
_MAX_LENGTH, _MAX_NAME_BYTES = 32_767, 255


def result_metadata(columns: Sequence[Column]) -> Part:
    names, described = b"", b""
    for column in columns:
        name = to_cesu8(column.name)[:_MAX_NAME_BYTES]
        options = _NULLABLE if column.nullable else _NOT_NULL
        numbers = (options, column.type.code, column.type.wire_scale, _length(column.type))
        described += _COLUMN.pack(*numbers, _NO_NAME, _NO_NAME, len(names), len(names))
        names += bytes([len(name)]) + name
    return Part(RESULT_METADATA, described + names, count=len(columns))


def parameter_metadata(types: Sequence[HanaType]) -> Part:
    rows = (_PARAMETER.pack(_NULLABLE, kind.code, _IN, _NO_NAME, _length(kind), _short_scale(kind)) for kind in types)
    return Part(PARAMETER_METADATA, b"".join(rows), count=len(types))


def _length(kind: HanaType) -> int:
    return 0 if kind.length is None else min(kind.length, _MAX_LENGTH)


def _short_scale(kind: HanaType) -> int:
    return kind.wire_scale
