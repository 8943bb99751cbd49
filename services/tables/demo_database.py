"""The demo tables put into an SQLite database."""

from __future__ import annotations

import sqlite3

from services.tables.demo_catalogue import OBJECTS, TABLES, Object
from services.tables.demo_rows import Rows


def build(connection: sqlite3.Connection, made: Rows) -> None:
    """All or nothing, in place of what has one of the names; afterwards the connection only reads.

    connection is in autocommit mode. Raises sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    for known in OBJECTS.values():
        connection.execute(f'DROP {known.kind} IF EXISTS "{known.name.name}"')
    for known, its_rows in zip(TABLES, (made.customers, made.materials, made.notifications), strict=True):
        connection.execute(_create(known))
        marks = ", ".join("?" * len(known.columns))
        connection.executemany(f'INSERT INTO "{known.name.name}" VALUES ({marks})', its_rows)
    for known in OBJECTS.values():
        if known.kind == "view":
            connection.execute(f'CREATE VIEW "{known.name.name}" AS {known.select}')
    connection.execute("COMMIT")
    connection.execute("PRAGMA query_only = ON")


def _create(known: Object) -> str:
    # Decimals are kept as texts and bytes as they are: SQLite would make floating point numbers of decimals.
    kinds = {"VARBINARY": "BLOB"}
    columns = [
        f'"{column.name}" {kinds.get(column.type, "TEXT")}{"" if column.nullable else " NOT NULL"}'
        for column in known.columns
    ]
    keys = ", ".join(f'"{column.name}"' for column in known.columns if column.key)
    return f'CREATE TABLE "{known.name.name}" ({", ".join(columns)}, PRIMARY KEY ({keys}))'
