"""One cell by itself: what was sent, the whole answer with its marks, each check with its reason, the figures."""

from __future__ import annotations

import streamlit as st

from components.badges import word_badge
from components.feedback import plain, show
from components.matrix_cell import COLOURS, answer, figures_line, outcomes
from components.matrix_marks import LEGEND
from components.page_head import grey
from services.answers.comparisons import LETTERS
from services.matrix.cells import Cell, Snapshot
from services.matrix.template import cut


def opened(snapshot: Snapshot, cell: Cell) -> None:
    plan, entrant = snapshot.plan, snapshot.entrant(cell)
    letter = f":{COLOURS[cell.place]}-badge[{LETTERS[cell.place]}]"
    title = f"{letter} Row {plain(cut(plan.keys[cell.line], 60))}"

    def body() -> None:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(plain(entrant.model), width="content")
            word_badge(entrant.endpoint.word)
        if snapshot.mismatch(cell):
            grey(f"Served by {plain(str(cell.served_model))}, which is not what was asked.")
        st.markdown(answer(snapshot, cell))
        if cell.error is not None and cell.text:
            show(cell.error)
        grey(figures_line(cell))
        _found(snapshot, cell)
        with st.expander("What was sent", icon=":material/visibility:"):
            st.code(plan.prompts[cell.line].text, language=None, wrap_lines=True, height=240)
        with st.expander("The answer as it came", icon=":material/content_copy:"):
            st.code(cell.text, language=None, wrap_lines=True, height=240)

    st.dialog(title, width="medium")(body)()


def _found(snapshot: Snapshot, cell: Cell) -> None:
    judgement = cell.judgement
    if judgement is None:
        return
    lines = outcomes(snapshot, judgement)
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))
    grounding = judgement.grounding
    if grounding.judged:
        where = sorted({mark.where for mark in grounding.marks if mark.where})
        places = f" Found in {plain(', '.join(where))}." if where else ""
        grey(f"{grounding.grounded} of {grounding.judged} marks stand in the row.{places} {LEGEND}")
    else:
        grey("Nothing in it can be looked up in the row.")
    if grounding.unread:
        grey("The answer is so long that its end was not looked through.")
