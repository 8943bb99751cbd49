"""A reading that takes longer than a moment: how long it has taken, and Cancel."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.hana_form import disconnect
from components.page_head import grey
from services.errors import StoppedError
from services.tables.desk import Desk

KEY = "reading"
EVERY_S = 1.0


@st.fragment(run_every=EVERY_S)
def reading(desk: Desk, place: str) -> None:
    """One full rerun when it has ended. place tells two of a page apart."""
    now = desk.reads.current()
    if now is None or not now.live:
        st.rerun()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not desk.reads.shared:
            st.button("Cancel", key=f"{KEY}_cancel_{place}", icon=":material/stop:", on_click=_cancel, args=(desk,))
        grey(f"{plain(now.what)} … {now.elapsed_s:.0f}\u202fs")


def _cancel(desk: Desk) -> None:
    """A login that is under way cannot be called back, only left."""
    if desk.connecting:
        disconnect(StoppedError("Connecting was cancelled.", remedy="Connect again when you like."))
    else:
        desk.reads.cancel()
