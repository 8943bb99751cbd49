"""The six cells under every answer: same labels, same order, value above label; each definition on hover."""

from __future__ import annotations

import streamlit as st

from services.answers import figures
from services.answers.runs import Result, Run
from services.answers.timing import DEFINITIONS

Cells = tuple[tuple[str, str], ...]
WIDTH = 640
LABELS = ("wait", "total", "tokens/s", "tokens", "cost", "state")


def metrics_line(run: Run) -> None:
    """Six cells in a row, three by two on a phone; each says on hover what it means."""
    result = run.result
    cells = done_cells(result) if result is not None else live_cells(run)
    with st.container(width=WIDTH).grid(columns=6, min_column_width=84, gap="small"):
        for label, value in cells:
            with st.container(gap=None):
                st.markdown(f"**{value}**".replace("$", r"\$"))
                st.badge(label, color="gray", help=_meaning(label, value, run, result))


def _meaning(label: str, value: str, run: Run, result: Result | None) -> str:
    parts = [DEFINITIONS[label]]
    if label == "tokens/s" and value == figures.UNKNOWN and result is not None:
        parts.append("Not enough text to say.")
    if run.endpoint.word == "simulated" and label != "state":
        parts.append("Simulated: an invented practice figure.")
    return " ".join(parts)


def done_cells(result: Result) -> Cells:
    if result.state == "failed":
        return tuple((label, figures.UNKNOWN) for label in LABELS[:-1]) + (("state", "failed"),)
    timing, usage = result.timing, result.usage
    about = "≈" + figures.NARROW if result.estimated and result.cost_usd else ""
    values = (
        figures.seconds(timing.wait_s),
        figures.seconds(timing.total_s),
        figures.per_second(timing.writing_per_s),
        figures.token_pair(usage.prompt_tokens, usage.completion_tokens, estimated=result.estimated),
        about + figures.money(result.cost_usd),
        result.state,
    )
    return tuple(zip(LABELS, values, strict=True))


def live_cells(run: Run) -> Cells:
    timing = run.timing()
    values = (
        figures.PENDING if timing.wait_s is None else figures.seconds(timing.wait_s),
        figures.live_seconds(run.elapsed_s()),
        figures.PENDING if timing.writing_per_s is None else figures.per_second(timing.writing_per_s),
        figures.PENDING,
        figures.PENDING,
        run.state,
    )
    return tuple(zip(LABELS, values, strict=True))
