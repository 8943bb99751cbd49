"""What can be done with embedded rows: one view at a time."""

from __future__ import annotations

import streamlit as st

from components.state import begin, owner
from components.tables_explore import explore
from services.exploring import ground_of
from services.resources import playground

KEY = "tables_view"
SEARCH = "Search and map"
VIEWS = (SEARCH,)


def views() -> None:
    """Nothing before the rows have vectors."""
    if ground_of(playground(), owner()) is None:
        return
    st.segmented_control(
        "View",
        VIEWS,
        key=begin(KEY, SEARCH),
        required=True,
        format_func=lambda name: f":gray[{name}]",
        label_visibility="collapsed",
    )
    explore()
