"""Models as points between two figures of the reader's choice, drawn with plotly; a table of them stands beside."""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components.charts import HUES, MARKERS, SIGNS, colours
from components.feedback import plain
from components.models_list import KEY
from components.page_head import grey
from services.models.browsing import Entry, Order, amount
from services.models.table_export import WORDS

AXES: dict[Order, str] = {
    "price in": "Price in, $ per M tokens",
    "price out": "Price out, $ per M tokens",
    "context": "Context, tokens",
    "wait": "Observed wait, s",
    "speed": "Observed speed, tokens/s",
}
_OBSERVED: tuple[Order, ...] = ("wait", "speed")
_BADGES = ("blue", "orange", "green", "violet")
# From this ratio on, a linear axis presses most points into its first tenth.
LOG_FROM = 30
HEIGHT, _ROWS_SEEN = 380, 11


@dataclass(frozen=True)
class Point:
    entry: Entry
    x: float
    y: float


@dataclass(frozen=True)
class Drawn:
    """points to draw; log per axis; left_out lack a figure, off_scale are 0 on an axis whose range asks for powers."""

    points: tuple[Point, ...]
    log_x: bool
    log_y: bool
    left_out: int
    off_scale: int


def chart(entries: Sequence[Entry], chosen: Sequence[Entry]) -> None:
    across, up = _axes()
    drawn = placed(entries, across, up)
    if not drawn.points:
        grey("No model shown has both figures. Observed ones come with the first real answer.")
        return
    left, right = st.columns([1.6, 1], gap="medium")
    with left:
        _draw(drawn, across, up, {entry.address for entry in chosen})
    with right:
        st.dataframe(
            _frame(drawn, across, up),
            hide_index=True,
            key=f"{KEY}_points",
            height="content" if len(drawn.points) < _ROWS_SEEN else HEIGHT,
            column_config={
                "Model": st.column_config.TextColumn(width=120),
                **{AXES[axis]: st.column_config.NumberColumn(width=95) for axis in (across, up)},
            },
            alt=f"{AXES[across]} and {AXES[up]} of the models drawn.",
        )
    grey(_said(drawn, (across, up)))


def placed(entries: Sequence[Entry], across: Order, up: Order) -> Drawn:
    """Which points stand where. Simulated models have no observed figures, so none of theirs is ever drawn as one."""
    both = [(entry, amount(entry, across), amount(entry, up)) for entry in entries]
    points = [Point(entry, float(x), float(y)) for entry, x, y in both if x is not None and y is not None]
    log_x, log_y = _wide([point.x for point in points]), _wide([point.y for point in points])
    kept = [point for point in points if (point.x > 0 or not log_x) and (point.y > 0 or not log_y)]
    return Drawn(tuple(kept), log_x, log_y, len(both) - len(points), len(points) - len(kept))


def _wide(values: Sequence[float]) -> bool:
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) / min(positive) >= LOG_FROM


def _axes() -> tuple[Order, Order]:
    with st.container(horizontal=True, gap="small"):
        across, up = (
            st.selectbox(
                label,
                list(AXES),
                index=first,
                format_func=lambda name: AXES[name],
                key=f"{KEY}_{name}",
                width=240,
                bind="query-params",
            )
            for label, name, first in (("Across", "across", 1), ("Up", "up", 2))
        )
    return across, up


def _draw(drawn: Drawn, across: Order, up: Order, chosen: set[tuple[str, str]]) -> None:
    ink, mute, rule = colours()
    figure = go.Figure()
    endpoints = list(dict.fromkeys(point.entry.model.endpoint for point in drawn.points))
    for number, endpoint in enumerate(endpoints):
        points = [point for point in drawn.points if point.entry.model.endpoint == endpoint]
        figure.add_trace(_trace(points, number % len(HUES), ink, chosen))
    figure.update_layout(
        height=HEIGHT,
        font={"family": "Hanken Grotesk, sans-serif", "size": 12, "color": mute},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 56, "r": 24, "t": 16, "b": 44},
        showlegend=False,
    )
    for update, name, log in (
        (figure.update_xaxes, across, drawn.log_x),
        (figure.update_yaxes, up, drawn.log_y),
    ):
        update(
            title=AXES[name] + (", log" if log else ""),
            type="log" if log else "linear",
            dtick=1 if log else None,
            linecolor=rule,
            gridcolor=rule,
            griddash="dot",
            zeroline=False,
            rangemode="normal" if log else "tozero",
        )
    names = zip(endpoints, itertools.cycle(zip(_BADGES, SIGNS, strict=True)))
    st.markdown(" ".join(f":{colour}-badge[{sign} {plain(name)}]" for name, (colour, sign) in names))
    alt = f"{len(drawn.points)} models by {AXES[across]} and {AXES[up]}; the table beside has the figures."
    st.plotly_chart(figure, theme=None, config={"displayModeBar": False}, key=f"{KEY}_chart", alt=alt)


def _trace(points: Sequence[Point], look: int, ink: str, chosen: set[tuple[str, str]]) -> go.Scatter:
    """Hollow for simulated ones, seen around a real one at the same place; the ticked ones carry their name."""
    simulated = points[0].entry.word == "simulated"
    symbol = f"{MARKERS[look]}-open" if simulated else MARKERS[look]
    return go.Scatter(
        x=[point.x for point in points],
        y=[point.y for point in points],
        mode="markers+text",
        marker={"color": HUES[look], "size": 14 if simulated else 9, "symbol": symbol},
        text=[_name(point.entry) if point.entry.address in chosen else "" for point in points],
        textposition="top center",
        textfont={"color": ink, "size": 12},
        cliponaxis=False,
        hovertext=[f"{_name(point.entry)}<br>{html.escape(_place(point.entry))}" for point in points],
        hovertemplate="%{hovertext}<br>%{x:,} · %{y:,}<extra></extra>",
    )


def _name(entry: Entry) -> str:
    return html.escape(entry.model.label[:60])


def _place(entry: Entry) -> str:
    return f"{entry.model.endpoint} · {WORDS[entry.word]}"


def _frame(drawn: Drawn, across: Order, up: Order) -> pd.DataFrame:
    columns = {
        "Model": [point.entry.model.label for point in drawn.points],
        AXES[across]: [point.x for point in drawn.points],
        AXES[up]: [point.y for point in drawn.points],
    }
    for axis in dict.fromkeys(axis for axis in (across, up) if axis in _OBSERVED):
        columns[f"n ({axis})"] = [_n(point.entry, axis) for point in drawn.points]
    return pd.DataFrame({**columns, "Where": [_place(point.entry) for point in drawn.points]})


def _n(entry: Entry, axis: Order) -> int:
    seen = entry.observed
    return 0 if seen is None else seen.wait_n if axis == "wait" else seen.writing_n


def _said(drawn: Drawn, axes: tuple[Order, Order]) -> str:
    parts = [f"{len(drawn.points)} drawn"]
    if drawn.left_out:
        parts.append(f"{drawn.left_out} without both figures")
    if drawn.off_scale:
        parts.append(f"{drawn.off_scale} at 0, which has no place on a logarithmic axis")
    text = " · ".join(parts) + "."
    if any(point.entry.word == "simulated" for point in drawn.points):
        text += " Hollow: simulated, with invented prices."
    if any(axis in _OBSERVED for axis in axes):
        text += " Observed: medians of real answers of this installation, n in the table."
    return text
