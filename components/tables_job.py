"""The job that embeds: how far it is, what it cost, how it ended, and what the head of the page says of its vectors."""

from __future__ import annotations

from contextlib import AbstractContextManager

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey, page_head
from components.state import owner
from services import encoding
from services.answers import figures
from services.embedding.job import Job
from services.embedding.prepared import Prepared
from services.embedding.progress import Snapshot
from services.resources import playground

KEY = "job"
EVERY_S = 0.5
LEAD = "Read a small sample, turn its rows into vectors, search them by meaning. Nothing is written."
_LOCAL = "The vectors are real: computed on this computer by a small encoder made for English, and free."


def head() -> AbstractContextManager[None]:
    """With the word of the vectors that stand below."""
    job = encoding.job_of(playground(), owner())
    done = None if job is None else job.snapshot()
    if done is None or done.embedded is None:
        return page_head("Tables", LEAD)
    note = _LOCAL if done.word == "local" else None
    return page_head("Tables", LEAD, word=done.word, note=note, cached=done.from_store == done.texts)


@st.fragment(run_every=EVERY_S)
def progress() -> None:
    """Draws how far it is; one full rerun when it has ended."""
    job = encoding.running(playground(), owner())
    snapshot = None if job is None else job.snapshot()
    if job is None or snapshot is None or not snapshot.live:
        st.rerun()
    st.progress(snapshot.rows_done / max(1, snapshot.rows), text=plain(_how_far(snapshot)))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _pause_button(job, snapshot)
        st.button(
            "Stop",
            key=f"{KEY}_stop",
            icon=":material/stop:",
            disabled=snapshot.state == "stopping",
            on_click=job.stop,
        )
        grey(_meanwhile(job))


def outcome(ready: Prepared, snapshot: Snapshot) -> None:
    """What came of it; the reason, where nothing did."""
    if snapshot.embedded is not None:
        grey(plain(_done(ready, snapshot)))
    elif snapshot.problem is not None:
        show(snapshot.problem)
    if snapshot.embedded is None:
        grey(plain(f"{_so_far(snapshot)}. What came is kept: Embed goes on from there."))
    if snapshot.unanswered_tokens:
        sent = figures.tokens(snapshot.unanswered_tokens)
        grey(f"{sent} tokens were sent and not answered: the provider may bill them.")
    if snapshot.store_problem is not None:
        grey(plain(f"{snapshot.store_problem.message} {snapshot.store_problem.remedy}"))


def _pause_button(job: Job, snapshot: Snapshot) -> None:
    paused = snapshot.state == "paused"
    st.button(
        "Resume" if paused else "Pause",
        key=f"{KEY}_pause",
        icon=":material/play_arrow:" if paused else ":material/pause:",
        disabled=snapshot.state == "stopping",
        on_click=job.resume if paused else job.pause,
    )


def _meanwhile(job: Job) -> str:
    if encoding.job_of(playground(), owner()) is not job:
        return "These are the texts of before: the sample or its texts were changed meanwhile."
    return "Goes on when you leave the page."


def _how_far(snapshot: Snapshot) -> str:
    parts = [_so_far(snapshot)]
    if snapshot.rows_per_s is not None:
        parts.append(f"{figures.per_second(snapshot.rows_per_s)} rows/s")
    parts += [f"{figures.tokens(snapshot.tokens)} tokens", *_cost(snapshot)]
    if snapshot.state != "running":
        parts.append(snapshot.state)
    elif snapshot.left_s is not None:
        parts.append(f"about {_whole(snapshot.left_s)} left")
    return " · ".join(parts)


def _so_far(snapshot: Snapshot) -> str:
    return f"{snapshot.rows_done:,} of {snapshot.rows:,} rows"


def _cost(snapshot: Snapshot) -> list[str]:
    """Nothing where nothing real was charged so far: that a token has no price is not that it is free."""
    if snapshot.word == "simulated":
        return ["simulated, nothing is paid"]
    if snapshot.cost_usd is None:
        return ["price unknown"]
    if snapshot.word == "real" and not snapshot.cost_usd:
        return []
    about = f"≈{figures.NARROW}" if snapshot.estimated and snapshot.cost_usd else ""
    return [f"{about}{figures.money(snapshot.cost_usd)}"]


def _done(ready: Prepared, snapshot: Snapshot) -> str:
    sent = snapshot.texts - snapshot.from_store
    parts = [f"{snapshot.rows:,} rows by {snapshot.encoder} in {figures.seconds(snapshot.elapsed_s)}"]
    if sent:
        parts += [f"{sent:,} texts, {figures.tokens(snapshot.tokens)} tokens", *_cost(snapshot)]
    if snapshot.from_store:
        parts.append(f"{snapshot.from_store:,} texts kept from before")
    for count, what in (
        (ready.duplicate_rows, "with the text of another row"),
        (ready.empty_rows, "without a text"),
        (ready.cut_rows, "cut"),
        (ready.refused_rows, "refused"),
    ):
        if count:
            parts.append(f"{count:,} {'row' if count == 1 else 'rows'} {what}")
    return " · ".join(parts)


def _whole(seconds: float) -> str:
    """An estimate has no decimals."""
    whole = max(1, round(seconds))
    return f"{whole}{figures.NARROW}s" if whole < 100 else figures.seconds(whole)
