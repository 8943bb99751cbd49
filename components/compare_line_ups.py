"""The line-ups of Compare: those given, those saved under a name, and the present one to be saved or linked to."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import compare_actions as do
from components.compare_actions import KEY
from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, put, session, value
from components.visitor import visitor
from services.answers.comparisons import Comparison
from services.answers.line_ups import MAX_KEPT, LineUp
from services.comparing import line_ups, to_link
from services.errors import ServiceError
from services.resources import playground

_MENU, _TITLE = f"{KEY}_line_ups", f"{KEY}_line_up_title"


def line_up_menu(comparison: Comparison) -> None:
    head = st.popover("Line-ups", icon=":material/view_column:", key=_MENU, on_change="rerun")
    with head, st.container(width=420, gap="small"):
        for line_up in line_ups(visitor()):
            _opener(line_up)
        saved = playground().line_ups.of(owner())
        if saved:
            grey(f"Yours ({len(saved)} of {MAX_KEPT}):")
        for line_up in saved:
            _own(line_up)
        _save(comparison)
        _said()
        grey("This line-up as a link, models only:")
        st.code(f"/compare?models={to_link(comparison.panels)}", language=None, wrap_lines=True)


def _opener(line_up: LineUp) -> None:
    st.button(plain(line_up.title), key=f"{KEY}_{line_up.id}", on_click=_open, args=(line_up,), width="stretch")


def _own(line_up: LineUp) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _opener(line_up)
        st.button(
            "Delete",
            key=f"{KEY}_{line_up.id}_delete",
            icon=":material/delete:",
            type="tertiary",
            on_click=_delete,
            args=(line_up,),
        )


def _save(comparison: Comparison) -> None:
    with (
        st.form(f"{KEY}_line_up_form", border=False),
        st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
    ):
        st.text_input("Save this line-up as", key=begin(_TITLE, ""), placeholder="A name")
        st.form_submit_button("Save", icon=":material/bookmark_add:", on_click=_keep, args=(comparison,))
    grey("Models and the settings of their own, no prompt. A name used again replaces what it named.")


def _said() -> None:
    rack = session().rack
    if rack.problem is not None:
        show(rack.problem)
    elif rack.said:
        grey(plain(rack.said))
    if rack.deleted is not None:
        gone = rack.deleted
        st.button("Undo delete", key=f"{KEY}_line_up_undo", icon=":material/undo:", on_click=_put_back, args=(gone,))


def _open(line_up: LineUp) -> None:
    rack = session().rack
    rack.said, rack.problem, rack.deleted = "", None, None
    do.open_line_up(line_up)
    put(_MENU, False)


def _keep(comparison: Comparison) -> None:
    def act() -> str:
        saved, replaced = playground().line_ups.save(owner(), str(value(_TITLE) or ""), comparison.panels)
        put(_TITLE, "")
        return f"Replaced “{saved.title}”." if replaced else f"Saved “{saved.title}”."

    _tell(act)


def _delete(line_up: LineUp) -> None:
    _tell(lambda: f"Deleted “{line_up.title}”.")
    session().rack.deleted = playground().line_ups.forget(owner(), line_up.id)


def _put_back(line_up: LineUp) -> None:
    def act() -> str:
        playground().line_ups.put_back(owner(), line_up)
        return f"Put back “{line_up.title}”."

    _tell(act)
    if session().rack.problem is not None:
        session().rack.deleted = line_up


def _tell(act: Callable[[], str]) -> None:
    """Says what act did, or what stood in its way."""
    rack = session().rack
    rack.said, rack.problem, rack.deleted = "", None, None
    try:
        rack.said = act()
    except ServiceError as problem:
        rack.problem = problem
