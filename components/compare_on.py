"""Going on from the answers of a comparison: a further question to all panels or to one, and the turns before it."""

from __future__ import annotations

import streamlit as st

from components import compare_actions as do
from components.compare_actions import KEY, TO_ALL
from components.feedback import plain
from components.safe_markdown import safe_markdown
from components.state import begin
from services.answers.comparisons import LETTERS, Comparison, Panel


def ask_on_bar(comparison: Comparison) -> None:
    """Drawn once answers stand there; not in a blind round, nor while one is being written."""
    answered = [place for place, run in enumerate(comparison.runs) if run is not None and run.text()]
    if comparison.live or comparison.hidden or not answered:
        return
    with (
        st.form(f"{KEY}_on_form", border=False),
        st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
    ):
        st.text_input(
            "Follow-up question",
            key=begin(f"{KEY}_on", ""),
            placeholder="A follow-up, each from its own answer",
            label_visibility="collapsed",
        )
        to = [TO_ALL, *(LETTERS[place] for place in answered)]
        st.selectbox("To", to, key=f"{KEY}_on_to", label_visibility="collapsed", width=130)
        st.form_submit_button("Continue", icon=":material/reply:", on_click=do.ask_further)


def earlier_turns(panel: Panel, key: str) -> None:
    """What was asked and answered before, folded, and the question that stands now; nothing before a follow-up."""
    if panel.follow_up is None:
        return
    count = len(panel.follow_up.earlier)
    with st.expander(
        "1 earlier turn" if count == 1 else f"{count} earlier turns", key=f"{key}_earlier", type="compact"
    ):
        for question, answer in panel.follow_up.earlier:
            st.markdown(f"**{plain(question)}**")
            st.markdown(safe_markdown(answer))
    st.markdown(f"**{plain(panel.follow_up.question)}**")
