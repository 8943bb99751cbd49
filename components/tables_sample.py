"""The rows that were read, as a table, with what is known about how they were chosen."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import begin
from services.tables.arrow import arrow_table
from services.tables.source import MAX_CELL_CHARACTERS, Column, Sample
from services.workspaces import Workspace

KEY = "sample"
LAZY_FROM = 2_000
HEIGHT_PX, FEW = 260, 6


def sample_block(workspace: Workspace) -> None:
    """Hidden columns are sent to the browser only once they are asked for."""
    sample = workspace.sample
    if sample is None:
        return
    hidden = [column for column in sample.columns if column.hidden]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.header(plain(sample.info.object.name), anchor=False, width="content")
        revealed = bool(hidden) and st.toggle(
            "Show the answer column",
            key=begin(f"{KEY}_answer_{workspace.number}", False),
            help="What each row is about, as whoever invented it knew. For judging a search, not for searching.",
        )
    grey(_described(workspace, sample))
    columns = [column for column in sample.columns if revealed or not column.hidden]
    st.dataframe(
        arrow_table({column.name: sample.column(column.name) for column in columns}),
        key=f"{KEY}_rows_{workspace.number}_{revealed}",
        height=HEIGHT_PX if len(sample.rows) > FEW else "auto",
        hide_index=True,
        lazy=len(sample.rows) >= LAZY_FROM,
        placeholder="–",
        column_config={column.name: st.column_config.Column(help=_meaning(column, sample)) for column in columns},
        alt=f"The rows that were read of {sample.info.object.name}",
    )


def _described(workspace: Workspace, sample: Sample) -> str:
    origin = "Live data" if sample.live else "Invented data, nothing live"
    read = "" if workspace.read_at is None else f", read {workspace.read_at:%Y-%m-%d %H:%M} UTC"
    parts = [f"{plain(sample.how)} {origin}{read}."]
    if sample.cut:
        parts.append(f"Longer than {MAX_CELL_CHARACTERS:,} characters, and cut there: {plain(', '.join(sample.cut))}.")
    return " ".join(parts)


def _meaning(column: Column, sample: Sample) -> str:
    kind = column.type if column.length is None else f"{column.type}({column.length})"
    marks = {"key": column.key, "long texts are cut": column.name in sample.cut}
    parts = [column.comment, kind, *(mark for mark, holds in marks.items() if holds)]
    return plain(" · ".join(part for part in parts if part))
