"""Pictures of a question, small: what they are stands under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from services.answers.images import Image

_WIDTH = 160


def pictures(images: Sequence[Image], key: str, on_remove: Callable[[int], None] | None = None) -> None:
    """on_remove is called with the place of the one that should go, from 0."""
    if not images:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key=f"{key}_pictures"):
        for place, image in enumerate(images):
            with st.container(width=_WIDTH, gap="xsmall"):
                st.image(image.data, width=min(_WIDTH, image.width))
                grey(plain(image.note))
                if on_remove is not None:
                    st.button(
                        "Leave out",
                        key=f"{key}_leave_out_{place}",
                        icon=":material/close:",
                        type="tertiary",
                        on_click=on_remove,
                        args=(place,),
                    )
