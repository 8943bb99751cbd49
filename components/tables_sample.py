"""The rows that were read, as a table, with what is known about how they were chosen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.page_head import grey
from services.tables.source import Column, Sample

LAZY_FROM = 2_000


def sample_block(sample: Sample) -> None:
    st.header(sample.info.object.name, anchor=False)
    grey(_described(sample))
    shown = [column for column in sample.columns if not column.hidden]
    frame = pd.DataFrame({column.name: pd.Series(sample.column(column.name), dtype=object) for column in shown})
    st.dataframe(
        frame,
        height=260,
        hide_index=True,
        lazy=len(frame) >= LAZY_FROM,
        column_config={column.name: st.column_config.Column(help=_meaning(column)) for column in shown},
    )


def _described(sample: Sample) -> str:
    parts = [sample.how, "Live data." if sample.live else "Invented data, nothing live."]
    if sample.cut:
        parts.append(f"Long texts are cut in {', '.join(sample.cut)}.")
    return " ".join(parts)


def _meaning(column: Column) -> str:
    kind = column.type if column.length is None else f"{column.type}({column.length})"
    return f"{column.comment or column.name} · {kind}{' · key' if column.key else ''}"
