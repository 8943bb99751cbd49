"""Where the rows come from: the source, the table, its columns, and how many rows of it are read."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain, show
from components.hana_form import connect_place, connected, disconnect
from components.page_head import grey
from components.state import begin, owner, session, value
from services.errors import ServiceError
from services.resources import demo_desk, playground
from services.tables.desk import Desk
from services.tables.source import MAX_ROWS, Column, Method, ObjectName, SampleRequest, TableInfo

KEY = "tables"
DEMO, HANA = "Demo tables", "SAP HANA"
QUICK_S, EVERY_S = 0.5, 1.0
FIRST_DEMO = ObjectName("ZDEMO", "ZDEMO_NOTIFICATION")


def source_switch() -> None:
    st.segmented_control(
        "Source",
        (DEMO, HANA),
        key=begin(f"{KEY}_source", DEMO),
        required=True,
        format_func=lambda name: f":gray[{name}]",
        label_visibility="collapsed",
    )


def source_block() -> None:
    """Draws the choice of a table; Read keeps its sample in the workspace."""
    with st.container(border=True, gap="small"):
        desk = demo_desk() if value(f"{KEY}_source") != HANA else connected()
        if desk is None:
            connect_place()
            return
        reading = desk.reads.current()
        if reading is not None and reading.live:
            _progress()
        elif desk.schemas is None:
            if reading is not None and reading.problem is not None:
                session().hana_problem = reading.problem
            connect_place()
        else:
            _choice(desk, desk.schemas)
            if reading is not None and reading.problem is not None:
                show(reading.problem)
        problem = session().table_problem
        if problem is not None:
            show(problem)


def empty_place() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**No table sample yet**", text_alignment="center")
        st.markdown(
            f":gray[Pick a table above. Reading is capped at {MAX_ROWS:,} rows; nothing is written.]",
            text_alignment="center",
        )
        st.button("Use demo table", key=f"{KEY}_demo", on_click=_read_demo)


def _choice(desk: Desk, schemas: tuple[str, ...]) -> None:
    try:
        found = _objects(desk, schemas)
        if found is None:
            return
        columns = desk.source.columns(found.object)
    except ServiceError as problem:
        show(problem)
        return
    _columns_box(columns)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input("Rows", 1, MAX_ROWS, key=begin(f"{KEY}_rows", 500), width=120)
        st.segmented_control(
            "Which rows",
            ("random", "first"),
            format_func=lambda method: f":gray[{method}]",
            key=begin(f"{KEY}_method", "random"),
            required=True,
        )
        st.button(
            "Read sample",
            key=f"{KEY}_read",
            type="primary",
            icon=":material/table_view:",
            on_click=_read,
            args=(desk, found.object),
        )
        if found.rows is None:
            st.button("Count rows", key=f"{KEY}_count", on_click=desk.count, args=(found.object,))
        if desk.source.live:
            st.button("Disconnect", key=f"{KEY}_disconnect", type="tertiary", on_click=disconnect)
    grey(_about(desk, found))


def _objects(desk: Desk, schemas: tuple[str, ...]) -> TableInfo | None:
    """The table that is chosen; None where none matches."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        schema = schemas[0] if schemas else ""
        matching = ""
        if desk.source.live:
            schema = st.selectbox("Schema", schemas, key=f"{KEY}_schema", width=200) or ""
            matching = st.text_input("Find", key=f"{KEY}_find", width=200, placeholder="name or comment")
        found = desk.source.objects(schema, matching)
        if not found.objects:
            grey("No table or view matches.")
            return None
        by_name = {info.object: info for info in found.objects}
        name = st.selectbox(
            "Table or view",
            list(by_name),
            format_func=lambda name: _label(by_name[name], desk),
            key=f"{KEY}_table_{desk.source.live}",
            index=list(by_name).index(FIRST_DEMO) if FIRST_DEMO in by_name else 0,
            width=380,
        )
    if found.more:
        grey(f"The first {len(found.objects)} are listed; type in Find for the others.")
    return by_name.get(name) if name is not None else None


def _label(info: TableInfo, desk: Desk) -> str:
    rows = info.rows if info.rows is not None else desk.counts.get(info.object)
    kind = "" if info.kind == "table" else " · view"
    return f"{info.object.name}{kind}" if rows is None else f"{info.object.name}{kind} · {rows:,} rows"


def _columns_box(columns: tuple[Column, ...]) -> None:
    offered = {column.name: column for column in columns if column.readable}
    st.multiselect(
        "Columns",
        list(offered),
        format_func=lambda name: _column_label(offered[name]),
        key=f"{KEY}_columns",
        placeholder="All columns",
    )


def _column_label(column: Column) -> str:
    return f"{column.name} · {column.comment}" if column.comment else f"{column.name} · {column.type}"


def _about(desk: Desk, info: TableInfo) -> str:
    parts = [plain(info.comment)] if info.comment else []
    if desk.source.live:
        parts.append(
            f"{plain(desk.source.name)}, read-only. At most {MAX_ROWS:,} rows a sample: the driver's licence forbids "
            "extracting data in bulk."
        )
    else:
        parts.append(playground().demo.about)
    return ". ".join(part.rstrip(".") for part in parts) + "."


def _read(desk: Desk, name: ObjectName) -> None:
    rows, columns, method = value(f"{KEY}_rows"), value(f"{KEY}_columns"), value(f"{KEY}_method")
    chosen = tuple(str(column) for column in columns) if isinstance(columns, list) else ()
    how: Method = "first" if method == "first" else "random"
    _begin(desk, SampleRequest(name, chosen, rows if isinstance(rows, int) else 500, how))


def _read_demo() -> None:
    _begin(demo_desk(), SampleRequest(FIRST_DEMO, rows=1_500))


def _begin(desk: Desk, request: SampleRequest) -> None:
    """What comes is kept by whoever reads, not by the page: it may be left meanwhile."""
    mine, kept, here = owner(), playground().workspaces, session()
    here.table_problem = None
    try:
        desk.sample(request, lambda sample: kept.update(mine, lambda workspace: workspace.of(sample)))
        desk.reads.wait(QUICK_S)
    except ServiceError as problem:
        here.table_problem = problem


@st.fragment(run_every=EVERY_S)
def _progress() -> None:
    """Of what takes longer than a moment; one full rerun when it has ended."""
    desk = demo_desk() if value(f"{KEY}_source") != HANA else connected()
    reading = None if desk is None else desk.reads.current()
    if desk is None or reading is None or not reading.live:
        st.rerun()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Cancel", key=f"{KEY}_cancel", icon=":material/stop:", on_click=desk.reads.cancel)
        grey(f"{plain(reading.what)} … {reading.elapsed_s:.0f} s")
