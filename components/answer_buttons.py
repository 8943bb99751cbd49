"""What stands under a finished answer wherever one is shown: small buttons, its versions, its text to copy, and what
its figures mean."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from services.answers.runs import Run
from services.answers.timing import DEFINITIONS


def small_button(
    label: str, key: str, icon: str, help: str, act: Callable[..., None], *args: object, disabled: bool = False
) -> None:
    """icon is one of Material's; act is a callback, called with args."""
    st.button(
        label,
        key=key,
        icon=f":material/{icon}:",
        type="tertiary",
        help=help,
        on_click=act,
        args=args,
        disabled=disabled,
    )


def versions(shown: int, count: int, key: str, show: Callable[[int], None]) -> None:
    """Steps through count answers to the same; nothing where there is one. shown counts from 0."""
    if count < 2:
        return
    small_button(
        "Earlier version", f"{key}_-1", "chevron_left", "The one before.", show, shown - 1, disabled=shown == 0
    )
    grey(f"{shown + 1} of {count}")
    last = shown == count - 1
    small_button("Later version", f"{key}_1", "chevron_right", "The one after.", show, shown + 1, disabled=last)


def copy(text: str, help: str) -> None:
    with st.popover("Copy", icon=":material/content_copy:", help=help):
        st.code(text, language=None, wrap_lines=True)


def meanings() -> None:
    with st.popover("Figures", icon=":material/help:", help="What the figures mean."):
        st.markdown("\n".join(f"- {text}" for text in DEFINITIONS.values()))


def served_note(run: Run) -> None:
    """What a real server says that it served, where that is not what it was asked for."""
    served = None if run.result is None else run.result.answer.model
    if served is not None and served != run.request.model and run.endpoint.word == "real":
        grey(f"The server says it served {plain(served)}.")
