"""The bundled recording on Home: what a comparison looks like, with nobody to ask."""

from __future__ import annotations

import streamlit as st

from components.page_head import grey
from components.recording_panels import play, playing
from services.recording import bundled

_PLACE = "home"


def recorded_demo() -> None:
    """One button, and the panels once it was pressed; nothing where the recording was left out."""
    recording = bundled()
    if recording is None or playing(_PLACE) is not None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Play a recorded comparison",
            key="home_recorded",
            icon=":material/history:",
            on_click=play,
            args=(_PLACE, recording),
        )
        grey("The bundled model at two temperatures, at the speed it had then. Nobody is asked.")
