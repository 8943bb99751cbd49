"""The head of a page: its name, what kind of answers it shows, what can be done with it, one line on what it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from components.badges import cached_badge, recorded_badge, word_badge
from services.endpoints import Word


@contextmanager
def page_head(
    title: str,
    lead: str,
    *,
    word: Word | None = None,
    note: str | None = None,
    recorded_at: datetime | None = None,
    cached: bool = False,
) -> Iterator[None]:
    """What is drawn inside stands at the right of the head. recorded_at: what the page shows is a replay of then.

    note is what word means here, where it is not about answers; cached: what the page shows was kept from before.
    """
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with head.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        st.title(title, anchor=False, width="content")
        if recorded_at is not None:
            recorded_badge(recorded_at)
        if word is not None:
            word_badge(word, note)
        if cached:
            cached_badge()
    with head.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        yield
    grey(lead)


def grey(text: str, *, help: str | None = None) -> None:
    """A quiet note, readable in both themes."""
    st.markdown(f":small[:gray[{text}]]", help=help)
