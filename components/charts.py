"""Charts that people study, drawn with plotly in the page's own colours. A table of the same figures stands beside."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from services.wire.types import Chunk

HUES = ("#4585EE", "#C95B14", "#55997C", "#AB4C93")
# Shapes, so that nobody needs the hues, and their signs for legends.
MARKERS, SIGNS = ("circle", "square", "diamond", "cross"), "●■◆✚"
INK = {"light": ("#0E1A20", "#4A5C66", "#D3DCE0"), "dark": ("#E3EAED", "#A9BAC3", "#33414A")}
_CONFIG = {"displayModeBar": False}


@dataclass(frozen=True)
class Timeline:
    """The chunks of one panel, from sent_ns on."""

    letter: str
    chunks: tuple[Chunk, ...]
    sent_ns: int


def text_over_time(lines: Sequence[tuple[int, Timeline]], key: str) -> None:
    """Characters that had come, by seconds since sending; each line in its panel's hue with the letter at its end."""
    ink, mute, rule = colours()
    figure, crowded = go.Figure(), _crowded(lines)
    for place, line in lines:
        seconds = [(chunk.t_ns - line.sent_ns) / 1e9 for chunk in line.chunks]
        characters = list(itertools.accumulate(len(chunk.text) for chunk in line.chunks))
        if not seconds:
            continue
        figure.add_scatter(
            x=[0.0, *seconds],
            y=[0, *characters],
            mode="lines",
            line={"color": HUES[place], "width": 2.5, "shape": "hv"},
        )
        figure.add_scatter(
            x=seconds[-1:],
            y=characters[-1:],
            mode="markers+text",
            marker={"color": HUES[place], "size": 10},
            text=[f"<b>{line.letter}</b>"],
            textposition="middle left" if place == crowded else "middle right",
            textfont={"color": ink, "size": 13},
            cliponaxis=False,
        )
    figure.update_layout(**_layout("Characters over time, s", 260, ink, mute))
    figure.update_xaxes(showgrid=False, linecolor=rule, ticks="outside", ticklen=4, rangemode="tozero")
    figure.update_yaxes(gridcolor=rule, griddash="dot", zeroline=False, rangemode="tozero")
    alt = f"Characters over time for {', '.join(line.letter for _, line in lines)}."
    st.plotly_chart(figure, theme=None, config=_CONFIG, key=key, alt=alt)


def _crowded(lines: Sequence[tuple[int, Timeline]]) -> int | None:
    """The place whose end lies so close before the next one's that their letters would overlap."""
    ends = sorted((line.chunks[-1].t_ns - line.sent_ns, place) for place, line in lines if line.chunks)
    for (end, place), (following, _) in itertools.pairwise(ends):
        if following - end < 0.06 * ends[-1][0]:
            return place
    return None


def bars(letters: Sequence[str], figures: Sequence[tuple[str, Sequence[float | None]]], key: str) -> None:
    """One small chart per figure, a bar for each panel; what is not known has no bar."""
    ink, mute, rule = colours()
    figure = make_subplots(rows=1, cols=len(figures), subplot_titles=[name for name, _ in figures])
    for column, (_, values) in enumerate(figures, start=1):
        figure.add_bar(x=list(letters), y=list(values), marker={"color": list(HUES[: len(letters)])}, row=1, col=column)
    figure.update_layout(**_layout("", 220, ink, mute))
    figure.update_annotations(font={"size": 12, "color": mute})
    figure.update_xaxes(linecolor=rule, showgrid=False)
    figure.update_yaxes(gridcolor=rule, griddash="dot", zeroline=False, nticks=4)
    names = ", ".join(name for name, _ in figures)
    st.plotly_chart(figure, theme=None, config=_CONFIG, key=key, alt=f"Bars of {names} for {', '.join(letters)}.")


def colours() -> tuple[str, str, str]:
    return INK["dark" if st.context.theme.type == "dark" else "light"]


def _layout(title: str, height: int, ink: str, mute: str) -> dict[str, object]:
    return {
        "title": {"text": title, "font": {"size": 14, "weight": 600, "color": ink}, "x": 0, "xref": "container"},
        "height": height,
        "font": {"family": "Hanken Grotesk, sans-serif", "size": 12, "color": mute},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 44, "r": 24, "t": 32, "b": 28},
        "showlegend": False,
    }
