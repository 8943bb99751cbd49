"""Every statement this server answers: those the product issues, and no other.

To add one, add a line to STATEMENTS: text() recognises one exact statement, blanks normalised, regex() a family of them
by a regular expression of the whole with named groups. Then come the result's columns, "NAME TYPE; NAME TYPE", and what
answers it: SQLite text (the statement's own parameters go in, in their order) or a function of the Call. The catalogue
and the content stand in SQLite under the names HANA gives them, SYS.TABLES and "SALES"."/BIC/AZTAB2", so a catalogue
statement is mostly its own SQLite text: leave the third argument out then. Functions SQLite lacks go into functions.py.
The first line that recognises a statement answers it.
"""

from __future__ import annotations

from tests.hana_server.catalogue import CATALOGUE
from tests.hana_server.selecting import select
from tests.hana_server.statement import Call, Rows, Statement, regex, text


def _who(call: Call) -> Rows:
    return [(call.caller.user, call.caller.schema)]


def _cancel(call: Call) -> Rows:
    call.caller.cancel(int(call.groups["connection"]))
    return []


def _set_schema(call: Call) -> Rows:
    quoted = call.groups.get("quoted")
    call.caller.schema = call.groups["word"].upper() if quoted is None else quoted.replace('""', '"')
    return []


def _read_only(call: Call) -> Rows:
    call.caller.read_only = True
    return []


STATEMENTS: tuple[Statement, ...] = (
    text("SELECT VERSION FROM SYS.M_DATABASE", "VERSION NVARCHAR(32)"),
    text(
        "SELECT CURRENT_USER, CURRENT_SCHEMA FROM DUMMY",
        "CURRENT_USER NVARCHAR(256); CURRENT_SCHEMA NVARCHAR(256)",
        _who,
    ),
    text("SET TRANSACTION READ ONLY", rows=_read_only),
    # The driver sends what it was given as it stands: a name that is no plain word arrives quoted or is no statement.
    regex(r'SET SCHEMA (?:"(?P<quoted>(?:[^"]|"")+)"|(?P<word>[A-Za-z_][A-Za-z0-9_#$]*))', rows=_set_schema),
    regex(r"ALTER SYSTEM CANCEL SESSION '(?P<connection>\d+)'", rows=_cancel),
    *CATALOGUE,
    # Columns, SUBSTRING, TO_NVARCHAR, CARDINALITY, BINTOHEX, ST_AsWKT or COUNT(*) of one object, a sample of it too.
    select(),
)
