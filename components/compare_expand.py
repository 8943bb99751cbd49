"""One answer of a comparison by itself: the whole text in a wide dialog, rendered or as it came, with its figures."""

from __future__ import annotations

import streamlit as st

from components.answer_panel import finished_text
from components.badges import word_badge
from components.feedback import show
from components.metrics_line import WIDTH, metric_cells
from components.page_head import grey
from services.answers.comparisons import LETTERS, Comparison
from services.answers.runs import Run


def answer_text(run: Run, key: str, *, raw: bool, hidden: bool) -> None:
    """A finished answer; hidden keeps back what a server said of itself."""
    result = run.result
    if result is None:
        return
    if hidden and result.error is not None:
        st.markdown(f":gray[No whole answer came ({run.state}). The reason is shown with the name.]")
    elif raw and run.text():
        st.code(run.text(), language=None, wrap_lines=True)
        if result.error is not None:
            show(result.error)
    else:
        finished_text(run, result, key, shown=run.text())


def expanded(comparison: Comparison, place: int, key: str) -> None:
    """Opens the dialog. Never from inside a fragment that polls: it would close with the next round."""
    run, hidden = comparison.run_at(place), comparison.hidden
    if run is None or run.live:
        return
    name = "" if hidden else f" · {run.request.model}"

    def body() -> None:
        raw = st.toggle("Raw", key=f"{key}_dialog_raw")
        answer_text(run, f"{key}_dialog", raw=raw, hidden=hidden)
        with st.container(width=WIDTH):
            metric_cells(run, columns=6, min_column_width=84, hidden=hidden)
        if not hidden:
            word_badge(run.endpoint.word)
            grey(" · ".join(f"{name} {value}" for name, value in run.request.sampling.to_wire().items()))

    st.dialog(f"{LETTERS[place]}{name}", width="large")(body)()
