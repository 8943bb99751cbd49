"""What is asked of SAP HANA, as text: SELECT statements only, values as `?`, names as the catalogue gave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from services.tables.source import ObjectName

READ_ONLY = "SET TRANSACTION READ ONLY"
VERSION = "SELECT VERSION FROM SYS.M_DATABASE"
SCHEMAS = "SELECT SCHEMA_NAME FROM SYS.SCHEMAS ORDER BY SCHEMA_NAME"
VECTOR_TYPE = "SELECT TYPE_NAME FROM SYS.DATA_TYPES WHERE TYPE_NAME = 'REAL_VECTOR'"

# What installations bring along; a user's own schemas are none of these.
_SYSTEM_SCHEMAS = (
    *("SYS", "SYSTEM", "PUBLIC", "UIS", "HANA_XS_BASE"),
    *("_SYS*", "SAP_*", "HDI_*", "BROKER_*", "XSSQLCC*"),
)
EmbeddingKind = Literal["DOCUMENT", "QUERY"]


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: tuple[str, ...] = ()


def is_system(schema: str) -> bool:
    return any(fnmatchcase(schema, pattern) for pattern in _SYSTEM_SCHEMAS)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def path(name: ObjectName) -> str:
    return f"{quoted(name.schema)}.{quoted(name.name)}"


# Temporary tables hold what one session put there, and types no rows at all.
_TABLES = (
    "SELECT SCHEMA_NAME, TABLE_NAME AS OBJECT_NAME, 'table' AS KIND, COMMENTS FROM SYS.TABLES"
    " WHERE SCHEMA_NAME = ? AND IS_TEMPORARY = 'FALSE' AND IS_USER_DEFINED_TYPE = 'FALSE'"
)
_VIEWS = "SELECT SCHEMA_NAME, VIEW_NAME AS OBJECT_NAME, 'view' AS KIND, COMMENTS FROM SYS.VIEWS WHERE SCHEMA_NAME = ?"
_HOLDS_WORD = r"(UPPER(OBJECT_NAME) LIKE UPPER(?) ESCAPE '\' OR UPPER(COMMENTS) LIKE UPPER(?) ESCAPE '\')"


def objects(schema: str, words: Sequence[str], limit: int) -> Statement:
    """(schema, name, kind, comment) of at most limit objects whose name or comment holds every word."""
    condition = "".join(f"{' AND' if n else ' WHERE'} {_HOLDS_WORD}" for n in range(len(words)))
    sql = (
        f"SELECT SCHEMA_NAME, OBJECT_NAME, KIND, COMMENTS FROM ({_TABLES} UNION ALL {_VIEWS}) AS O{condition}"
        f" ORDER BY OBJECT_NAME LIMIT {limit:d}"
    )
    patterns = tuple(pattern for word in words for pattern in (_containing(word),) * 2)
    return Statement(sql, (schema, schema, *patterns))


def _containing(word: str) -> str:
    escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def row_counts(schema: str, tables: Sequence[str]) -> Statement:
    """(name, rows) from the catalogue. By name and not by a join: the view reads nothing of other tables this way."""
    marks = ", ".join("?" * len(tables))
    sql = f"SELECT TABLE_NAME, RECORD_COUNT FROM SYS.M_TABLES WHERE SCHEMA_NAME = ? AND TABLE_NAME IN ({marks})"
    return Statement(sql, (schema, *tables))


def described(name: ObjectName) -> Statement:
    """(schema, name, kind, comment) of one object, in the catalogue's own words; no row when there is none."""
    sql = f"{_TABLES} AND TABLE_NAME = ? UNION ALL {_VIEWS} AND VIEW_NAME = ?"
    return Statement(sql, (name.schema, name.name) * 2)


_COLUMN = "COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, COMMENTS"


def columns(name: ObjectName) -> Statement:
    """(name, position, type, length, scale, nullable, comment), in order."""
    sql = (
        f"SELECT {_COLUMN} FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = ? AND TABLE_NAME = ? UNION ALL"
        f" SELECT {_COLUMN} FROM SYS.VIEW_COLUMNS WHERE SCHEMA_NAME = ? AND VIEW_NAME = ? ORDER BY POSITION"
    )
    return Statement(sql, (name.schema, name.name) * 2)


def key_columns(name: ObjectName) -> Statement:
    sql = "SELECT COLUMN_NAME FROM SYS.CONSTRAINTS WHERE SCHEMA_NAME = ? AND TABLE_NAME = ? AND IS_PRIMARY_KEY = 'TRUE'"
    return Statement(sql, (name.schema, name.name))


def count(name: ObjectName) -> Statement:
    return Statement(f"SELECT COUNT(*) FROM {path(name)}")


def sample(name: ObjectName, expressions: Sequence[str], tail: str) -> Statement:
    """expressions and tail are SQL of ours; name was read from the catalogue."""
    return Statement(f"SELECT {', '.join(expressions)} FROM {path(name)} {tail}")


def embedding_ping(model: str) -> Statement:
    return Statement("SELECT VECTOR_EMBEDDING('ping', 'QUERY', ?) FROM DUMMY", (model,))


def embeddings(texts: Sequence[str], model: str, kind: EmbeddingKind) -> Statement:
    """(position, vector), in the order of texts: UNION ALL promises none by itself."""
    selects = (f"SELECT {n} AS N, VECTOR_EMBEDDING(?, '{kind}', ?) AS V FROM DUMMY" for n in range(len(texts)))
    parameters = tuple(value for text in texts for value in (text, model))
    return Statement(f"{' UNION ALL '.join(selects)} ORDER BY N", parameters)
