"""The map of the rows with what it loses, and the row looked at with its nearest rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import begin, owner, value
from components.tables_rows import cut, row_list
from components.tables_search import Found
from components.tables_selection import choose
from components.vector_map import MARKERS, Label, View, by_value, selected_rows, vector_map
from services.embedding.map_loss import Loss
from services.embedding.projection import MOST_TSNE_POINTS, Projection
from services.embedding.search import Hit
from services.exploring import Ground
from services.resources import groups_of, map_of, meaning_of, playground

KEY = "tables_map"
GROUPS = "Groups by meaning"
NEAREST = 8
_COLOURS, _SIGNS = ("blue", "orange", "green", "violet"), dict(zip(MARKERS, "●■◆✚", strict=True))


def map_block(ground: Ground, found: Found) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        names = [column.name for column in ground.shown]
        colour = st.selectbox("Colour by", [GROUPS, *names], key=begin(f"{KEY}_colour", GROUPS), width=220)
        method = st.segmented_control(
            "Map",
            ("pca", "t-sne"),
            key=begin(f"{KEY}_method", "pca"),
            required=True,
            format_func=lambda name: f":gray[{'PCA' if name == 'pca' else 't-SNE'}]",
            help=f"PCA is exact and instant. t-SNE takes some seconds and draws at most {MOST_TSNE_POINTS:,} rows.",
        )
        drag = st.segmented_control(
            "Drag to",
            ("select", "lasso", "pan"),
            key=begin(f"{KEY}_drag", "select"),
            required=True,
            format_func=lambda name: f":gray[{ {'select': 'box', 'lasso': 'lasso', 'pan': 'move'}[name] }]",
        )
    drawn, lost = map_of(ground.embedded.id, "t-sne" if method == "t-sne" else "pca", ground.embedded)
    if len(drawn.rows) < 2:
        grey(plain(drawn.note))
        return
    view = _view(ground, found, drawn, str(colour))
    _legend(view)
    key = f"{KEY}_{ground.id}_{drawn.method}"
    alt = f"Map of {len(drawn.rows):,} rows, coloured by {colour}."
    vector_map(view, key, drag=str(drag), alt=alt, on_select=lambda: _select(key, ground))
    grey(honesty(drawn, lost))


def honesty(drawn: Projection, lost: Loss | None) -> str:
    """What the map shows of the vectors, and that the scores are what counts."""
    parts = ["PCA, exact." if drawn.method == "pca" else "t-SNE, begun at the PCA."]
    if drawn.explained is not None:
        parts.append(f"Shows {sum(drawn.explained):.0%} of the variance.")
    if lost is not None:
        of = "" if lost.kept.n == lost.of else f", judged on {lost.kept.n:,} rows"
        parts.append(
            f"{lost.kept.value:.0%} of nearest neighbours are kept (k = {lost.k}{of}; by chance {lost.by_chance:.1%})."
        )
    if drawn.without_vector:
        parts.append(f"{drawn.without_vector:,} rows without a vector are not on it.")
    parts += [drawn.note] if drawn.note else []
    return " ".join([*parts, "Distance on the map is a hint, scores are the measure."])


def _view(ground: Ground, found: Found, drawn: Projection, colour: str) -> View:
    exploring = playground().explorations.current(owner(), ground.id)
    chosen = playground().workspaces.current(owner()).selected
    groups, names, labels = _groups(ground, drawn) if colour == GROUPS else _values(ground, drawn, colour)
    keys, texts = ground.sample.keys, ground.texts()
    near = () if exploring.row is None else tuple(hit.row for hit in _near(ground, exploring.row))
    lit = frozenset([*found.rows, *near]) if found.rows or near else None
    return View(
        drawn.points,
        drawn.rows,
        groups,
        names,
        hover=lambda row: (keys[row], cut(texts[row], 120)),
        lit=lit,
        chosen=chosen,
        row=exploring.row,
        labels=labels,
    )


def _values(
    ground: Ground, drawn: Projection, colour: str
) -> tuple[npt.NDArray[np.int32], tuple[str, ...], tuple[Label, ...]]:
    values = ground.sample.column(colour)
    numbers, names = by_value([values[row] for row in drawn.rows.tolist()])
    return numbers, names, ()


def _groups(ground: Ground, drawn: Projection) -> tuple[npt.NDArray[np.int32], tuple[str, ...], tuple[Label, ...]]:
    found = groups_of(ground.id, None, ground.embedded, ground.texts)
    of = found.of[drawn.rows]
    names = tuple(cluster.label for cluster in found.clusters)
    labels = []
    for cluster in found.clusters:
        here = drawn.points[of == cluster.number]
        if len(here):
            x, y = np.median(here, axis=0)
            labels.append(Label(float(x), float(y), cluster.label))
    return np.where(of < len(_COLOURS), of, -1).astype(np.int32), names[: len(_COLOURS)], tuple(labels)


def _legend(view: View) -> None:
    parts = [
        f":{colour}-badge[{_SIGNS[marker]} {plain(cut(name, 32))}]"
        for colour, marker, name in zip(_COLOURS, MARKERS, view.names, strict=False)
    ]
    others = int((view.groups < 0).sum())
    st.markdown(" ".join([*parts, *([f":gray-badge[● other ({others:,})]"] if others else [])]))


def _select(key: str, ground: Ground) -> None:
    rows = selected_rows(value(key))
    choose(rows)
    if len(rows) == 1:
        playground().explorations.look_at(owner(), ground.id, rows[0])


def _near(ground: Ground, row: int) -> tuple[Hit, ...]:
    return meaning_of(ground.embedded.id, ground.embedded).near(row, NEAREST)


def row_block(ground: Ground) -> None:
    row = playground().explorations.current(owner(), ground.id).row
    if row is None:
        with st.container(border=True, gap="xsmall"):
            st.markdown("**No row looked at**")
            st.markdown(":gray[Click a point or a hit: its fields and its nearest rows stand here.]")
        return
    sample = ground.sample
    st.subheader(f"Row {plain(sample.keys[row])}", anchor=False)
    at = [i for i, column in enumerate(sample.columns) if not column.hidden]
    fields = pd.DataFrame(
        {
            "Field": [sample.columns[i].name for i in at],
            "Value": ["" if sample.rows[row][i] is None else str(sample.rows[row][i]) for i in at],
        }
    )
    st.dataframe(fields, hide_index=True, height=220, key=f"{KEY}_fields")
    _nearest(ground, row)


def _nearest(ground: Ground, row: int) -> None:
    hits = _near(ground, row)
    st.markdown("**Nearest**")
    if not hits:
        grey("This row has no vector, so nothing is near it.")
        return
    row_list(ground, f"{KEY}_nearest", tuple(hit.row for hit in hits), [hit.score for hit in hits], {})
    grey("By the cosine of the whole vectors, not by the map.")
