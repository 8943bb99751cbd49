"""Asking models about rows: the prompt, whom, about which rows, and what it may cost; below it the matrix."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import streamlit as st

from components import matrix_actions as do
from components.compare_actions import resolve
from components.feedback import plain, show
from components.matrix_actions import KEY
from components.matrix_checks import checks_box
from components.matrix_models import model_names, models_box
from components.matrix_room import room
from components.page_head import grey
from components.state import begin, owner, session
from services import asking_rows
from services.answers import figures
from services.errors import ServiceError
from services.matrix.forecast import Forecast, forecast
from services.matrix.plans import MAX_ROWS, Plan
from services.matrix.template import readable
from services.matrix_setups import Setup
from services.resources import playground
from services.tables.source import Sample
from services.workspaces import Workspace

MAX_PILLS = 16


def matrix(workspace: Workspace) -> None:
    """One of the views under the sample."""
    if workspace.sample is None:
        _empty()
        return
    setup = asking_rows.setup_of(playground(), owner())
    with st.container(border=True, gap="small"):
        setup = _prompt(setup, workspace.sample)
        st.markdown(model_names(setup))
        _bar(setup, workspace)
    problem = session().matrix_problem
    if problem is not None:
        show(problem)
    room()


def _empty() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown("**No rows to ask about yet**", text_alignment="center")
        st.markdown(":gray[Read a sample above; then models can be asked about each of its rows.]")


def _prompt(setup: Setup, sample: Sample) -> Setup:
    pills = f"{KEY}_insert_{setup.number}"
    text = st.text_area(
        "Prompt, sent once for each row",
        value=setup.text,
        key=f"{KEY}_prompt_{setup.revision}",
        height=68,
        help="{{COLUMN}} stands for the value of a column; columns that are not named are not sent.",
    )
    hidden = {column.name for column in sample.columns if column.hidden}
    names = [name for name in readable(sample) if name not in hidden]
    if len(names) <= MAX_PILLS:
        st.pills(
            "Insert a column",
            names,
            format_func=lambda name: f":gray[{plain(name)}]",
            key=pills,
            on_change=do.insert,
            args=(pills,),
        )
    else:
        st.selectbox("Insert a column", names, index=None, key=pills, on_change=do.insert, args=(pills,), width=280)
    return _kept(setup, replace(setup, text=text or ""))


def _bar(setup: Setup, workspace: Workspace) -> None:
    """Models, settings and checks; what it will take; and the button that asks."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        go = st.container(width="content")
        with st.popover("Models", icon=":material/view_column:"):
            models_box(setup)
        with st.popover("Settings", icon=":material/tune:"), st.container(width=420, gap="small"):
            setup = _kept(setup, _settings(setup, workspace))
        count = f" ({len(setup.checks)})" if setup.checks else ""
        with st.popover(f"Checks{count}", icon=":material/rule:"), st.container(width=420, gap="small"):
            checks_box(setup, workspace)
        try:
            plan = asking_rows.plan_for(workspace, setup, resolve)
        except ServiceError as problem:
            _ask(go, "Ask", disabled=True)
            grey(f"{plain(problem.message)} {plain(problem.remedy)}")
            return
        cost = forecast(plan)
        grey(_rows_said(plan, workspace) + plain(cost.sentence))
    confirmed = _confirmed(cost)
    _ask(go, f"Ask {len(plan.places)} cells" if len(plan.places) > 1 else "Ask 1 cell", disabled=not confirmed)
    _preview(plan)


def _ask(place: st.delta_generator.DeltaGenerator, label: str, *, disabled: bool) -> None:
    job = playground().matrices.current(owner())
    place.button(
        label,
        key=f"{KEY}_ask",
        icon=":material/play_arrow:",
        disabled=disabled or (job is not None and job.live),
        on_click=do.ask,
    )


def _settings(setup: Setup, workspace: Workspace) -> Setup:
    there = 0 if workspace.sample is None else len(workspace.sample.rows)
    left, middle, right = st.columns(3)
    most = max(1, min(MAX_ROWS, there))
    rows = left.number_input(
        "First rows",
        1,
        most,
        value=min(setup.rows, most),
        key=f"{KEY}_rows_{setup.number}",
        disabled=bool(workspace.selected),
        help=f"How many from the top are asked about, at most {MAX_ROWS}. Selected rows go before.",
    )
    tokens = middle.number_input(
        "max_tokens", 1, 8_192, value=setup.max_tokens, key=f"{KEY}_tokens", help="The most tokens an answer may have."
    )
    ceiling = right.number_input(
        "Ceiling, $",
        0.0,
        value=None if setup.ceiling_usd is None else float(setup.ceiling_usd),
        step=0.1,
        format="%.2f",
        key=f"{KEY}_ceiling",
        help="What may cost more is asked only after you confirm it. Empty: no ceiling.",
    )
    system = st.text_area("System prompt", value=setup.system, key=f"{KEY}_system", height=96)
    return replace(
        setup,
        rows=setup.rows if workspace.selected else rows,
        max_tokens=tokens,
        ceiling_usd=None if ceiling is None else Decimal(str(ceiling)),
        system=system or "",
    )


def _kept(setup: Setup, changed: Setup) -> Setup:
    if changed != setup:
        do.change(lambda _: changed)
    return changed


def _rows_said(plan: Plan, workspace: Workspace) -> str:
    count = "1 row" if len(plan.rows) == 1 else f"{len(plan.rows)} rows"
    if not workspace.selected:
        return f"The first {count}. " if len(plan.rows) > 1 else "The first row. "
    beyond = len(workspace.selected) - len(plan.rows)
    return f"{count} of {len(workspace.selected)} selected. " if beyond else f"{count}, selected. "


def _confirmed(cost: Forecast) -> bool:
    """Whether it may be asked: at once, or because the visitor said so."""
    if not cost.to_confirm:
        return True
    price = "what nobody knows" if cost.total_usd is None else f"up to {figures.money(cost.total_usd)}"
    label = f"Above the ceiling: spend {price}".replace("$", r"\$")
    return st.checkbox(label, key=begin(f"{KEY}_confirmed", False))


def _preview(plan: Plan) -> None:
    with st.expander("Preview: what is sent", icon=":material/visibility:", key=f"{KEY}_preview", type="compact"):
        line = 0
        if len(plan.rows) > 1:
            key = f"{KEY}_preview_row_{len(plan.rows)}"
            line = st.number_input("Row", 1, len(plan.rows), key=key, width=120) - 1
        grey(f"Row {plain(plan.keys[line])}: {plain(forecast(plan, _of(plan, line)).sentence)}")
        prompt = plan.prompts[line]
        st.code(prompt.text, language=None, wrap_lines=True, height="content" if len(prompt.text) < 900 else 220)
        for note in prompt.notes:
            grey(plain(note))


def _of(plan: Plan, line: int) -> list[tuple[int, int]]:
    return [(line, place) for place in range(len(plan.entrants))]
