"""From rows to vectors: how a row becomes a text, whose encoder reads it, what that takes, and the press of Embed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import streamlit as st

from components.feedback import plain, show
from components.state import begin, owner, session, value
from components.tables_encoder import chosen, model_box, place_box, remark, waiting
from components.tables_forecast import forecast_lines
from components.tables_job import outcome, progress
from components.tables_sent import sent_popover
from services import encoding
from services.embedding.forecast import OVER_CAP
from services.embedding.prepared import Prepared
from services.embedding.progress import Snapshot
from services.encoding import Chosen
from services.errors import ServiceError
from services.resources import playground, prepared_of
from services.tables.source import Sample
from services.workspaces import Workspace

KEY = "embed"
QUICK_S = 3.0
LONG = {True: "cut", False: "refuse"}


def embed_block(workspace: Workspace) -> None:
    """Nothing is encoded before Embed is pressed."""
    sample = workspace.sample
    if sample is None:
        return
    busy = encoding.running(playground(), owner()) is not None
    with st.container(border=True, gap="small", key=f"{KEY}_block"):
        try:
            if waiting(workspace.encoder):
                return
            workspace = _fields(workspace, busy=busy)
            picked = chosen(workspace.encoder)
            ready = prepared_of(workspace, picked)
        except ServiceError as problem:
            show(problem)
        else:
            _offer(workspace, sample, ready, picked, busy=busy)
        if busy:
            progress()


def _fields(workspace: Workspace, *, busy: bool) -> Workspace:
    """Returns the workspace with the model as it is now. Raises ServiceError where its models cannot be had."""
    choice = workspace.encoder
    boxes = st.columns([2.6, 1.7, 0.9] if choice.local else [1.9, 1.5, 1.6, 0.9], vertical_alignment="bottom")
    boxes[0].text_input(
        "Text of a row",
        # A default too: set through the state alone, it is lost when the next run comes before the browser has it.
        value=workspace.template,
        key=f"{KEY}_template_{workspace.number}",
        help="{COLUMN} stands for the value of a column, in its exact spelling.",
        disabled=busy,
        on_change=_rewrite,
        args=(workspace.number,),
    )
    with boxes[1]:
        place_box(choice, disabled=busy)
    boxes[-1].selectbox(
        "Too long",
        tuple(LONG),
        format_func=LONG.__getitem__,
        key=begin(f"{KEY}_long", workspace.cut_long),
        help="Of a text that is longer than the model reads, its start is sent, or nothing.",
        disabled=busy,
        on_change=_rewrite,
        args=(workspace.number,),
    )
    if choice.local:
        return workspace
    with boxes[2]:
        choice = model_box(choice, disabled=busy)
    remark(choice)
    return playground().workspaces.update(owner(), lambda kept: kept.rechosen(choice))


def _rewrite(number: int) -> None:
    template, cut_long = value(f"{KEY}_template_{number}"), value(f"{KEY}_long") is not False
    session().embed_problem = None
    playground().workspaces.update(
        owner(), lambda kept: kept.rewritten(str(template if template is not None else ""), cut_long=cut_long)
    )


def _offer(workspace: Workspace, sample: Sample, ready: Prepared, picked: Chosen, *, busy: bool) -> None:
    job = encoding.job_of(playground(), owner())
    done = None if job is None else job.snapshot()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            "Embed",
            key=f"{KEY}_begin",
            type="secondary" if done is not None and done.embedded is not None else "primary",
            icon=":material/scatter_plot:",
            disabled=busy,
            on_click=_begin,
            args=(ready, picked),
        )
        sent_popover(sample, workspace.number, ready, picked)
        if picked.encoder.word == "real" and picked.by_token:
            _cap_field(workspace, busy=busy)
    if not busy:
        _result(workspace, ready, picked, done)


def _cap_field(workspace: Workspace, *, busy: bool) -> None:
    st.number_input(
        "Ask above, $",
        min_value=0.0,
        step=0.05,
        format="%.2f",
        key=begin(f"{KEY}_cap", None if workspace.cap_usd is None else float(workspace.cap_usd)),
        width=140,
        disabled=busy,
        on_change=_recap,
        help="A run that may cost more asks first, and ends once it has cost more. Empty: it never asks.",
    )


def _recap() -> None:
    cap = value(f"{KEY}_cap")
    cap_usd = Decimal(str(cap)) if isinstance(cap, int | float) else None
    playground().workspaces.update(owner(), lambda kept: replace(kept, cap_usd=cap_usd))


def _result(workspace: Workspace, ready: Prepared, picked: Chosen, done: Snapshot | None) -> None:
    forecast_lines(workspace, ready, picked, done)
    problem = session().embed_problem
    if problem is not None and problem.code == OVER_CAP:
        _ask_first(problem, ready, picked)
    elif problem is not None:
        show(problem)
    elif done is not None and done.problem is not None and done.problem.code == OVER_CAP:
        _ask_first(done.problem, ready, picked)
    elif done is not None:
        outcome(ready, done)


def _ask_first(problem: ServiceError, ready: Prepared, picked: Chosen) -> None:
    st.warning(plain(f"{problem.message} {problem.remedy}"), icon=":material/payments:")
    st.button("Embed all the same", key=f"{KEY}_confirm", on_click=_begin, args=(ready, picked, True))


def _begin(ready: Prepared, picked: Chosen, confirmed: bool = False) -> None:
    """What is quick is waited for, so that it shows no progress."""
    here = session()
    here.embed_problem = None
    try:
        encoding.begin(playground(), owner(), ready, picked, confirmed=confirmed).wait(QUICK_S)
    except ServiceError as problem:
        here.embed_problem = problem
