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


def word_badge(word: Word) -> None:
    """Draws the badge, with what it means on hover; nothing for real answers, which need no warning."""
    if word == "simulated":
        st.badge("Simulated", icon=":material/science:", color="yellow", help=_NOTES[word])
    elif word == "local":
        st.badge("Local", icon=":material/memory:", color="gray", help=_NOTES[word])


def recorded_badge(recorded_at: datetime) -> None:
    st.badge(
        "Recorded",
        icon=":material/history:",
        color="gray",
        help=f"A replay of {recorded_at:%Y-%m-%d %H:%M} UTC. Nobody is asked, and nothing is billed.",
    )
