"""What SAP HANA's catalogue says: schemas, objects, columns. Whatever reaches SQL as a name was read here before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.errors import BadRequestError, NotFoundError, ProviderError
from services.tables import hana_statements as statements
from services.tables.hana_link import Row
from services.tables.hana_session import Session
from services.tables.hana_types import READINGS, text_of
from services.tables.source import Column, Found, ObjectKind, ObjectName, TableInfo

MAX_LISTED = 1_000
_MAX_SCHEMAS = 10_000
_MAX_SEARCH_CHARACTERS = 200


def schemas(session: Session, *, system: bool) -> tuple[str, ...]:
    """system: those an installation brings along too."""
    names = (_text(row[0]) for row in session.rows(statements.Statement(statements.SCHEMAS), _MAX_SCHEMAS))
    return tuple(name for name in names if system or not statements.is_system(name))


def objects(session: Session, schema: str, matching: str, limit: int) -> Found:
    """Raises BadRequestError for a limit or a search beyond what is served."""
    if not 1 <= limit <= MAX_LISTED:
        raise BadRequestError(f"A list holds 1 to {MAX_LISTED:,} objects, not {limit:,}.")
    if len(matching) > _MAX_SEARCH_CHARACTERS:
        raise BadRequestError(f"A search has at most {_MAX_SEARCH_CHARACTERS} characters.")
    rows = session.rows(statements.objects(schema, matching.split(), limit + 1), limit + 1)
    return Found(counted(session, [_info(row) for row in rows[:limit]]), more=len(rows) > limit)


def described(session: Session, name: ObjectName) -> TableInfo:
    """In the catalogue's own spelling. Raises NotFoundError for what it does not list."""
    rows = session.rows(statements.described(name), 1)
    if not rows:
        raise NotFoundError(
            f"There is no table or view {name.name} in the schema {name.schema}, or the user may not see it.",
            remedy="Pick it from the list again.",
        )
    return _info(rows[0])


def counted(session: Session, infos: Sequence[TableInfo]) -> tuple[TableInfo, ...]:
    """All of one schema, with the catalogue's row counts; without where the user may not see them."""
    tables = [info.object.name for info in infos if info.kind == "table"]
    if not tables:
        return tuple(infos)
    try:
        counts: dict[str, int] = dict(session.rows(statements.row_counts(infos[0].object.schema, tables)))
    except ProviderError:
        counts = {}
    return tuple(replace(info, rows=counts.get(info.object.name)) if info.kind == "table" else info for info in infos)


def columns(session: Session, name: ObjectName) -> tuple[Column, ...]:
    keys = {row[0] for row in session.rows(statements.key_columns(name))}
    return tuple(_column(row, key=row[0] in keys) for row in session.rows(statements.columns(name)))


def asked(columns: Sequence[Column], names: Sequence[str], name: ObjectName) -> tuple[Column, ...]:
    """The columns a sample shall hold, each once; all readable ones where none is named."""
    if not names:
        chosen = tuple(column for column in columns if column.readable)
        if not chosen:
            raise BadRequestError(f"{name.name} has no column that can be read.", remedy="Pick another object.")
        return chosen
    known = {column.name: column for column in columns}
    for wanted in names:
        if wanted not in known:
            raise NotFoundError(f"{name.name} has no column {wanted}.", remedy="Pick the columns again.")
        if not known[wanted].readable:
            raise BadRequestError(
                f"The column {wanted} has the type {known[wanted].type}, which cannot be read.", remedy="Leave it out."
            )
    return tuple(known[wanted] for wanted in dict.fromkeys(names))


def _info(row: Row) -> TableInfo:
    schema, name, kind, comment = row
    known: ObjectKind = "view" if kind == "view" else "table"
    return TableInfo(ObjectName(_text(schema), _text(name)), known, comment=_text(comment))


def _text(value: str | bytes | None) -> str:
    return "" if value is None else text_of(value)


def _column(row: Row, *, key: bool) -> Column:
    name, _, type_name, length, scale, nullable, comment = row
    reading = READINGS.get(type_name)
    sized = reading is not None and reading.sized and length is not None and length > 0
    return Column(
        _text(name),
        type_name,
        length=length if sized else None,
        scale=scale if sized and type_name == "DECIMAL" else None,
        nullable=nullable == "TRUE",
        comment=_text(comment),
        key=key,
        text=reading is not None and reading.text,
        readable=reading is not None,
    )
