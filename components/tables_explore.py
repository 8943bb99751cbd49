"""Search and map of the embedded rows, and the row that is looked at closely."""

from __future__ import annotations

import streamlit as st

from components.state import owner
from components.tables_map import map_block, map_choice
from components.tables_row import row_block
from components.tables_search import search_block
from components.tables_selection import selection_block
from services.exploring import ground_of
from services.resources import playground


@st.fragment
def explore() -> None:
    """A fragment: looking around draws nothing else of the page anew."""
    ground = ground_of(playground(), owner())
    if ground is None:
        st.rerun()
    found = search_block(ground)
    choice = map_choice(ground)
    left, right = st.columns([2.1, 1], gap="medium")
    with left:
        map_block(ground, found, choice)
    with right:
        row_block(ground)
    selection_block(ground)
