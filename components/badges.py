"""The words that say where an answer comes from, as badges. They always stand as text, never as colour alone."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from services.endpoints import Word

_NOTES: dict[Word, str] = {
    "simulated": "Text and timing are made up by the Sandbox, for practice: they cost nothing and say nothing about "
    "the model whose name they carry.",
    "local": "Real, computed on this computer: free. The bundled model has 135 M parameters and is often wrong; its "
    "speed is that of this machine.",
}


def word_badge(word: Word, note: str | None = None) -> None:
    """Draws the badge, with what it means on hover; nothing for real answers, which need no warning.

    note takes the place of what the word means for an answer.
    """
    help_ = _NOTES.get(word) if note is None else note
    if word == "simulated":
        st.badge("Simulated", icon=":material/science:", color="yellow", help=help_)
    elif word == "local":
        st.badge("Local", icon=":material/memory:", color="gray", help=help_)


def cached_badge() -> None:
    st.badge(
        "Cached",
        icon=":material/bolt:",
        color="gray",
        help="All the vectors were kept from an earlier run: nobody was asked, and nothing was paid.",
    )


def recorded_badge(recorded_at: datetime) -> None:
    st.badge(
        "Recorded",
        icon=":material/history:",
        color="gray",
        help=f"A replay of {recorded_at:%Y-%m-%d %H:%M} UTC. Nobody is asked, and nothing is billed.",
    )
