"""Vectors as points on a flat map, drawn with plotly in the page's own colours; the rows stand in tables beside it."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from components.charts import HUES, INK, MARKERS
from components.tables_rows import cut

OTHER = "other"
HEIGHT = 420
MOST_HOVER_CHARACTERS = 60
# Beyond this many points the browser's vector graphics get slow, and its graphics card draws them.
MOST_DRAWN_AS_SVG = 2_000
_GREY = {"light": "#B4C0C6", "dark": "#4A5A64"}
_PAGE = {"light": "#FFFFFF", "dark": "#151C21"}

Places = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Label:
    """Words at a place of the map."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class View:
    """points (m, 2) are the places of rows[i]; groups[i] counts from 0 into names, -1 for "other" and what is beyond.

    lit are the rows that stay bright, None for all; chosen have a ring, row a thicker one. hover gives a row's lines,
    None for an empty one.
    """

    points: Places
    rows: npt.NDArray[np.intp]
    groups: npt.NDArray[np.int32]
    names: tuple[str, ...]
    hover: Callable[[int], Sequence[str | None]]
    lit: frozenset[int] | None = None
    chosen: tuple[int, ...] = ()
    row: int | None = None
    labels: tuple[Label, ...] = field(default=())


def by_value(values: Sequence[object]) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """The number of each row's value among the most frequent ones, and their names; -1 for the others."""
    texts = ["empty" if value is None else str(value) for value in values]
    common = [text for text, _ in Counter(texts).most_common(len(HUES))]
    number = {text: at for at, text in enumerate(common)}
    return np.array([number.get(text, -1) for text in texts], dtype=np.int32), tuple(common)


def vector_map(view: View, key: str, *, drag: str, alt: str, on_select: Callable[[], None]) -> None:
    st.plotly_chart(
        drawing(view, drag, "dark" if st.context.theme.type == "dark" else "light"),
        theme=None,
        config={"displayModeBar": False, "scrollZoom": drag == "pan"},
        key=key,
        on_select=on_select,
        selection_mode=("points", "box", "lasso"),
        alt=alt,
    )


def selected_rows(state: object) -> tuple[int, ...]:
    """The rows of what plotly says was selected, each once; what is none of ours is left out."""
    selection = state.get("selection", {}) if isinstance(state, dict) else {}
    points = selection.get("points") if isinstance(selection, dict) else None
    listed = points if isinstance(points, list | tuple) else ()
    rows = [_row(point) for point in listed if isinstance(point, dict)]
    return tuple(dict.fromkeys(row for row in rows if row is not None))


def _row(point: dict[str, object]) -> int | None:
    given = point.get("customdata")
    first = given[0] if isinstance(given, list | tuple) and given else given
    return first if isinstance(first, int) and not isinstance(first, bool) else None


def drawing(view: View, drag: str, theme: str) -> go.Figure:
    """Of what rows and groups say nothing is markup. theme: light or dark."""
    ink, mute, _ = INK[theme]
    figure = go.Figure()
    kind = go.Scatter if len(view.rows) <= MOST_DRAWN_AS_SVG else go.Scattergl
    lit = np.array([view.lit is None or row in view.lit for row in view.rows.tolist()], dtype=bool)
    for number in (-1, *range(len(view.names))):
        for bright in (False, True):
            at = np.flatnonzero((view.groups == number) & (lit == bright))
            if at.size:
                grey = not bright or number < 0
                colour = _GREY[theme] if grey else HUES[number % len(HUES)]
                figure.add_trace(_points(kind, view, at, colour, number, bright=bright, outline=_PAGE[theme]))
    figure.add_trace(_rings(view, view.chosen, ink, 12, 1.5))
    figure.add_trace(_rings(view, () if view.row is None else (view.row,), ink, 18, 2.5))
    for label in view.labels:
        figure.add_annotation(
            x=label.x,
            y=label.y,
            text=f"<b>{html.escape(label.text)}</b>",
            showarrow=False,
            font={"size": 12, "color": ink},
            bgcolor=_PAGE[theme],
            opacity=0.88,
        )
    figure.update_layout(**_layout(drag, ink, mute, _PAGE[theme]))
    return figure


def _points(
    kind: type[go.Scatter] | type[go.Scattergl],
    view: View,
    at: npt.NDArray[np.intp],
    colour: str,
    number: int,
    *,
    bright: bool,
    outline: str,
) -> go.Scatter | go.Scattergl:
    rows, opacity = view.rows[at].tolist(), 0.95 if bright else 0.65
    return kind(
        x=np.round(view.points[at, 0], 4),
        y=np.round(view.points[at, 1], 4),
        mode="markers",
        marker={
            "color": colour,
            "symbol": MARKERS[number % len(MARKERS)] if number >= 0 else "circle",
            "size": 7,
            "opacity": opacity,
            "line": {"width": 0.6, "color": outline},
        },
        customdata=rows,
        text=["<br>".join(html.escape(cut(line, MOST_HOVER_CHARACTERS)) for line in view.hover(row)) for row in rows],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 0.95}},
        unselected={"marker": {"opacity": opacity}},
    )


def _rings(view: View, rows: Sequence[int], ink: str, size: float, width: float) -> go.Scatter:
    place = {row: at for at, row in enumerate(view.rows.tolist())}
    at = [place[row] for row in rows if row in place]
    return go.Scatter(
        x=view.points[at, 0],
        y=view.points[at, 1],
        mode="markers",
        marker={"symbol": "circle-open", "size": size, "color": ink, "line": {"width": width, "color": ink}},
        hoverinfo="skip",
    )


def _layout(drag: str, ink: str, mute: str, page: str) -> dict[str, object]:
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    return {
        "height": HEIGHT,
        "font": {"family": "Hanken Grotesk, sans-serif", "size": 12, "color": mute},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": page, "font": {"color": ink, "size": 12}, "align": "left"},
        "dragmode": drag,
        "clickmode": "event+select",
        "uirevision": "map",
        "xaxis": axis,
        "yaxis": {**axis, "scaleanchor": "x"},
    }
