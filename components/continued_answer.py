"""An answer of several runs: one text, where it was cut off, and the figures of each run and of all."""

from __future__ import annotations

import streamlit as st

from components.answer_panel import LivePanel, live_answers
from components.feedback import plain, show
from components.metrics_line import metrics_line
from components.page_head import grey
from components.safe_markdown import safe_markdown
from services.answers.conversations import Turn
from services.answers.runs import Run
from services.answers.seams import added_up, seams


def continued_answer(turn: Turn, key: str) -> None:
    """What is still being written grows below the rest; once it has ended, the text is one, so that fences close."""
    live = turn.parts[-1] if turn.parts[-1].live else None
    written = turn.parts if live is None else turn.parts[:-1]
    for number, run in enumerate(written):
        _thinking(run, f"{key}_{number}")
    st.markdown(safe_markdown("".join(run.text() for run in written)))
    ends = "; ".join(f"after “{tail}”" for tail in seams(turn))
    grey(plain(f"In {len(turn.parts)} runs: cut off by max_tokens {ends}, and told to go on from there."))
    if live is not None:
        live_answers(lambda: [LivePanel(live, f"{key}_{len(written)}")])
        return
    results = [result for run in written if (result := run.result) is not None]
    for number, (run, result) in enumerate(zip(written, results, strict=True), 1):
        grey(f"Run {number}")
        metrics_line(run)
        if result.error is not None:
            show(result.error)
    simulated = ", simulated" if turn.run.endpoint.word == "simulated" else ""
    grey(plain(f"{added_up(results).line}{simulated}"))


def _thinking(run: Run, key: str) -> None:
    reasoning = run.text("reasoning")
    if reasoning:
        with st.expander("Thinking", key=f"thinking_{key}", type="compact"):
            st.markdown(safe_markdown(reasoning))
