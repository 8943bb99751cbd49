"""The Settings page as a whole: its blocks in their order, drawn anew when a test has ended."""

from __future__ import annotations

import streamlit as st

from components.page_head import grey
from components.settings_block import WIDTH, block
from components.settings_endpoints import endpoints_block
from components.settings_given import given_block, hana_block
from components.settings_key import key_block
from components.settings_nearby import look_around
from components.settings_patience import patience_block, was_left
from components.state import owner, session
from components.visitor import here, visitor
from services.diagnostics import diagnostics

EVERY_S = 0.4


def settings() -> None:
    if was_left():
        look_around()
    waiting = session().mine.waiting()
    with st.container(width=WIDTH, gap="small"):
        key_block()
        endpoints_block()
        patience_block()
        hana_block()
        given_block()
        with block("Diagnostics", "safe to paste"):
            st.code(diagnostics(visitor(), owner(), here=here()), language=None, wrap_lines=True)
            grey("Versions, endpoints and counts. No key, no password, nothing you asked.")
    if waiting:
        _watch(waiting)


@st.fragment(run_every=EVERY_S)
def _watch(waiting: int) -> None:
    """Draws nothing; the page is drawn anew when something is known that was not."""
    if session().mine.waiting() != waiting:
        st.rerun()
