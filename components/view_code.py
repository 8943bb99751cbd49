"""The next request as code, to take along."""

from __future__ import annotations

import streamlit as st

from components.page_head import grey
from components.state import put, session
from services.answers.snippets import KEY_VARIABLE, curl_code, python_code
from services.endpoints import Endpoint
from services.wire.types import ChatRequest, CompletionRequest


def ask_for_code(menu: str) -> None:
    """From a callback. Closes the menu of that key, which would lie over the dialog."""
    put(menu, False)
    session().show_code = True


def code_asked_for() -> bool:
    """True once for each time."""
    asked, session().show_code = session().show_code, False
    return asked


@st.dialog("The same request as code", width="medium", icon=":material/code:")
def view_code(endpoint: Endpoint, request: ChatRequest | CompletionRequest) -> None:
    grey(f"The key is read from {KEY_VARIABLE}; it is never part of the code.")
    if endpoint.kind in ("local", "sandbox"):
        grey(
            f"{endpoint.name} listens on this computer only, on another port and with another key at every start: "
            "put the address of an endpoint of your own there."
        )
    language = st.segmented_control(
        "Language",
        ["Python", "curl"],
        default="Python",
        required=True,
        format_func=lambda name: f":gray[{name}]",
        label_visibility="collapsed",
    )
    made = python_code if language == "Python" else curl_code
    st.code(made(endpoint, request), language=None, wrap_lines=True)
