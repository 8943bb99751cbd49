"""The head of a page: its name, what kind of answers it shows, what can be done with it, one line on what it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.badges import word_badge
from services.endpoints import Word


@contextmanager
def page_head(title: str, lead: str, *, word: Word | None = None) -> Iterator[None]:
    """What is drawn inside stands at the right of the head."""
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with head.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        st.title(title, anchor=False, width="content")
        if word is not None:
            word_badge(word)
    with head.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        yield
    grey(lead)


def grey(text: str, *, help: str | None = None) -> None:
    """A quiet note, readable in both themes."""
    st.markdown(f":small[:gray[{text}]]", help=help)
