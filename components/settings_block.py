"""One subject of the Settings page: a bordered block with its name and, as a badge, how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

WIDTH = 640
Tone = Literal["gray", "red"]


@contextmanager
def block(title: str, status: str, *, tone: Tone = "gray") -> Iterator[None]:
    """status is a word or two of our own, never of a visitor or a server."""
    with st.container(border=True, gap="small"):
        st.header(f"{title} :{tone}-badge[{status}]", anchor=False)
        yield


def code(text: str) -> str:
    """Markdown that shows text letter by letter, and makes no link of an address."""
    return f"`{text.replace('`', chr(39))}`" if text else ""
