"""Statements of the server's own tests, answered only where a test asked for them: they send parameters back."""

from __future__ import annotations

from tests.hana_server.statement import Call, Rows, Statement, regex, text

_TYPES = ("INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "NVARCHAR(5000)", "VARBINARY(5000)", "NCLOB", "BLOB", "DATE")


def _sent_back(call: Call) -> Rows:
    return [call.parameters]


def _nothing(call: Call) -> Rows:
    return []


SERIES_ROWS = 40_000

PROBES: tuple[Statement, ...] = (
    *(text(f"SELECT CAST(? AS {kind}) FROM DUMMY", f"V {kind}", _sent_back, kind) for kind in _TYPES),
    text("SELECT ?, ?, '?' FROM DUMMY", "A NVARCHAR(5000); B NCLOB", _sent_back, "NVARCHAR(5000); NCLOB"),
    # What the script that the product gives away sends: the product itself never does.
    regex(r'CREATE COLUMN TABLE "ZPUMPS_VECTORS" \(.+\)', rows=_nothing),
    text(
        'INSERT INTO "ZPUMPS_VECTORS" ("ID", "NO", "VECTOR") VALUES (?, ?, ?)',
        rows=_nothing,
        parameters="NVARCHAR(10); INTEGER; REAL_VECTOR(4)",
    ),
    text("SELECT TABLE_NAME FROM SYS.TABLES WHERE TABLE_NAME LIKE ?", "TABLE_NAME NVARCHAR(256)"),
    text("SELECT N FROM SERIES", "N INTEGER", lambda call: [(n,) for n in range(SERIES_ROWS)]),
    # What is promised and what comes do not agree, as in a line of the table that is wrong.
    text("SELECT X FROM DUMMY", "A INTEGER", lambda call: [("no number",)]),
)
