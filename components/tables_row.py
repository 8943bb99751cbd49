"""The row that is looked at: its fields, and the rows nearest to it by the whole vectors."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import owner
from components.tables_rows import row_list
from components.tables_selection import add
from services.exploring import Ground
from services.resources import near_of, playground

KEY = "tables_row"


def row_block(ground: Ground) -> None:
    row = playground().explorations.current(owner(), ground.id).row
    if row is None:
        with st.container(border=True, gap="xsmall"):
            st.markdown("**No row looked at**")
            st.markdown(":gray[Click a point or a hit: its fields and its nearest rows stand here.]")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"Row {plain(ground.sample.keys[row])}", anchor=False, width="content")
        st.button(
            "Close", key=f"{KEY}_close", icon=":material/close:", type="tertiary", on_click=_close, args=(ground.id,)
        )
    _fields(ground, row)
    _nearest(ground, row)


def _fields(ground: Ground, row: int) -> None:
    visible = ground.visible
    values = ["–" if value is None else str(value) for value in visible.rows[row]]
    frame = pd.DataFrame({"Field": [column.name for column in visible.columns], "Value": values})
    st.dataframe(
        frame,
        hide_index=True,
        height=250,
        row_height=30,
        key=f"{KEY}_fields",
        column_config={"Field": st.column_config.TextColumn(width=90)},
        alt="The fields of the row",
    )


def _nearest(ground: Ground, row: int) -> None:
    hits = near_of(ground, row)
    st.markdown("**Nearest rows**")
    if not hits:
        grey("This row has no vector, so nothing is near it.")
        return
    rows = tuple(hit.row for hit in hits)
    row_list(ground, f"{KEY}_nearest", rows, [hit.score for hit in hits], {}, alt="Nearest rows", narrow=True)
    st.button(
        f"Select it and these {len(rows)}",
        key=f"{KEY}_add",
        icon=":material/add:",
        type="tertiary",
        on_click=add,
        args=((row, *rows),),
    )
    grey("By the cosine of the whole vectors, not by the map.")


def _close(ground: str) -> None:
    playground().explorations.look_at(owner(), ground, None)
