"""The way back into SAP HANA, as text for somebody else to run: a table of vectors, what fills and what searches it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.errors import BadRequestError
from services.tables.files import free_name, row_number_name, vector_name
from services.tables.hana_statements import path, quoted
from services.tables.source import Column, ObjectName, Sample
from services.well_formed import well_formed

MOST_CHARACTERS, MOST_DIMENSIONS, MOST_TEXT = 127, 65_000, 5_000
_TEMPLATE = Path(__file__).with_name("insert_script.txt")

_SIZED = ("CHAR", "NCHAR", "VARCHAR", "NVARCHAR", "ALPHANUM", "SHORTTEXT")
_BYTES = ("BINARY", "VARBINARY")
_PLAIN = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "BOOLEAN"),
    *("DATE", "TIME", "SECONDDATE", "TIMESTAMP"),
)


@dataclass(frozen=True)
class Key:
    """name is that of the column in the file and in the table; type is SQL; text: its values go in as texts."""

    name: str
    type: str

    @property
    def text(self) -> bool:
        return self.type.startswith("NVARCHAR")


@dataclass(frozen=True)
class VectorTable:
    """The table to be made, in the schema of whoever runs the script; file_vector is the file's name of the vectors."""

    name: str
    rows_of: ObjectName
    keys: tuple[Key, ...]
    by_row_number: bool
    vector: str
    file_vector: str
    dimensions: int
    encoder: str

    @property
    def index(self) -> str:
        return _named(self.rows_of.name, "_VECTORS_HNSW")


def vector_table(sample: Sample, dimensions: int, encoder: str) -> VectorTable:
    """Keyed as the sampled object is, or by the row's number in the sample where its key is missing or not unique.

    Raises BadRequestError for vectors that REAL_VECTOR cannot hold.
    """
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise BadRequestError(f"SAP HANA holds vectors of 1 to {MOST_DIMENSIONS:,} dimensions, not {dimensions:,}.")
    columns = [column for column in sample.columns if column.key]
    at = [i for i, column in enumerate(sample.columns) if column.key]
    values = [tuple(row[i] for i in at) for row in sample.rows]
    known = (
        bool(columns) and len(set(values)) == len(values) and all(cell is not None for row in values for cell in row)
    )
    keys = tuple(Key(c.name, _sql_type(c)) for c in columns) if known else (Key(row_number_name(sample), "INTEGER"),)
    return VectorTable(
        name=_named(sample.info.object.name, "_VECTORS"),
        rows_of=sample.info.object,
        keys=keys,
        by_row_number=not known,
        vector=free_name("VECTOR", [key.name for key in keys]),
        file_vector=vector_name(sample),
        dimensions=dimensions,
        encoder=encoder,
    )


def create_table(table: VectorTable) -> str:
    """One statement, without its semicolon."""
    columns = [f"{quoted(key.name)} {key.type} NOT NULL" for key in table.keys]
    columns.append(f"{quoted(table.vector)} REAL_VECTOR({table.dimensions}) NOT NULL")
    columns.append(f"PRIMARY KEY ({_listed(table.keys)})")
    inner = ",\n  ".join(columns)
    return f"CREATE COLUMN TABLE {quoted(table.name)} (\n  {inner}\n)"


def comment_on_table(table: VectorTable) -> str:
    literal = _one_line(_description(table))[:MOST_TEXT].replace("'", "''")
    return f"COMMENT ON TABLE {quoted(table.name)} IS '{literal}'"


def create_index(table: VectorTable) -> str:
    """HNSW with the defaults of SAP HANA. ONLINE, or the table would be locked while it is built."""
    return (
        f"CREATE HNSW VECTOR INDEX {quoted(table.index)} ON {quoted(table.name)} ({quoted(table.vector)})\n"
        "  SIMILARITY FUNCTION COSINE_SIMILARITY\n"
        '  BUILD CONFIGURATION \'{"M": 64, "efConstruction": 128}\' SEARCH CONFIGURATION \'{"efSearch": 200}\' ONLINE'
    )


