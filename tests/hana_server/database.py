"""SQLite with the content in it: one attached database per schema, and the catalogue as tables of SYS."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.hana_server.content import Content, Object
from tests.hana_server.errors import SqlError
from tests.hana_server.functions import add_functions
from tests.hana_server.parameters import Parameter
from tests.hana_server.values import Value, fvecs

_CATALOGUE = {
    "SCHEMAS": "SCHEMA_NAME, SCHEMA_OWNER",
    "TABLES": "SCHEMA_NAME, TABLE_NAME, COMMENTS, IS_COLUMN_TABLE, TABLE_TYPE, IS_TEMPORARY, IS_USER_DEFINED_TYPE",
    "VIEWS": "SCHEMA_NAME, VIEW_NAME, COMMENTS, VIEW_TYPE",
    "M_TABLES": "SCHEMA_NAME, TABLE_NAME, RECORD_COUNT, TABLE_SIZE",
    "TABLE_COLUMNS": "SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE,"
    " COMMENTS, GENERATED_ALWAYS_AS",
    "VIEW_COLUMNS": "SCHEMA_NAME, VIEW_NAME, COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE,"
    " COMMENTS",
    "CONSTRAINTS": "SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, POSITION, CONSTRAINT_NAME, IS_PRIMARY_KEY, IS_UNIQUE_KEY",
    "M_DATABASE": "VERSION, CLOUD_VERSION",
    "DATA_TYPES": "TYPE_NAME",
    "DUMMY": "DUMMY",
}


class Database:
    """Read with run(). A table's rows are written down when somebody first names it: 20,000 tables open at once."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._objects = {(found.schema, found.name): found for found in content.objects}
        self._sqlite = sqlite3.connect(":memory:")
        self._attached: set[str] = set()
        self._filled: set[tuple[str, str]] = set()
        add_functions(self._sqlite, content.seed)
        self._sqlite.execute("PRAGMA case_sensitive_like = ON")
        self._fill_catalogue()

    def close(self) -> None:
        self._sqlite.close()

    def run(self, sql: str, parameters: Sequence[Parameter] = ()) -> list[tuple[Value, ...]]:
        """Raises SqlError 2 with what SQLite says, for a statement of our own table that SQLite cannot run."""
        try:
            return self._sqlite.execute(sql, parameters).fetchall()
        except sqlite3.Error as problem:
            raise SqlError(2, f"general error: the test server's own SQL failed: {problem}: {sql}") from problem

    def object(self, schema: str, name: str) -> Object:
        """With its rows in place. Raises SqlError 259 or 362 where there is none."""
        found = self._objects.get((schema, name))
        if found is None and schema not in {known for known, _ in self._objects}:
            raise SqlError(362, f"invalid schema name: {schema}")
        if found is None:
            raise SqlError(259, f"invalid table name:  Could not find table/view {name} in schema {schema}")
        if (schema, name) not in self._filled:
            self._filled.add((schema, name))
            self._create(schema, name, ", ".join(quoted(field.name) for field in found.fields))
            self._insert(schema, name, found.rows)
        return found

    def _fill_catalogue(self) -> None:
        for name, columns in _CATALOGUE.items():
            self._create("SYS", name, columns)
        for name, rows in _catalogue_rows(self.content).items():
            self._insert("SYS", name, rows)

    def _create(self, schema: str, name: str, columns: str) -> None:
        if schema not in self._attached:
            self._attached.add(schema)
            self._sqlite.execute(f"ATTACH ':memory:' AS {quoted(schema)}")
        self._sqlite.execute(f"CREATE TABLE {quoted(schema)}.{quoted(name)} ({columns})")

    def _insert(self, schema: str, name: str, rows: Iterable[Sequence[Value]]) -> None:
        kept = [tuple(map(_kept, row)) for row in rows]
        if kept:
            marks = ", ".join("?" * len(kept[0]))
            self._sqlite.executemany(f"INSERT INTO {quoted(schema)}.{quoted(name)} VALUES ({marks})", kept)


def quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _kept(value: Value) -> Value:
    """As SQLite can keep it without loss: exact decimals as text, vectors as bytes, not-a-number as its name."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return fvecs(value)
    return "nan" if isinstance(value, float) and value != value else value


def _catalogue_rows(content: Content) -> dict[str, list[tuple[Value, ...]]]:
    tables = [found for found in content.objects if found.kind == "table"]
    views = [found for found in content.objects if found.kind == "view"]
    schemas = sorted({found.schema for found in content.objects} | set(content.schemas))
    return {
        "SCHEMAS": [(schema, "SYSTEM") for schema in schemas],
        "TABLES": [_table(table) for table in tables],
        "VIEWS": [(v.schema, v.name, v.comment, "ROW") for v in views],
        "M_TABLES": [(t.schema, t.name, len(t.rows) if t.count is None else t.count, 4096) for t in tables],
        "TABLE_COLUMNS": [(*row, None) for table in tables for row in _columns(table)],
        "VIEW_COLUMNS": [row for view in views for row in _columns(view)],
        "CONSTRAINTS": [row for table in tables for row in _keys(table)],
        "M_DATABASE": [(content.version, content.version if content.cloud else None)],
        "DATA_TYPES": [(name,) for name in _type_names(content)],
        "DUMMY": [("X",)],
    }


def _table(table: Object) -> tuple[Value, ...]:
    flags = ("TRUE" if flag else "FALSE" for flag in (table.temporary, table.user_defined_type))
    return (table.schema, table.name, table.comment, "TRUE", "COLUMN", *flags)


def _columns(found: Object) -> list[tuple[Value, ...]]:
    return [
        (
            *(found.schema, found.name, field.name, position),
            *(field.type.name, field.type.length, field.type.scale),
            *("TRUE" if field.nullable else "FALSE", field.comment),
        )
        for position, field in enumerate(found.fields, start=1)
    ]


def _keys(table: Object) -> list[tuple[Value, ...]]:
    names = [field.name for field in table.fields if field.key]
    constraint = f"_SYS_TREE_{table.name}"
    return [(table.schema, table.name, name, at, constraint, "TRUE", "TRUE") for at, name in enumerate(names, start=1)]


def _type_names(content: Content) -> tuple[str, ...]:
    return (*_TYPES, "REAL_VECTOR", "HALF_VECTOR") if content.cloud else _TYPES


_TYPES = ("BIGINT", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "INTEGER", "NCLOB", "NVARCHAR", "TIMESTAMP", "VARBINARY")
