"""Which table or view, which of its columns, how many rows and which: the fields of the source block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.page_head import grey
from components.state import begin, put, value
from services.errors import BadRequestError
from services.tables.desk import Desk
from services.tables.source import MAX_ROWS, Column, Method, ObjectName, SampleRequest, TableInfo

KEY = "tables"
ROWS = (100, 500, 1_500, MAX_ROWS)
DEFAULT_ROWS = 500
FIRST_DEMO = ObjectName("ZDEMO", "ZDEMO_NOTIFICATION")
METHODS: tuple[Method, ...] = ("random", "first")


@dataclass(frozen=True)
class Picked:
    """info None: no table yet. beside are the columns of the page that stand in the table's own row."""

    info: TableInfo | None
    beside: Sequence[Any]

    def request(self) -> SampleRequest:
        """As the fields stand. Raises BadRequestError for a number of rows that is none."""
        if self.info is None:
            raise BadRequestError("No table is chosen.", remedy="Pick one first.")
        columns = value(_columns_key(self.info.object))
        method: Method = "first" if value(f"{KEY}_method") == "first" else "random"
        chosen = tuple(map(str, columns)) if isinstance(columns, list) else ()
        return SampleRequest(self.info.object, chosen, rows_of(value(f"{KEY}_rows")), method)


def table_box(desk: Desk, schemas: tuple[str, ...], wanted: Sequence[str], last: SampleRequest | None) -> Picked:
    """wanted are the schemas to begin with. Raises ServiceError where the tables cannot be listed."""
    if not desk.source.live:
        boxes = st.columns([2.2, 1.5, 0.9, 1.3, 1.2], vertical_alignment="bottom")
        with boxes[0]:
            return Picked(_found(desk, schemas[0], "", last), boxes[1:])
    boxes = st.columns([1, 1, 2], vertical_alignment="bottom")
    schema = boxes[0].selectbox("Schema", schemas, key=begin(f"{KEY}_schema", _first(schemas, wanted, last)))
    matching = boxes[1].text_input(
        "Find a table",
        key=begin(f"{KEY}_find", ""),
        placeholder="name or comment",
        max_chars=100,
        icon=":material/search:",
        live=True,
        persist_state="session",
    )
    with boxes[2]:
        return Picked(_found(desk, schema or "", (matching or "").strip(), last), ())


def columns_box(desk: Desk, info: TableInfo | None) -> None:
    """Raises ServiceError where the columns cannot be read. Behind a button, so that many chosen ones move nothing."""
    columns = None if info is None else desk.columns(info.object)
    if info is None or columns is None:
        st.button("Columns", key=f"{KEY}_no_columns", disabled=True, width="stretch")
        return
    key = _columns_key(info.object)
    chosen = value(key)
    count = len(chosen) if isinstance(chosen, list) and chosen else 0
    offered = {column.name: column for column in columns if column.readable}
    label = f"Columns · {count} of {len(columns)}" if count else f"Columns · all {len(columns)}"
    with st.popover(label, width="stretch"), st.container(width=520):
        st.multiselect(
            "Columns",
            list(offered),
            format_func=lambda name: _described(offered[name]),
            key=key,
            placeholder="All that can be read",
            persist_state="session",
        )
        if len(offered) < len(columns):
            grey(f"{len(columns) - len(offered)} of them cannot be read here, for their type.")


def how_many(last: SampleRequest | None) -> None:
    st.selectbox(
        "Rows",
        ROWS,
        format_func=lambda rows: f"{rows:,}" if isinstance(rows, int) else rows,
        key=begin(f"{KEY}_rows", DEFAULT_ROWS if last is None or last.rows not in ROWS else last.rows),
        accept_new_options=True,
        help=f"Or type a number, 1 to {MAX_ROWS:,}.",
        persist_state="session",
    )


def which_rows(last: SampleRequest | None) -> None:
    st.segmented_control(
        "Which rows",
        METHODS,
        format_func=lambda method: f":gray[{method}]",
        key=begin(f"{KEY}_method", METHODS[0] if last is None else last.method),
        required=True,
        persist_state="session",
        width="stretch",
    )


def _found(desk: Desk, schema: str, matching: str, last: SampleRequest | None) -> TableInfo | None:
    found = desk.objects(schema, matching)
    objects = () if found is None else found.objects
    by_name = {info.object: info for info in objects}
    more = found is not None and found.more
    key = f"{KEY}_table_{'hana' if desk.source.live else 'demo'}_{schema}"
    if value(key) not in by_name:
        put(key, _first_table(list(by_name), last))
    name = st.selectbox(
        "Table or view",
        list(by_name),
        format_func=lambda name: _label(by_name[name], desk) if name in by_name else name.name,
        index=None,
        key=key,
        placeholder="Pick one" if by_name else "None matches" if found is not None else "…",
        help=f"The first {len(objects)} are listed; find the others by name or comment." if more else None,
        persist_state="session",
    )
    return by_name.get(name) if name is not None else None


def _first(schemas: tuple[str, ...], wanted: Sequence[str], last: SampleRequest | None) -> str | None:
    """The schema read last, one of those wanted, or the first."""
    before = [last.object.schema] if last is not None else []
    return next((schema for schema in (*before, *wanted) if schema in schemas), next(iter(schemas), None))


def _first_table(names: list[ObjectName], last: SampleRequest | None) -> ObjectName | None:
    """The one read last, the demo table that all examples speak of, or the only one."""
    wanted = (*([] if last is None else [last.object]), FIRST_DEMO)
    found = next((name for name in wanted if name in names), None)
    return names[0] if found is None and len(names) == 1 else found


def _label(info: TableInfo, desk: Desk) -> str:
    rows = info.rows if info.rows is not None else desk.counts.get(info.object)
    count = "" if rows is None else "1 row" if rows == 1 else f"{rows:,} rows"
    parts = [info.object.name, "view" if info.kind == "view" else "", count, info.comment]
    return " · ".join(part for part in parts if part)


def _described(column: Column) -> str:
    kind = column.type if column.length is None else f"{column.type}({column.length})"
    return " · ".join([column.name, kind, *([column.comment] if column.comment else [])])


def _columns_key(name: ObjectName) -> str:
    return f"{KEY}_columns_{name.schema}.{name.name}"


def rows_of(given: object) -> int:
    """Picked or typed, as people write numbers. Raises BadRequestError."""
    digits = re.sub(r"[\s,.\u202f]", "", str(given))
    if not re.fullmatch("[0-9]{1,9}", digits) or not 1 <= int(digits) <= MAX_ROWS:
        raise BadRequestError(
            f"{str(given)[:20]!r} is not a number of rows.", remedy=f"Take a whole number from 1 to {MAX_ROWS:,}."
        )
    return int(digits)