def insert(table: VectorTable) -> str:
    """Keys in their order, then the vector as fvecs bytes."""
    marks = ", ".join("?" for _ in range(len(table.keys) + 1))
    return f"INSERT INTO {quoted(table.name)} ({_listed(table.keys)}, {quoted(table.vector)}) VALUES ({marks})"


def search(table: VectorTable, k: int = 10) -> str:
    """The parameter is the question's vector by the same encoder, as text: [0.1, 0.2, …]."""
    score = quoted(free_name("SCORE", [key.name for key in table.keys]))
    cosine = f"COSINE_SIMILARITY({quoted(table.vector)}, TO_REAL_VECTOR(?))"
    return f"SELECT TOP {k} {_listed(table.keys)}, {cosine} AS {score}\nFROM {quoted(table.name)} ORDER BY {score} DESC"


def sql_script(table: VectorTable) -> str:
    """Everything but the rows, with what to know as comments."""
    key_note = (
        "The sample had no unique key: rows are named by their number in the sample."
        if table.by_row_number
        else "Rows keep the key of the object they come from."
    )
    return "\n".join(
        [
            f"-- {_one_line(_description(table))}, {table.dimensions} dimensions.",
            "-- The playground only reads. Run this yourself, as a user who may create tables in the current schema.",
            "-- SAP HANA Cloud only, from 2024 QRC 1: SAP HANA 2.0 on premise has no type REAL_VECTOR.",
            f"-- {key_note}",
            f"{create_table(table)};",
            f"{comment_on_table(table)};",
            "",
            "-- Then the Python script puts the rows in.",
            "",
            "-- Optional, from about 100,000 rows: an approximate index. Below that the exact search is fast enough.",
            *(f"-- {_one_line(line)}" for line in f"{create_index(table)};".split("\n")),
            "",
            "-- The search. Bind the question's vector, made by the same encoder, as text: [0.1, 0.2, ...]",
            f"{search(table)};",
            "",
        ]
    )


def insert_script(table: VectorTable) -> str:
    """A whole Python script that needs pyarrow and hdbcli; no address, user or password is in it."""
    values = {
        "__INSERT__": insert(table),
        "__CREATE__": create_table(table),
        "__KEYS__": [well_formed(key.name) for key in table.keys],
        "__TEXTS__": [well_formed(key.name) for key in table.keys if key.text],
        "__VECTOR__": table.file_vector,
        "__DIMENSIONS__": table.dimensions,
    }
    text = _TEMPLATE.read_text("utf-8")
    # One pass, so that no name that looks like a place is taken for one.
    return re.sub("|".join(values), lambda found: _literal(values[found.group()]), text)


def _description(table: VectorTable) -> str:
    return f"Vectors of rows of {path(table.rows_of)} by {table.encoder}"


def _literal(value: object) -> str:
    return ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)


def _named(name: str, ending: str) -> str:
    return name[: MOST_CHARACTERS - len(ending)] + ending


def _listed(keys: Sequence[Key]) -> str:
    return ", ".join(quoted(key.name) for key in keys)


def _one_line(text: str) -> str:
    """A comment ends with its line: whatever could end one becomes a blank."""
    return "".join(character if character.isprintable() else " " for character in text)


def _sql_type(column: Column) -> str:
    """Of a key. Bytes are read as hexadecimal digits, and kept so; what is not known is kept as text."""
    kind, length = column.type.upper(), column.length
    if kind in _PLAIN:
        return kind
    if kind in ("DECIMAL", "SMALLDECIMAL"):
        known = kind == "DECIMAL" and length is not None and 1 <= length <= 38 and column.scale is not None
        return f"DECIMAL({length}, {column.scale})" if known else kind
    size = MOST_TEXT if length is None or kind not in (*_SIZED, *_BYTES) else length * (2 if kind in _BYTES else 1)
    return f"NVARCHAR({size if 1 <= size <= MOST_TEXT else MOST_TEXT})"
