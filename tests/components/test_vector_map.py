"""The map: what is drawn stays small and inert, and what a browser says was selected is not believed blindly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from components.charts import MARKERS
from components.vector_map import MOST_DRAWN_AS_SVG, Label, View, by_value, drawing, selected_rows

HOSTILE = '<a href="http://evil.example">x</a><img src=x> & <b>bold</b>'


def view(n: int, text: str = "Seal drips at the flange of a pump") -> View:
    points = np.random.default_rng(1).normal(size=(n, 2))
    groups = np.arange(n, dtype=np.int32) % 5 - 1
    return View(points, np.arange(n), groups, ("a", "b", "c", "d"), hover=lambda row: (f"key {row}", text))


def drawn_rows(figure: Any) -> list[int]:
    return sorted(row for trace in figure.data if trace.customdata is not None for row in trace.customdata)


def test_every_row_is_drawn_once_bright_or_grey() -> None:
    figure = drawing(replace(view(40), lit=frozenset({3, 4, 999})), "pan", "dark")
    assert drawn_rows(figure) == list(range(40))
    bright = [
        row
        for trace in figure.data
        if trace.customdata is not None and trace.marker.opacity > 0.9
        for row in trace.customdata
    ]
    assert sorted(bright) == [3, 4]


def test_groups_differ_by_their_shape_and_keep_it_while_they_are_grey() -> None:
    made = replace(view(40), lit=frozenset(range(20)))
    shapes: dict[int, set[str]] = {}
    for trace in drawing(made, "pan", "light").data[:-2]:
        shapes.setdefault(int(made.groups[trace.customdata[0]]), set()).add(trace.marker.symbol)
    assert shapes == {-1: {"circle"}, 0: {"circle"}, 1: {"square"}, 2: {"diamond"}, 3: {"cross"}}
    assert len(set(MARKERS)) == len(by_value(list("abcdef"))[1])


def test_texts_of_rows_are_no_markup_on_the_map() -> None:
    made = replace(view(3, HOSTILE), labels=(Label(0, 0, HOSTILE),))
    written = drawing(made, "pan", "light").to_json().replace("\\u003c", "<")
    assert "<a" not in written
    assert "<img" not in written
    assert "&lt;a href" in written


def test_a_row_that_is_not_on_the_map_has_no_ring() -> None:
    rings = drawing(replace(view(5), chosen=(1, 77, -1), row=2), "pan", "dark").data[-2:]
    assert [len(ring.x) for ring in rings] == [1, 1]
    assert len(drawing(replace(view(5), row=None), "pan", "dark").data[-1].x) == 0


def test_many_points_are_left_to_the_graphics_card_and_weigh_little() -> None:
    figure = drawing(view(5_000), "pan", "dark")
    assert {trace.type for trace in figure.data if trace.customdata is not None} == {"scattergl"}
    assert len(figure.to_json()) < 1_000_000
    few = drawing(view(MOST_DRAWN_AS_SVG), "pan", "dark")
    assert {trace.type for trace in few.data} == {"scatter"}


def test_long_texts_are_cut_on_hover() -> None:
    figure = drawing(view(2, "x" * 10_000), "pan", "dark")
    assert max(len(text) for trace in figure.data if trace.text is not None for text in trace.text) < 200


def test_the_four_most_frequent_values_have_a_colour_and_the_others_none() -> None:
    numbers, names = by_value([*"aaaabbbcccdd", "e", None])
    assert names == ("a", "b", "c", "d")
    assert numbers.tolist() == [0] * 4 + [1] * 3 + [2] * 3 + [3] * 2 + [-1, -1]


def test_values_of_every_kind_can_colour_and_no_value_at_all_too() -> None:
    numbers, names = by_value([None, float("nan"), b"\x00", 1, 1, ""])
    assert len(numbers) == 6
    assert names[0] == "1"
    assert by_value([])[1] == ()


def point(customdata: object) -> dict[str, object]:
    return {"curve_number": 0, "point_index": 1, "customdata": customdata}


@pytest.mark.parametrize(
    ("state", "rows"),
    [
        ({"selection": {"points": [point(4), point([7]), point(4)]}}, (4, 7)),
        ({"selection": {"points": [point("4"), point(None), point([]), point(True), point(1.5), "x", {}]}}, ()),
        ({"selection": {"points": []}}, ()),
        ({"selection": None}, ()),
        ({"selection": {"points": None}}, ()),
        (None, ()),
        ("[]", ()),
    ],
)
def test_only_rows_are_read_out_of_a_selection(state: object, rows: tuple[int, ...]) -> None:
    assert selected_rows(state) == rows
