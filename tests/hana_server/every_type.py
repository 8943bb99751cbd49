"""The schema TECHNICAL: every type that can be fetched, at its bounds and NULL, and a text that is awkward to cut."""

from __future__ import annotations

from tests.hana_server.content import Field, Object
from tests.hana_server.values import Value

# Type, what stands in SQLite for the least, the greatest and an ordinary value.
_COLUMNS: tuple[tuple[str, Value, Value, Value], ...] = (
    ("TINYINT", 0, 255, 7),
    ("SMALLINT", -(2**15), 2**15 - 1, -7),
    ("INTEGER", -(2**31), 2**31 - 1, 0),
    ("BIGINT", -(2**63), 2**63 - 1, 2**53 + 1),
    ("REAL", -0.5, 2.0**100, 0.0),
    ("DOUBLE", -1.7976931348623157e308, 5e-324, 0.1),
    ("BOOLEAN", False, True, True),
    ("DECIMAL(18,4)", "-99999999999999.9999", "99999999999999.9999", "1.5000"),
    ("DECIMAL(28,10)", "-999999999999999999.9999999999", "0.0000000001", "-1.5"),
    ("DECIMAL(38,0)", "-99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "0"),
    ("DECIMAL", "-1E-300", "1234567890123456789012345678901234", "12.50"),
    ("SMALLDECIMAL", "-1E+100", "1E-100", "0.1"),
    ("CHAR(3)", "", "abc", "a"),
    ("VARCHAR(300)", "x" * 245, "y" * 246, "'\"\\%_"),
    ("NCHAR(3)", "", "äöü", "日本語"),
    ("NVARCHAR(5000)", "", "ü" * 5_000, "a🛠b\0c\u2028"),
    ("BINARY(4)", b"\0" * 4, b"\xff" * 4, b"\0\1\2\3"),
    ("VARBINARY(5000)", b"", b"\xff" * 5_000, b"'\"\0"),
    ("DATE", "0001-01-01", "9999-12-31", "1582-10-04"),
    ("TIME", "00:00:00", "23:59:59", "12:30:01"),
    ("SECONDDATE", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2024-02-29 12:00:00"),
    ("TIMESTAMP", "0001-01-01 00:00:00", "9999-12-31 23:59:59.9999999", "1970-01-01 00:00:00.000001"),
    ("CLOB", "", "c" * 2_000, "plain"),
    ("NCLOB", "", "a🛠b" * 34_000, "日本語"),
    ("BLOB", b"", bytes(range(256)) * 10, b"\0"),
    ("REAL_VECTOR(3)", (-1.0, 0.0, 0.5), (3.0e38, -3.0e38, 1e-38), (1.0, 2.0, 3.0)),
)


def column_name(kind: str) -> str:
    return kind.replace("(", "_").replace(",", "_").rstrip(")")


EVERY_TYPE = Object(
    "TECHNICAL",
    "EVERY_TYPE",
    (Field("ROW", "INTEGER", key=True, nullable=False), *(Field(column_name(kind), kind) for kind, *_ in _COLUMNS)),
    (
        *((number, *(column[number] for column in _COLUMNS)) for number in (1, 2, 3)),
        (4, *([None] * len(_COLUMNS))),
    ),
    "A column of every type that can be fetched",
)

# The 4,001st UTF-16 unit is the first half of a character: a SUBSTRING up to there cuts through it.
CUT = Object(
    "TECHNICAL",
    "CUT",
    (Field("ID", "INTEGER", key=True, nullable=False), Field("NOTE", "NCLOB")),
    ((1, "x" * 4_000 + "🛠 and more"),),
)

TECHNICAL = (EVERY_TYPE, CUT)
