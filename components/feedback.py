"""Problems, shown in the one way: what happened, what to do, and never a traceback."""

from __future__ import annotations

import re

import streamlit as st

from components.safe_markdown import safe_markdown
from services.errors import ServiceError


def show(error: ServiceError) -> None:
    """Where the result would stand. Defects of ours are not shown this way: they stay a traceback in the log."""
    st.error(f"{plain(error.message)} {plain(error.remedy)}", icon=":material/error:")
    if error.page:
        with st.expander("What came back instead", icon=":material/code:"):
            st.code(error.page, language=None, wrap_lines=True)


def plain(text: str) -> str:
    """A sentence that may quote a server, as text: no images, no links, no markup."""
    return _DOLLAR.sub(r"\\$", safe_markdown(text).translate(_ESCAPES))


# Two of them would set what stands between as a formula.
_DOLLAR = re.compile(r"(?<!\\)\$")
_ESCAPES = str.maketrans({character: f"\\{character}" for character in "*_`[]<>#|~"})
