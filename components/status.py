"""The lines under the navigation: who answers by default, with which word, and what this visitor spent."""

from __future__ import annotations

import streamlit as st

from components.badges import word_badge
from components.feedback import plain
from components.hana_form import connected
from components.state import owner
from components.visitor import visitor
from services.answers import figures
from services.answers.runs import Tally
from services.endpoints import Word
from services.errors import ServiceError
from services.resources import playground


def awaited() -> None:
    """Says what the first visitor after a start waits for; nothing where there is nothing to wait for."""
    with st.spinner("Starting the local model …"):
        playground().local_problem()


def sidebar() -> None:
    """Who answers this visitor's chat, and what his answers cost so far."""
    house = playground()
    route, picked = visitor().route(), house.conversations.current(owner()).setup.endpoint
    word = _word(picked if picked is not None else route.endpoint_name)
    with st.sidebar.container(gap="xsmall"):
        if picked is None and route.error is not None:
            st.markdown(":red-badge[:material/error: Not configured]")
        elif word is not None:
            word_badge(word)
        _line(route.reason if picked in (None, route.endpoint_name) else f"{plain(picked)} · picked by you")
        _line(tables())
        _line(spent(house.runs.tally(owner())))


def _word(endpoint_name: str | None) -> Word | None:
    try:
        return None if endpoint_name is None else visitor().endpoint(endpoint_name).word
    except ServiceError:
        return None


def _line(text: str) -> None:
    st.markdown(f":small[:gray[{text}]]".replace("$", r"\$"))


def tables() -> str:
    """Where the rows of the Tables page come from."""
    desk = connected() if playground().workspaces.current(owner()).source == "hana" else None
    if desk is None:
        return "Tables: demo data"
    return "HANA: connecting …" if desk.connecting else "HANA: connected, read-only"


def spent(tally: Tally) -> str:
    """38 answers · $0.043; simulated answers are counted and never priced."""
    count = "1 answer" if tally.answers == 1 else f"{tally.answers} answers"
    if tally.answers == 0:
        return "No answers yet"
    if tally.unpriced:
        return f"{count} · at least {figures.money(tally.spent_usd)}" if tally.spent_usd else f"{count} · price unknown"
    if not tally.spent_usd:
        return f"{count} · nothing spent"
    about = "≈" + figures.NARROW if tally.estimated else ""
    return f"{count} · {about}{figures.money(tally.spent_usd)}"
