"""Exactly what is sent of a row: its text as the template makes it, its tokens, and where it is cut."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import begin
from services.answers import figures
from services.embedding.prepared import NO_TEXT, Prepared
from services.encoding import Chosen
from services.tables.source import Sample

KEY = "sent"


def sent_popover(sample: Sample, number: int, ready: Prepared, picked: Chosen) -> None:
    """number is the workspace's of this sample."""
    with st.popover("What is sent", icon=":material/visibility:"), st.container(width=560):
        if not ready.rows:
            grey("The sample has no rows.")
            return
        row = st.number_input("Row", 1, ready.rows, key=begin(f"{KEY}_row_{number}", 1), width=140)
        place = ready.row_texts[int(row) - 1]
        grey(_about(sample, ready, int(row) - 1))
        if place != NO_TEXT:
            with st.container(height=220, border=False):
                st.code(picked.prefix + ready.texts[place], language=None, wrap_lines=True)


def _about(sample: Sample, ready: Prepared, row: int) -> str:
    key = plain(sample.keys[row])
    if ready.refused[row]:
        return f"{key} · nothing: its text has more than {ready.limit_tokens:,} tokens and is refused"
    if ready.row_texts[row] == NO_TEXT:
        return f"{key} · nothing: it has no text"
    about = "about " if ready.estimated else ""
    parts = [key, f"{about}{figures.tokens(ready.row_tokens[row])} tokens"]
    if ready.cut[row]:
        parts.append(f"**cut** here, where the model stops reading ({ready.limit_tokens:,} tokens)")
    return " · ".join(parts)
