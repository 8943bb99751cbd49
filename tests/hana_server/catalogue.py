"""What a source of tables asks of the catalogue and of the models inside the database."""

from __future__ import annotations

import hashlib
import re

from tests.hana_server.errors import SqlError
from tests.hana_server.statement import Call, Rows, Statement, regex, text

# Of the two that the product asks for, an instance has the one or the other.
EMBEDDING_MODEL, EMBEDDING_DIMENSIONS = "SAP_NEB.20240715", 8
_VECTOR = f"REAL_VECTOR({EMBEDDING_DIMENSIONS})"

_TABLES = (
    "SELECT SCHEMA_NAME, TABLE_NAME AS OBJECT_NAME, 'table' AS KIND, COMMENTS FROM SYS.TABLES WHERE SCHEMA_NAME = ?"
    " AND IS_TEMPORARY = 'FALSE' AND IS_USER_DEFINED_TYPE = 'FALSE'"
)
_VIEWS = "SELECT SCHEMA_NAME, VIEW_NAME AS OBJECT_NAME, 'view' AS KIND, COMMENTS FROM SYS.VIEWS WHERE SCHEMA_NAME = ?"
_OBJECT = "SCHEMA_NAME NVARCHAR(256); OBJECT_NAME NVARCHAR(256); KIND VARCHAR(5); COMMENTS NVARCHAR(5000)"
_WORD = r"(UPPER(OBJECT_NAME) LIKE UPPER(?) ESCAPE '\' OR UPPER(COMMENTS) LIKE UPPER(?) ESCAPE '\')"
_COLUMN = "COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, COMMENTS"
_EMBEDDING = r"SELECT \d+ AS N, VECTOR_EMBEDDING\(\?, '(?:DOCUMENT|QUERY)', \?\) AS V FROM DUMMY"


def _embedded(call: Call) -> Rows:
    kinds = re.findall(r"\?, '(\w+)', \?", call.sql)
    texts, models = call.parameters[::2], call.parameters[1::2]
    return [(n, _vector(call, text, kind, models[n])) for n, (text, kind) in enumerate(zip(texts, kinds, strict=True))]


def _vector(call: Call, text: object, kind: str, model: object) -> tuple[float, ...] | None:
    """Invented, and the same for the same text; none for an empty one."""
    if not call.database.content.cloud:
        raise SqlError(328, "invalid name of function or procedure: VECTOR_EMBEDDING")
    if model != EMBEDDING_MODEL:
        raise SqlError(2048, f"column store error: no model {model}")
    digest = hashlib.sha256(f"{kind} {text}".encode()).digest()[:EMBEDDING_DIMENSIONS]
    return tuple(byte / 128 - 1 for byte in digest) if text else None


CATALOGUE: tuple[Statement, ...] = (
    text("SELECT SCHEMA_NAME FROM SYS.SCHEMAS ORDER BY SCHEMA_NAME", "SCHEMA_NAME NVARCHAR(256)"),
    regex(
        rf"SELECT SCHEMA_NAME, OBJECT_NAME, KIND, COMMENTS FROM \({re.escape(f'{_TABLES} UNION ALL {_VIEWS}')}\) AS O"
        rf"(?: WHERE {re.escape(_WORD)}(?: AND {re.escape(_WORD)})*)? ORDER BY OBJECT_NAME LIMIT \d+",
        _OBJECT,
    ),
    text(f"{_TABLES} AND TABLE_NAME = ? UNION ALL {_VIEWS} AND VIEW_NAME = ?", _OBJECT),
    regex(
        r"SELECT TABLE_NAME, RECORD_COUNT FROM SYS\.M_TABLES WHERE SCHEMA_NAME = \? AND TABLE_NAME IN \(\?(?:, \?)*\)",
        "TABLE_NAME NVARCHAR(256); RECORD_COUNT BIGINT",
    ),
    text(
        f"SELECT {_COLUMN} FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = ? AND TABLE_NAME = ? UNION ALL SELECT {_COLUMN}"
        " FROM SYS.VIEW_COLUMNS WHERE SCHEMA_NAME = ? AND VIEW_NAME = ? ORDER BY POSITION",
        "COLUMN_NAME NVARCHAR(256); POSITION INTEGER; DATA_TYPE_NAME VARCHAR(16); LENGTH INTEGER; SCALE INTEGER;"
        " IS_NULLABLE VARCHAR(5); COMMENTS NVARCHAR(5000)",
    ),
    text(
        "SELECT COLUMN_NAME FROM SYS.CONSTRAINTS WHERE SCHEMA_NAME = ? AND TABLE_NAME = ? AND IS_PRIMARY_KEY = 'TRUE'",
        "COLUMN_NAME NVARCHAR(256)",
    ),
    text("SELECT TYPE_NAME FROM SYS.DATA_TYPES WHERE TYPE_NAME = 'REAL_VECTOR'", "TYPE_NAME VARCHAR(16)"),
    text(
        "SELECT VECTOR_EMBEDDING('ping', 'QUERY', ?) FROM DUMMY",
        f"V {_VECTOR}",
        lambda call: [(_vector(call, "ping", "QUERY", call.parameters[0]),)],
    ),
    regex(rf"{_EMBEDDING}(?: UNION ALL {_EMBEDDING})* ORDER BY N", f"N INTEGER; V {_VECTOR}", _embedded),
)
