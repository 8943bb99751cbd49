"""Rows down, models across: ten rows at a time, each cell of the same height, so that nothing moves while they fill."""

from __future__ import annotations

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import matrix_actions as do
from components.badges import word_badge
from components.feedback import plain
from components.matrix_actions import KEY
from components.matrix_cell import COLOURS, MOST_CHARACTERS, answer, figures_line, head, outcomes
from components.matrix_dialog import opened
from components.matrix_marks import LEGEND
from components.page_head import grey
from services.answers.comparisons import LETTERS
from services.matrix.cells import Cell, Snapshot
from services.matrix.plans import Plan
from services.matrix.template import cell_text, cells, cut

PAGE_ROWS = 10
MIN_WIDTHS = {1: 260, 2: 260, 3: 230, 4: 200}
TEXT_HEIGHTS = {1: 96, 2: 112, 3: 136, 4: 152}
BUTTONS_HEIGHT = 40
MOST_OF_ROW = 160
# As many lines as the figures of a cell take.
_BLANK = ":small[\u00a0]"
_BLANKS = {1: _BLANK, 2: _BLANK, 3: f"{_BLANK}\\\n{_BLANK}", 4: f"{_BLANK}\\\n{_BLANK}"}


class Grid:
    """One page of it; draw() sends the cells that have changed. live: there is nothing in it to be pressed yet."""

    def __init__(self, snapshot: Snapshot, *, live: bool) -> None:
        self._live, self._drawn = live, list[_Cell]()
        count = len(snapshot.plan.rows)
        first = (_page(snapshot.plan) - 1) * PAGE_ROWS
        self._heads(snapshot)
        for line in range(first, min(first + PAGE_ROWS, count)):
            grey(_row(snapshot, line))
            grid = self._columns(snapshot)
            for place in range(len(snapshot.plan.entrants)):
                with grid.container(border=True, gap="xsmall", key=f"{KEY}_cell_{line}_{place}"):
                    self._drawn.append(_Cell(snapshot, snapshot.at(line, place), live=live))

    def draw(self, snapshot: Snapshot) -> None:
        for drawn in self._drawn:
            drawn.draw(snapshot)

    def _heads(self, snapshot: Snapshot) -> None:
        grid = self._columns(snapshot)
        for place, entrant in enumerate(snapshot.plan.entrants):
            name = plain(entrant.model.rsplit("/", 1)[-1])
            with grid.container(gap="xsmall"):
                st.subheader(f":{COLOURS[place]}-badge[{LETTERS[place]}] {name}", divider=COLOURS[place], anchor=False)
                word_badge(entrant.endpoint.word)

    @staticmethod
    def _columns(snapshot: Snapshot) -> DeltaGenerator:
        count = len(snapshot.plan.entrants)
        return st.grid(columns=count, min_column_width=MIN_WIDTHS[count], gap="small")


class _Cell:
    """Filled as it is made: an empty place that is filled later would flicker with every fragment."""

    def __init__(self, snapshot: Snapshot, cell: Cell, *, live: bool) -> None:
        self._at, self._shown = (cell.line, cell.place), _contents(snapshot, cell)
        first, second, third = self._shown
        top = st.markdown(first)
        with st.container(height=TEXT_HEIGHTS[len(snapshot.plan.entrants)], border=False):
            text = st.markdown(second)
        self._places = (top, text, st.markdown(third))
        self._buttons(snapshot, cell, live=live)

    def draw(self, snapshot: Snapshot) -> None:
        now = _contents(snapshot, snapshot.at(*self._at))
        for place, before, text in zip(self._places, self._shown, now, strict=True):
            if text != before:
                place.markdown(text)
        self._shown = now

    def _buttons(self, snapshot: Snapshot, cell: Cell, *, live: bool) -> None:
        key = f"{KEY}_{cell.line}_{cell.place}"
        with st.container(horizontal=True, gap="small", height=BUTTONS_HEIGHT, border=False):
            if live:
                # Each cell is sent anew with every fragment: what cannot be pressed yet is left out.
                return
            icon = ":material/open_in_full:"
            if st.button("Open", key=f"{key}_open", type="tertiary", icon=icon, disabled=cell.result is None):
                opened(snapshot, cell)
            st.button(
                "Again" if cell.result is not None else "Ask",
                key=f"{key}_again",
                type="tertiary",
                icon=":material/refresh:",
                on_click=do.again,
                args=(((cell.line, cell.place),),),
            )


def _page(plan: Plan) -> int:
    """Which page is shown, from 1; the legend beside it."""
    count = len(plan.rows)
    pages = math.ceil(count / PAGE_ROWS)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        # The seed is another for each matrix, so that each begins on its first page.
        chosen = st.pagination(pages, key=f"{KEY}_page_{plan.seed}") if pages > 1 else 1
        last = min(chosen * PAGE_ROWS, count)
        rows = f"rows {(chosen - 1) * PAGE_ROWS + 1} to {last} of {count} · " if pages > 1 else ""
        grey(rows + LEGEND)
    return chosen


def _row(snapshot: Snapshot, line: int) -> str:
    """Its key, and what stands in the columns of the prompt, shortened."""
    plan = snapshot.plan
    values = cells(plan.sample, line)
    texts = [" ".join(cell_text(values[name])[: MOST_OF_ROW * 2].split()) for name in plan.template.columns]
    said = " · ".join(filter(None, texts))
    short = said if len(said) <= MOST_OF_ROW else f"{said[: MOST_OF_ROW - 1]}…"
    return f"**{plain(cut(plan.keys[line], 60))}** {plain(short)}"


def _contents(snapshot: Snapshot, cell: Cell) -> tuple[str, str, str]:
    parts = [answer(snapshot, cell, most=MOST_CHARACTERS[len(snapshot.plan.entrants)])]
    if cell.judgement is not None:
        parts += [f":small[{line}]" for line in outcomes(snapshot, cell.judgement)]
    line = figures_line(cell)
    return head(snapshot, cell), "\n\n".join(parts), line if line else _BLANKS[len(snapshot.plan.entrants)]
