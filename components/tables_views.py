"""What can be done with embedded rows: one view at a time."""

from __future__ import annotations

import streamlit as st

from components.state import begin, owner
from components.tables_encoders import encoders
from components.tables_explore import explore
from components.tables_export import take_away
from services.exploring import ground_of
from services.resources import playground

KEY = "tables_view"
SEARCH, ENCODERS, TAKE = "Search and map", "Compare encoders", "Take away"
VIEWS = (SEARCH, ENCODERS, TAKE)


def views() -> None:
    """Nothing before the rows have vectors."""
    ground = ground_of(playground(), owner())
    if ground is None:
        return
    view = st.segmented_control(
        "View",
        VIEWS,
        key=begin(KEY, SEARCH),
        required=True,
        format_func=lambda name: f":gray[{name}]",
        label_visibility="collapsed",
    )
    if view == ENCODERS:
        encoders(ground)
    elif view == TAKE:
        take_away(ground)
    else:
        explore()
