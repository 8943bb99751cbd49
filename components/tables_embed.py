"""From rows to vectors: how a row becomes a text, whose encoder reads it, what that takes, and the job that does it."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, session
from services import encoding
from services.answers import figures
from services.embedding.job import Job
from services.embedding.prepared import Prepared
from services.embedding.progress import Snapshot
from services.encoding import Chosen
from services.errors import ServiceError
from services.resources import playground
from services.workspaces import Workspace

KEY = "embed"
QUICK_S, EVERY_S = 3.0, 0.5


def embed_block(workspace: Workspace) -> None:
    """Nothing is encoded before Embed is pressed."""
    house = playground()
    with st.container(border=True, gap="small"):
        template = st.text_input(
            "Text of a row",
            key=begin(f"{KEY}_template_{id(workspace.sample)}", workspace.template),
            help="{COLUMN} stands for the value of a column.",
        )
        workspace = house.workspaces.update(
            owner(), lambda kept: encoding.rewritten(kept, template or "", cut_long=kept.cut_long)
        )
        try:
            chosen = encoding.local(house)
            ready = encoding.prepared(workspace, chosen)
        except ServiceError as problem:
            show(problem)
            return
        job = encoding.job_of(house, owner())
        if job is not None and job.live:
            _progress()
        else:
            _offer(ready, chosen, job)
        stood_in_the_way = session().table_problem
        if stood_in_the_way is not None:
            show(stood_in_the_way)


def _offer(ready: Prepared, chosen: Chosen, job: Job | None) -> None:
    done = None if job is None else job.snapshot()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Embed",
            key=f"{KEY}_begin",
            type="primary" if done is None else "secondary",
            icon=":material/scatter_plot:",
            on_click=_begin,
            args=(ready, chosen),
        )
        grey(plain(f"{figures.tokens(ready.total_tokens)} tokens, free with {chosen.encoder.name}."))
    if done is not None and done.problem is not None:
        show(done.problem)


def _begin(ready: Prepared, chosen: Chosen) -> None:
    here = session()
    here.table_problem = None
    try:
        job = encoding.begin(playground(), owner(), ready, chosen)
        job.wait(QUICK_S)
    except ServiceError as problem:
        here.table_problem = problem
    except TimeoutError:
        pass


@st.fragment(run_every=EVERY_S)
def _progress() -> None:
    job = encoding.job_of(playground(), owner())
    if job is None or not job.live:
        st.rerun()
    snapshot = job.snapshot()
    st.progress(snapshot.texts_done / max(1, snapshot.texts), text=_how_far(snapshot))
    st.button("Stop", key=f"{KEY}_stop", icon=":material/stop:", on_click=job.stop)


def _how_far(snapshot: Snapshot) -> str:
    return f"{snapshot.rows_done:,} of {snapshot.rows:,} rows"
