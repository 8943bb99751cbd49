"""Check now: one token asked of a model, its bound said before, Stop while it is under way, and what came of it."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain, show
from components.models_list import KEY
from components.page_head import grey
from components.state import owner, session
from components.visitor import visitor
from services.answers import figures
from services.checking import Check, check_usd, checkable
from services.errors import ServiceError
from services.models.browsing import Address, Entry
from services.models.model import Model
from services.resources import playground

EVERY_S = 0.5


def check_block(entry: Entry) -> None:
    kept = playground().checks.of(owner()).get(entry.address)
    check = kept if entry.verdict is not None else None
    if check is not None and entry.verdict == "asking":
        _under_way(entry.address)
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Check now",
            key=f"{KEY}_check",
            icon=":material/network_check:",
            disabled=not (entry.askable and checkable(entry.model)),
            on_click=_start,
            args=(entry.model,),
        )
        grey(_forecast(entry))
    if check is not None:
        grey(plain(_outcome(entry, check)))
    problem = session().models_problem
    if problem is not None:
        show(problem)


@st.fragment(run_every=EVERY_S)
def _under_way(address: Address) -> None:
    """One full rerun when the answer, or the refusal, is there."""
    check = playground().checks.of(owner()).get(address)
    if check is None or check.verdict != "asking":
        st.rerun()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Stop", key=f"{KEY}_check_stop", icon=":material/stop:", on_click=_stop, args=(address,))
        grey(f"Waiting for one token … {figures.live_seconds(check.run.elapsed_s())}")


def _forecast(entry: Entry) -> str:
    if not entry.askable:
        return "It cannot be asked without a key."
    if not checkable(entry.model):
        return "One token of text cannot check a model of this type."
    if entry.word == "simulated":
        return "Asks for one token: simulated, nothing is paid."
    most = check_usd(entry.model)
    cost = "price unknown" if most is None else "free" if most == 0 else f"at most {figures.money(most)}"
    return f"Asks for one token: {cost}.".replace("$", r"\$")


def _outcome(entry: Entry, check: Check) -> str:
    at = f"{check.run.started_at:%H:%M} UTC"
    result = check.run.result
    if check.verdict == "answered" and result is not None:
        wait = "without any text" if result.timing.wait_s is None else f"after {figures.seconds(result.timing.wait_s)}"
        return f"Answered at {at}, {wait}{', simulated' if entry.word == 'simulated' else ''}."
    if result is None or result.error is None:
        return f"Stopped at {at}: whether it answers is not known."
    if check.verdict == "refused":
        listed = " It is listed, and cannot be called." if entry.model.availability in ("listed", "available") else ""
        return f"Refused at {at}: {result.error.message}{listed}"
    return f"Not known, asked at {at}: {result.error.message} {result.error.remedy}"


def _start(model: Model) -> None:
    session().models_problem = None
    try:
        playground().checks.start(owner(), visitor().endpoint(model.endpoint), model)
    except ServiceError as problem:
        session().models_problem = problem


def _stop(address: Address) -> None:
    playground().checks.stop(owner(), address)
