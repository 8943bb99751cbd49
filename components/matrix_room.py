"""The matrix under its setup: how far it is while it is asked, then what came of it; the cells below in both."""

from __future__ import annotations

import time

import streamlit as st

from components import matrix_actions as do
from components.feedback import plain
from components.matrix_actions import KEY
from components.matrix_grid import Grid
from components.matrix_result import Table, exports, words, words_to_come
from components.page_head import grey
from components.state import owner
from services.answers import figures
from services.matrix.cells import UNDER_WAY, Snapshot
from services.matrix.job import Matrix
from services.matrix.tallies import left_s
from services.resources import playground

WINDOW_S, EVERY_S, TICK_S = 0.8, 0.9, 0.2


def room() -> None:
    """Nothing before a matrix was asked. One fragment for all of it while it is under way, and one full rerun after."""
    job = playground().matrices.current(owner())
    if job is None:
        return
    snapshot = job.snapshot()
    st.header("Answers", anchor=False)
    grey(_asked(snapshot))
    if _busy(snapshot):
        st.fragment(_live, run_every=EVERY_S)()
    else:
        _ended(snapshot)


def _busy(snapshot: Snapshot) -> bool:
    return snapshot.live or snapshot.checking


def _live() -> None:
    """Hands the script thread back within its own period, so that clicks elsewhere do not wait."""
    job = playground().matrices.current(owner())
    if job is None:
        st.rerun()
    end_s = time.monotonic() + WINDOW_S
    drawn = _Under(job, job.snapshot())
    while _busy(snapshot := job.snapshot()) and time.monotonic() + TICK_S < end_s:
        time.sleep(TICK_S)
        drawn.draw(snapshot)
    if not _busy(snapshot):
        st.rerun()


class _Under:
    """A matrix under way: draw() sends what has changed."""

    def __init__(self, job: Matrix, snapshot: Snapshot) -> None:
        self._how_far = _how_far(snapshot)
        self._bar = st.progress(_share(snapshot), text=_in_text(self._how_far))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button("Stop", key=f"{KEY}_stop", icon=":material/stop:", disabled=not snapshot.live, on_click=do.stop)
            grey("Goes on when you leave the page. What is done stays.")
        self._table = Table(snapshot)
        words_to_come()
        self._grid = Grid(snapshot, live=True)

    def draw(self, snapshot: Snapshot) -> None:
        said = _how_far(snapshot)
        if said != self._how_far:
            self._bar.progress(_share(snapshot), text=_in_text(said))
            self._how_far = said
        self._table.draw(snapshot)
        self._grid.draw(snapshot)


def _ended(snapshot: Snapshot) -> None:
    st.markdown(_ending(snapshot))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        left = snapshot.unanswered
        if left:
            st.button(
                f"Ask {len(left)} again" if snapshot.ended else f"Ask {len(left)}",
                key=f"{KEY}_again_all",
                icon=":material/refresh:",
                on_click=do.again,
                args=(left,),
                help="The cells without an answer; the others stay as they are.",
            )
        exports(snapshot)
    for place, problem in snapshot.problems:
        grey(f"{plain(snapshot.plan.entrants[place].model)} was given up: {plain(problem.message)}")
    Table(snapshot)
    words(snapshot)
    Grid(snapshot, live=False)


def _asked(snapshot: Snapshot) -> str:
    plan = snapshot.plan
    rows = "1 row" if len(plan.rows) == 1 else f"{len(plan.rows)} rows"
    prompt = " ".join(plan.text.split())
    short = prompt if len(prompt) <= 120 else f"{prompt[:119]}…"
    return f"{rows} of {plain(plan.sample.info.object.name)}: “{plain(short)}”"


def _share(snapshot: Snapshot) -> float:
    return _gone(snapshot) / len(snapshot.cells)


def _gone(snapshot: Snapshot) -> int:
    return sum(cell.state not in UNDER_WAY for cell in snapshot.cells)


def _how_far(snapshot: Snapshot) -> str:
    parts = [f"{_gone(snapshot)} of {len(snapshot.cells)} cells"]
    rest = left_s(snapshot)
    if not snapshot.live:
        parts.append("judging the answers")
    elif rest is not None:
        parts.append(f"about {_about(rest)} left")
    failed = sum(cell.state == "failed" for cell in snapshot.cells)
    if failed:
        parts.append(f"{failed} failed")
    if not all(entrant.simulated for entrant in snapshot.plan.entrants):
        parts.append(f"{figures.money(snapshot.spent_usd)} spent" if snapshot.spent_usd else "free")
    return " · ".join(parts)


def _in_text(said: str) -> str:
    return said.replace("$", r"\$")


def _about(rest_s: float) -> str:
    """Whole seconds: an estimate has no decimals."""
    whole = max(1, round(rest_s))
    return f"{whole}{figures.NARROW}s" if whole < 100 else figures.seconds(whole)


def _ending(snapshot: Snapshot) -> str:
    answered = sum(cell.answered for cell in snapshot.cells)
    cells = f"{answered} of {len(snapshot.cells)} cells answered"
    real = [entrant for entrant in snapshot.plan.entrants if not entrant.free]
    spent = f" · {figures.money(snapshot.spent_usd)} spent".replace("$", r"\$") if real else ""
    return {
        "done": f"**{cells}**",
        "stopped": f"**Stopped: {cells}**",
        "ceiling": f"**{cells}:** the next call could have passed the ceiling",
        "failing": f"**{cells}:** a model failed again and again and was given up",
    }.get(snapshot.stage, f"**{cells}**") + spent
