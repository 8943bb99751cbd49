"""Rows with a score each, as a table in which a click looks at one of them closely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components.state import owner, value
from services.exploring import Ground
from services.resources import playground

MOST_CHARACTERS = 160
LINE_PX = 30


def row_list(
    ground: Ground,
    key: str,
    rows: tuple[int, ...],
    scores: Sequence[float],
    extra: Mapping[str, Sequence[str]],
    *,
    alt: str,
    narrow: bool = False,
) -> None:
    """alt names the list; extra are columns between the key of a row and its text; narrow: the text comes first.

    Cells are drawn as they are: never as Markdown.
    """
    keys, texts = ground.sample.keys, ground.texts()
    frame = pd.DataFrame(
        {
            "Score": list(scores),
            "Row": [keys[row] for row in rows],
            **{name: list(values) for name, values in extra.items()},
            "Text": [cut(texts[row]) for row in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        on_select=partial(_look, key, ground.id, rows),
        selection_mode="single-cell",
        row_height=LINE_PX,
        column_order=("Score", "Text", "Row") if narrow else None,
        height="content",
        column_config={
            "Score": st.column_config.NumberColumn(format="%.2f", width=58),
            "Row": st.column_config.TextColumn(width=108),
            "Words": st.column_config.TextColumn(width=84),
            "Topic": st.column_config.TextColumn(width=120),
        },
        alt=f"{alt}: {len(rows)} rows with score and text, best first",
    )


def _look(key: str, ground: str, rows: tuple[int, ...]) -> None:
    lines = _lines(value(key))
    if lines and 0 <= lines[0] < len(rows):
        playground().explorations.look_at(owner(), ground, rows[lines[0]])


def _lines(state: object) -> tuple[int, ...]:
    """Of a dataframe's state: the lines in which a cell is selected."""
    selection = state.get("selection", {}) if isinstance(state, Mapping) else {}
    cells = selection.get("cells", []) if isinstance(selection, Mapping) else []
    return tuple(cell[0] for cell in cells if isinstance(cell, list | tuple) and cell and isinstance(cell[0], int))


def cut(text: str | None, most: int = MOST_CHARACTERS) -> str:
    """On one line, at most that long."""
    line = " ".join(("" if text is None else text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
