"""Where the rows come from: the source, the table, its columns, and how many rows of it are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from components.feedback import plain, show
from components.hana_form import connect_place, connected, disconnect
from components.page_head import grey
from components.state import begin, owner, put, session, value
from components.tables_reading import reading
from components.tables_table import FIRST_DEMO, KEY, Picked, columns_box, how_many, table_box, which_rows
from services.errors import ServiceError, StoppedError
from services.resources import demo_desk, playground
from services.tables.desk import Desk
from services.tables.reads import Reading
from services.tables.source import MAX_ROWS, SampleRequest, TableInfo
from services.workspaces import SourceKind, Workspace

NAMES: dict[SourceKind, str] = {"demo": "Demo tables", "hana": "SAP HANA"}
FIRST_ROWS = 1_500


def source_switch() -> None:
    st.segmented_control(
        "Source",
        tuple(NAMES),
        key=begin(f"{KEY}_source", _workspace().source),
        required=True,
        format_func=lambda name: f":gray[{NAMES[name]}]",
        label_visibility="collapsed",
        on_change=_switch,
    )


def source_block() -> None:
    """Draws the choice of a table; Read keeps its sample in the workspace."""
    with st.container(border=True, gap="small", key=f"{KEY}_block"):
        desk = _desk()
        if desk is None:
            connect_place()
            return
        try:
            schemas = desk.schemas()
        except ServiceError as problem:
            _refused(desk, problem)
            return
        if schemas is None:
            reading(desk, KEY)
        else:
            _choice(desk, schemas)


def empty_place() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**No table sample yet**", text_alignment="center")
        st.markdown(
            f":gray[Pick a table above. Reading is capped at {MAX_ROWS:,} rows; nothing is written.]",
            text_alignment="center",
        )
        st.button("Use demo table", key=f"{KEY}_demo", on_click=_read_demo)


def _workspace() -> Workspace:
    return playground().workspaces.current(owner())


def _desk() -> Desk | None:
    return connected() if _workspace().source == "hana" else demo_desk()


def _switch() -> None:
    source: SourceKind = "hana" if value(f"{KEY}_source") == "hana" else "demo"
    session().table_problem = None
    playground().workspaces.update(owner(), lambda kept: replace(kept, source=source))


def _refused(desk: Desk, problem: ServiceError) -> None:
    """Nothing can be chosen: a connection that did not come about, or demo tables that cannot be made."""
    if desk.source.live:
        disconnect(problem)
        connect_place()
    else:
        show(problem)
        st.button("Try again", key=f"{KEY}_again", on_click=desk.forget)


def _choice(desk: Desk, schemas: tuple[str, ...]) -> None:
    try:
        picked = table_box(desk, schemas, _wanted(), _workspace().request)
        live = desk.reads.live
        boxes = st.columns([1.6, 1, 1.3, 1.1], vertical_alignment="bottom") if desk.source.live else picked.beside
        with boxes[0]:
            columns_box(desk, picked.info)
    except ServiceError as problem:
        show(problem)
        st.button("Try again", key=f"{KEY}_again", on_click=desk.forget, kwargs={"refused_only": True})
        _foot(desk, None)
        return
    with boxes[1]:
        how_many(_workspace().request)
    with boxes[2]:
        which_rows(_workspace().request)
    boxes[3].button(
        "Read sample",
        key=f"{KEY}_read",
        type="primary" if _workspace().sample is None else "secondary",
        icon=":material/table_view:",
        disabled=picked.info is None or live,
        on_click=_read,
        args=(desk, picked),
        width="stretch",
    )
    _foot(desk, picked.info)


def _wanted() -> tuple[str, ...]:
    """The schema that was asked for, and the user's own."""
    hana = session().hana
    names = () if hana is None else (hana.schema, None if hana.user is None else hana.user.upper())
    return tuple(name for name in names if name is not None)


def _foot(desk: Desk, info: TableInfo | None) -> None:
    """What is known of the table and what may be done, or how long the reading under way takes."""
    if desk.reads.live:
        reading(desk, KEY)
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", horizontal_alignment="distribute"):
        line, more = _about(desk)
        grey(line, help=more)
        with st.container(horizontal=True, gap="small", width="content"):
            if info is not None and info.rows is None and info.object not in desk.counts:
                _small_button("Count rows", "count", lambda: desk.count(info.object))
            if desk.source.live:
                _small_button("List anew", "anew", desk.forget)
                _small_button("Disconnect", "disconnect", disconnect)
    _problem(desk.reads.current())


def _small_button(label: str, name: str, press: Callable[[], object]) -> None:
    st.button(label, key=f"{KEY}_{name}", type="tertiary", on_click=_guarded, args=(press,))


def _guarded(press: Callable[[], object]) -> None:
    """What a press may be refused with stands on the page, not in the log."""
    here = session()
    here.table_problem = None
    try:
        press()
    except ServiceError as problem:
        here.table_problem = problem


def _problem(last: Reading[object] | None) -> None:
    problem = session().table_problem
    if problem is None and last is not None:
        problem = last.problem
    if isinstance(problem, StoppedError):
        grey(plain(f"{problem.message} {problem.remedy}"))
    elif problem is not None:
        show(problem)


def _about(desk: Desk) -> tuple[str, str]:
    """One line, and what more there is to say of it."""
    if desk.source.live:
        line = f"Read-only. At most {MAX_ROWS:,} rows a sample, because the driver's licence forbids mass extraction."
        return line, plain(desk.source.name)
    return (
        "Read-only. All of it is invented: nothing here is live, and no company in it exists.",
        playground().demo.about,
    )


def _read(desk: Desk, picked: Picked) -> None:
    _guarded(lambda: _begin(desk, picked.request()))


def _read_demo() -> None:
    """Of the demo table that all examples speak of, whatever is chosen above."""
    request = SampleRequest(FIRST_DEMO, rows=FIRST_ROWS)
    put(f"{KEY}_source", "demo")
    put(f"{KEY}_rows", request.rows)
    put(f"{KEY}_method", request.method)
    _switch()
    _guarded(lambda: _begin(demo_desk(), request))


def _begin(desk: Desk, request: SampleRequest) -> None:
    """What comes is kept by whoever reads, not by the page: it may be left meanwhile."""
    mine, workspaces = owner(), playground().workspaces
    session().embed_problem = None
    desk.sample(request, lambda sample: workspaces.take(mine, request, sample))
