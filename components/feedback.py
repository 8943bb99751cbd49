"""Problems, shown in the one way: what happened, what to do, and never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.safe_markdown import safe_markdown
from services.errors import ServiceError


@contextmanager
def shown_errors() -> Iterator[None]:
    """Draws a ServiceError where the result would stand. Defects of ours pass through."""
    try:
        yield
    except ServiceError as error:
        show(error)


def show(error: ServiceError) -> None:
    st.error(f"{plain(error.message)} {plain(error.remedy)}", icon=":material/error:")
    if error.page:
        with st.expander("What came back instead", icon=":material/code:"):
            st.code(error.page, language=None, wrap_lines=True)


def plain(text: str) -> str:
    """A sentence that may quote a server, as text: no images, no links, no markup."""
    return safe_markdown(text).translate(_ESCAPES)


_ESCAPES = str.maketrans({character: f"\\{character}" for character in "*_`[]<>#|~"})
