"""The SQL types, as the catalogue names them and as the wire numbers them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from tests.hana_server.errors import SqlError

FLOATING = 32_767
_CODES = {
    "TINYINT": 1,
    "SMALLINT": 2,
    "INTEGER": 3,
    "BIGINT": 4,
    "DECIMAL": 5,
    "SMALLDECIMAL": 5,
    "REAL": 6,
    "DOUBLE": 7,
    "CHAR": 8,
    "VARCHAR": 9,
    "NCHAR": 10,
    "NVARCHAR": 11,
    "BINARY": 12,
    "VARBINARY": 13,
    "CLOB": 25,
    "NCLOB": 26,
    "BLOB": 27,
    "BOOLEAN": 28,
    "TIMESTAMP": 61,
    "SECONDDATE": 62,
    "DATE": 63,
    "TIME": 64,
    "REAL_VECTOR": 96,
}
_LOBS = {"BLOB": 1, "CLOB": 2, "NCLOB": 3}
_FIXED8, _FIXED12, _FIXED16 = 81, 82, 76
_FIXED8_DIGITS, _FIXED12_DIGITS = 18, 28
_SPELT = re.compile(r"(?P<name>\w+)(?:\((?P<length>\d+)(?:,\s*(?P<scale>\d+))?\))?")


@dataclass(frozen=True)
class HanaType:
    """length in characters, bytes, digits or dimensions; scale only of a DECIMAL(length, scale)."""

    name: str
    length: int | None = None
    scale: int | None = None

    @property
    def lob(self) -> int | None:
        """The wire's number for this kind of large object; None for any other type."""
        return _LOBS.get(self.name)

    @property
    def code(self) -> int:
        """Raises SqlError for a type that exists in the catalogue alone."""
        if self.name not in _CODES:
            raise SqlError(7, f"feature not supported: {self.name} cannot be fetched")
        if self.name != "DECIMAL" or self.scale is None:
            return _CODES[self.name]
        digits = self.length if self.length is not None else FLOATING
        if digits <= _FIXED8_DIGITS:
            return _FIXED8
        return _FIXED12 if digits <= _FIXED12_DIGITS else _FIXED16

    @property
    def fixed_bytes(self) -> int:
        """How wide the integer of a DECIMAL(length, scale) is; 0 for every other type."""
        return {_FIXED8: 8, _FIXED12: 12, _FIXED16: 16}.get(self.code, 0)

    @property
    def wire_scale(self) -> int:
        if self.name in ("DECIMAL", "SMALLDECIMAL"):
            return FLOATING if self.scale is None else self.scale
        return 0


@dataclass(frozen=True)
class Column:
    """Of a result."""

    name: str
    type: HanaType
    nullable: bool = True


@cache
def hana_type(spelt: str) -> HanaType:
    """From NVARCHAR(40), DECIMAL(15,2), DATE. Raises ValueError on anything else."""
    match = _SPELT.fullmatch(spelt.strip())
    if match is None:
        raise ValueError(f"not a type: {spelt!r}")
    length, scale = match["length"], match["scale"]
    return HanaType(match["name"], None if length is None else int(length), None if scale is None else int(scale))
