"""The menu behind More: what can be done with the whole of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Item:
    """name tells its key, icon is one of Material's; act is a callback; ready: whether there is something to do."""

    label: str
    name: str
    icon: str
    act: Callable[[], None]
    ready: bool


def more_menu(key: str, exports: Callable[[], None], items: Sequence[Item]) -> None:
    """exports draws the files to take along. Nothing of it is drawn before it is opened."""
    popover = st.popover("More", icon=":material/more_horiz:", key=menu_key(key), on_change="rerun")
    if not popover.open:
        return
    with popover:
        exports()
        for item in items:
            st.button(
                item.label,
                key=f"{key}_{item.name}",
                icon=f":material/{item.icon}:",
                disabled=not item.ready,
                on_click=item.act,
                width="stretch",
            )


def menu_key(key: str) -> str:
    """Put False there to close it, from a callback."""
    return f"{key}_more"
