"""The map of the rows: how they are placed and coloured, what is bright on it, what it loses, and what is selected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from components.charts import SIGNS
from components.feedback import plain
from components.page_head import grey
from components.state import begin, owner, put, value
from components.tables_rows import cut
from components.tables_search import Found
from components.tables_selection import choose
from components.vector_map import HEIGHT, Label, View, by_value, selected_rows, vector_map
from services.embedding.embedded import Embedded
from services.embedding.map_loss import Loss
from services.embedding.projection import MOST_TSNE_POINTS, Method, Projection
from services.exploring import Ground
from services.resources import groups_of, near_of, playground

KEY = "tables_map"
GROUPS = "Groups by meaning"
# Streamlit hears no click on a point while a drag draws a box or a lasso.
_DRAGS = {"pan": "click", "select": "box", "lasso": "lasso"}
BEST = 0
QUICK_S, EVERY_S = 1.0, 0.5
_NUMBERS = (BEST, 4, 6, 8, 12, 16)
_COLOURS = ("blue", "orange", "green", "violet")


@dataclass(frozen=True)
class Colouring:
    """groups[i] is the number of the i-th row on the map within names, -1 for other."""

    groups: npt.NDArray[np.int32]
    names: tuple[str, ...]
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Choice:
    """How the map is drawn and used; number of groups, None for the best."""

    colour: str
    number: int | None
    method: Method
    drag: str


def map_choice(ground: Ground) -> Choice:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        colour, number = _colour_box(ground)
        method = st.segmented_control(
            "Map",
            ("pca", "t-sne"),
            key=begin(f"{KEY}_method", "pca"),
            required=True,
            format_func=lambda name: f":gray[{'PCA' if name == 'pca' else 't-SNE'}]",
            help=f"PCA: exact, at once. t-SNE: up to half a minute, for at most {MOST_TSNE_POINTS:,} rows.",
        )
        drag = st.segmented_control(
            "Select by",
            list(_DRAGS),
            key=f"{KEY}_drag",
            default="pan",
            persist_state="session",
            required=True,
            format_func=lambda name: f":gray[{_DRAGS[name]}]",
            help="Click: look at one row; a drag moves the map, the wheel zooms. Box and lasso select the rows inside.",
        )
    return Choice(colour, number, "t-sne" if method == "t-sne" else "pca", str(drag))


def map_block(ground: Ground, found: Found, choice: Choice) -> None:
    drawing = playground().maps.of(ground.embedded, choice.method)
    drawing.wait(QUICK_S)
    if drawing.live:
        _waiting(ground.embedded, choice.method)
        return
    made = drawing.value
    assert made is not None, drawing.problem
    drawn, lost = made
    if len(drawn.rows) < 2:
        grey(plain(drawn.note))
        return
    if choice.colour == GROUPS:
        colouring = _by_group(ground, drawn, choice.number)
    else:
        colouring = _by_column(ground, drawn, choice.colour)
    view = _view(ground, found, drawn, colouring)
    _legend(colouring)
    key = f"{KEY}_{ground.id}_{drawn.method}"
    alt = f"Map of {len(drawn.rows):,} rows, coloured by {choice.colour}."
    select = partial(_select, key, ground.id, looks=choice.drag == "pan")
    vector_map(view, key, drag=choice.drag, alt=alt, on_select=select)
    grey(
        ("" if view.lit is None else "Bright: the hits, and the rows nearest to the one looked at. ")
        + honesty(drawn, lost)
    )


@st.fragment(run_every=EVERY_S)
def _waiting(embedded: Embedded, method: Method) -> None:
    """Of a map that takes its time; one full rerun when it is drawn."""
    drawing = playground().maps.of(embedded, method)
    if not drawing.live:
        st.rerun()
    with st.container(height=HEIGHT, border=False), st.container(border=True, gap="small"):
        grey(f"Drawing {'the PCA' if method == 'pca' else 't-SNE'} … {drawing.elapsed_s:.0f} s")
        if method != "pca":
            st.button("Back to PCA", key=f"{KEY}_back", icon=":material/undo:", on_click=_back)


def _back() -> None:
    put(f"{KEY}_method", "pca")


def honesty(drawn: Projection, lost: Loss | None) -> str:
    """What the map shows of the vectors, and that the scores are what counts."""
    parts = [
        "PCA, exact." if drawn.method == "pca" else "t-SNE, begun at the PCA; distances between groups say little."
    ]
    if drawn.explained is not None:
        parts.append(f"Shows {sum(drawn.explained):.0%} of the variance.")
    if lost is not None:
        of = "" if lost.kept.n == lost.of else f", judged on {lost.kept.n:,} rows"
        parts.append(
            f"{lost.kept.value:.0%} of nearest neighbours are kept (k = {lost.k}{of}; by chance {lost.by_chance:.1%})."
        )
    if drawn.without_vector:
        parts.append(f"{drawn.without_vector:,} without a vector: not on it.")
    parts += [drawn.note] if drawn.note else []
    return " ".join([*parts, "Distance on the map is a hint, scores are the measure."])


def _colour_box(ground: Ground) -> tuple[str, int | None]:
    names = [GROUPS, *(column.name for column in ground.shown)]
    colour = st.selectbox("Colour by", names, key=begin(f"{KEY}_colour_{ground.number}", GROUPS), width=200)
    if colour != GROUPS:
        return str(colour), None
    number = st.selectbox(
        "Groups",
        _NUMBERS,
        format_func=lambda number: "best" if number == BEST else str(number),
        key=begin(f"{KEY}_number", BEST),
        width=96,
        help="Best: as many, from 2 to 8, as are furthest apart (silhouette).",
    )
    return GROUPS, None if number == BEST else number


def _by_column(ground: Ground, drawn: Projection, name: str) -> Colouring:
    values = ground.sample.column(name)
    numbers, names = by_value([values[row] for row in drawn.rows.tolist()])
    return Colouring(numbers, names)


def _by_group(ground: Ground, drawn: Projection, number: int | None) -> Colouring:
    found = groups_of(ground.id, number, ground.embedded, ground.texts)
    of = found.of[drawn.rows]
    labels = []
    for cluster in found.clusters:
        here = drawn.points[of == cluster.number]
        if len(here):
            x, y = np.median(here, axis=0)
            labels.append(Label(float(x), float(y), cluster.label))
    names = tuple(f"{cluster.label} · {cluster.size:,}" for cluster in found.clusters[: len(_COLOURS)])
    return Colouring(np.where(of < len(_COLOURS), of, -1).astype(np.int32), names, tuple(labels))


def _view(ground: Ground, found: Found, drawn: Projection, colouring: Colouring) -> View:
    row = playground().explorations.current(owner(), ground.id).row
    keys, texts = ground.sample.keys, ground.texts()
    near = () if row is None else (row, *(hit.row for hit in near_of(ground, row)))
    bright = frozenset([*found.rows, *near])
    return View(
        drawn.points,
        drawn.rows,
        colouring.groups,
        colouring.names,
        hover=lambda row: (keys[row], texts[row]),
        lit=bright if bright else None,
        chosen=playground().workspaces.current(owner()).selected,
        row=row,
        labels=colouring.labels,
    )


def _legend(colouring: Colouring) -> None:
    parts = [
        f":{colour}-badge[{sign} {plain(cut(name, 40))}]"
        for colour, sign, name in zip(_COLOURS, SIGNS, colouring.names, strict=False)
    ]
    others = int((colouring.groups < 0).sum())
    st.markdown(" ".join([*parts, *([f":gray-badge[● other · {others:,}]"] if others else [])]))


def _select(key: str, ground: str, *, looks: bool) -> None:
    rows = selected_rows(value(key))
    if looks:
        playground().explorations.look_at(owner(), ground, rows[0] if rows else None)
    else:
        choose(rows)
