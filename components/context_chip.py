"""Rows that go along with a prompt: how many, of what, exactly what is sent, and the way to leave them out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from services.answers import figures
from services.answers.context import Context


def context_chip(context: Context, key: str, on_remove: Callable[[], None], *, note: str = "") -> None:
    """note says what else should be known of it."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"{key}_context"):
        st.badge(plain(_named(context)), icon=":material/table_rows:", color="gray")
        what_is_sent(context, key)
        st.button("Remove", key=f"{key}_context_remove", icon=":material/close:", type="tertiary", on_click=on_remove)
        if note:
            grey(note)


def what_is_sent(context: Context, key: str) -> None:
    with st.popover("What is sent", icon=":material/visibility:", key=f"{key}_context_sent"):
        grey("In front of the prompt, as it stands here:")
        st.code(context.block, language=None, wrap_lines=True, height=320)


def context_note(context: Context, key: str) -> None:
    """Under a question that was asked with rows."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        grey(f"With {plain(_named(context))}")
        what_is_sent(context, key)


def _named(context: Context) -> str:
    return f"{context.name} · about {figures.tokens(context.tokens)} tokens"
