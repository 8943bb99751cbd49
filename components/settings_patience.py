"""How long this visitor waits for an answer, and how often a call that failed is sent again."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.page_head import grey
from components.settings_block import block
from components.state import begin, is_drawn, put, session, value
from components.visitor import visitor
from services.endpoints import Patience

KEY = "settings_patience"
SHORTEST_S, LONGEST_S, MOST_RETRIES = 5, 3600, 10


def was_left() -> bool:
    """Whether the page is drawn for the first time since another one."""
    return not is_drawn(f"{KEY}_timeout")


def patience_block() -> None:
    settings, patience = visitor().settings, session().mine.own.patience
    changed = patience != Patience()
    with block("Timeouts and retries", "yours, this session" if changed else "as set up"):
        left, right = st.columns(2)
        left.number_input(
            "Longest one call may take, s",
            SHORTEST_S,
            LONGEST_S,
            step=5,
            key=begin(f"{KEY}_timeout", _whole(patience.total_timeout_s)),
            placeholder=f"{settings.timeout_s:g}",
            help="Waits and retries included. Empty: as the app was set up.",
            on_change=_changed,
        )
        right.number_input(
            "Retries",
            0,
            MOST_RETRIES,
            step=1,
            key=begin(f"{KEY}_retries", None if patience.max_attempts is None else patience.max_attempts - 1),
            placeholder=f"{settings.max_retries}",
            help="How often a call that failed before its first text is sent again. Empty: as the app was set up.",
            on_change=_changed,
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            grey("For what you ask from now on. Compare sends nothing again, whatever stands here.")
            if changed:
                st.button("Reset", key=f"{KEY}_reset", icon=":material/undo:", type="tertiary", on_click=_reset)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _changed() -> None:
    mine = session().mine
    timeout, retries = value(f"{KEY}_timeout"), value(f"{KEY}_retries")
    patience = Patience(
        float(timeout) if isinstance(timeout, int | float) else None,
        int(retries) + 1 if isinstance(retries, int | float) else None,
    )
    mine.own = replace(mine.own, patience=patience)


def _reset() -> None:
    put(f"{KEY}_timeout", None)
    put(f"{KEY}_retries", None)
    _changed()
