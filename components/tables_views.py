"""What can be done with embedded rows: one view at a time."""

from __future__ import annotations

import streamlit as st

from components.matrix_setup import matrix
from components.state import owner
from components.tables_encoders import encoders
from components.tables_explore import explore
from components.tables_export import take_away
from services.exploring import ground_of
from services.resources import playground

KEY = "tables_view"
SEARCH, ASK, ENCODERS, TAKE = "Search and map", "Ask the rows", "Compare encoders", "Take away"
VIEWS = (SEARCH, ASK, ENCODERS, TAKE)


def views() -> None:
    """Asking models needs no vectors, the others do."""
    workspace, ground = playground().workspaces.current(owner()), ground_of(playground(), owner())
    view = st.segmented_control(
        "View",
        VIEWS,
        key=KEY,
        default=SEARCH,
        persist_state="session",
        required=True,
        format_func=lambda name: f":gray[{name}]",
        label_visibility="collapsed",
    )
    if view == ASK:
        matrix(workspace)
    elif ground is None:
        _not_embedded()
    elif view == ENCODERS:
        encoders(ground)
    elif view == TAKE:
        take_away(ground)
    else:
        explore()


def _not_embedded() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown("**No vectors yet**", text_alignment="center")
        st.markdown(":gray[Press Embed above; asking models about the rows needs none.]", text_alignment="center")
