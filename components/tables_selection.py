"""The rows that were selected, wherever: as a table, and what they are taken to."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from components.page_head import grey
from components.state import owner
from services.exploring import Ground
from services.resources import playground

KEY = "tables_selection"


def selection_block(ground: Ground) -> None:
    rows = playground().workspaces.current(owner()).selected
    if not rows:
        grey("No row selected. Drag on the map, or press Select under the hits.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.subheader(f"{len(rows):,} selected", anchor=False, width="content")
        st.button("Clear", key=f"{KEY}_clear", type="tertiary", on_click=choose, args=((),))
    sample = ground.sample
    at = [i for i, column in enumerate(sample.columns) if not column.hidden]
    frame = pd.DataFrame(
        {sample.columns[i].name: pd.Series([sample.rows[row][i] for row in rows], dtype=object) for i in at}
    )
    st.dataframe(frame, hide_index=True, height=220, key=f"{KEY}_table")


def choose(rows: tuple[int, ...]) -> None:
    """These and no others; a row the sample does not have is left out."""
    playground().workspaces.update(
        owner(),
        lambda kept: replace(
            kept,
            selected=tuple(row for row in rows if kept.sample is not None and 0 <= row < len(kept.sample.rows)),
        ),
    )


def add(rows: tuple[int, ...]) -> None:
    """These too, after those that are selected already."""
    choose(tuple(dict.fromkeys((*playground().workspaces.current(owner()).selected, *rows))))
