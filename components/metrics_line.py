"""The six cells under every answer: same labels, same order, value above label; each definition on hover."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.answers import figures
from services.answers.runs import Result, Run
from services.answers.timing import DEFINITIONS

Cells = tuple[tuple[str, str], ...]
Update = Callable[[Run], None]
WIDTH = 640
LABELS = ("wait", "total", "tokens/s", "tokens", "cost", "state")
READY: Cells = (*((label, figures.UNKNOWN) for label in LABELS[:-1]), ("state", "ready"))


def metrics_line(run: Run) -> Update:
    """Six cells in a row, three by two on a phone."""
    with st.container(width=WIDTH):
        return metric_cells(run, columns=6, min_column_width=84)


def metric_cells(run: Run | None, *, columns: int, min_column_width: int, hidden: bool = False) -> Update:
    """The six cells, each with what it means on hover; empty ones where nothing was asked yet.

    hidden leaves the state alone to be read. What is returned writes the values that have changed since, and them
    alone: labels and meanings are most of what the cells send.
    """
    shown: list[tuple[DeltaGenerator, str]] = []
    of = hidden_cells if hidden else cells_of
    with st.grid(columns=columns, min_column_width=min_column_width, gap="small"):
        for label, value in READY if run is None else of(run):
            with st.container(gap=None):
                shown.append((st.markdown(_bold(value)), value))
                st.badge(label, color="gray", help=_meaning(label, value, None if hidden else run))

    def update(now: Run) -> None:
        for place, (_, value) in enumerate(of(now)):
            box, before = shown[place]
            if value != before:
                box.markdown(_bold(value))
                shown[place] = (box, value)

    return update


def _bold(value: str) -> str:
    return f"**{value}**".replace("$", r"\$")


def cells_of(run: Run) -> Cells:
    result = run.result
    return live_cells(run) if result is None else done_cells(result)


def hidden_cells(run: Run) -> Cells:
    return (*READY[:-1], ("state", run.state))


def _meaning(label: str, value: str, run: Run | None) -> str:
    parts = [DEFINITIONS[label]]
    if run is None:
        return parts[0]
    if label == "tokens/s" and value == figures.UNKNOWN and not run.live:
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
