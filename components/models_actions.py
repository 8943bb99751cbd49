"""What can be done with the ticked models: talk to one, let one complete, compare two to four, take the table along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from components.feedback import plain
from components.model_link import to_link
from components.models_list import KEY, Gathered
from components.models_table import tick
from components.page_head import grey
from components.state import session
from services import comparing
from services.answers.comparisons import MAX_PANELS, MIN_PANELS, Panel
from services.errors import ConfigError
from services.models.browsing import Entry
from services.models.table_export import as_csv

_TALKS = (None, "chat")
_COMPLETES = (None, "chat", "language", "code")


def actions(here: Gathered, shown: Sequence[Entry]) -> tuple[Entry, ...]:
    """Draws the buttons; returns the ticked models, in the order of ticking."""
    entries = (here.entry(address) for address in session().models_chosen)
    chosen = tuple(entry for entry in entries if entry is not None)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _compare(chosen)
        _use("Chat with selected", "chat", chosen, _TALKS)
        _use("Complete with selected", "completion", chosen, _COMPLETES)
        now = datetime.now(UTC)
        st.download_button(
            "CSV",
            data=partial(as_csv, shown, now=now),
            file_name=f"models-{now:%Y%m%d-%H%M}.csv",
            mime="text/csv",
            key=f"{KEY}_csv",
            icon=":material/download:",
            disabled=not shown,
            on_click="ignore",
            help="The rows shown, with every figure's source and date.",
        )
        if chosen:
            st.button("Untick all", key=f"{KEY}_untick", type="tertiary", on_click=tick, args=((),))
    if chosen:
        grey(plain(_named(chosen, shown)))
    return chosen


def _named(chosen: Sequence[Entry], shown: Sequence[Entry]) -> str:
    """Those that a filter hides too: they count."""
    here = {entry.address for entry in shown}
    names = [entry.model.label + ("" if entry.address in here else " (hidden by the filters)") for entry in chosen]
    return f"Ticked: {' · '.join(names[:MAX_PANELS])}{' …' if len(names) > MAX_PANELS else ''}"


def _compare(chosen: Sequence[Entry]) -> None:
    link = _line_up(chosen)
    pressed = st.button(
        "Compare selected",
        key=f"{KEY}_compare",
        type="primary",
        icon=":material/view_column:",
        disabled=link is None,
        help=f"Tick {MIN_PANELS} to {MAX_PANELS} models that chat and can be asked.",
    )
    if pressed and link is not None:
        st.switch_page("compare.py", query_params={"models": link})


def _line_up(chosen: Sequence[Entry]) -> str | None:
    """None where these models are no line-up, or their ids cannot stand in a link."""
    if not all(entry.askable and entry.model.type in _TALKS for entry in chosen):
        return None
    panels = tuple(Panel(*entry.address) for entry in chosen)
    link = comparing.to_link(panels)
    try:
        read = comparing.from_link(link)
    except ConfigError:
        return None
    same = [(panel.endpoint, panel.model) for panel in read] == [entry.address for entry in chosen]
    return link if same else None


def _use(label: str, page: str, chosen: Sequence[Entry], types: Sequence[str | None]) -> None:
    only = chosen[0] if len(chosen) == 1 else None
    ready = only is not None and only.askable and only.model.type in types
    pressed = st.button(
        label, key=f"{KEY}_to_{page}", disabled=not ready, help="Tick one model of that kind that can be asked."
    )
    if pressed and only is not None:
        st.switch_page(f"{page}.py", query_params=to_link(*only.address))
