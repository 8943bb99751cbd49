"""The rows that were selected, wherever: as a table, and on to Chat and Compare with what is sent of them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components import chat_actions, compare_actions
from components.feedback import plain
from components.page_head import grey
from components.state import begin, owner
from services.answers import figures
from services.answers.context import Context
from services.context import MOST_ROWS, MOST_TOKENS, context_of
from services.embedding.texts import parse
from services.errors import ServiceError
from services.exploring import Ground
from services.resources import playground
from services.tables.arrow import arrow_table
from services.tables.source import Cell, Column, Sample

KEY = "tables_selection"


def selection_block(ground: Ground) -> None:
    rows = playground().workspaces.current(owner()).selected
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.subheader("Selected rows" if not rows else f"{len(rows):,} selected", anchor=False, width="content")
        if rows:
            st.button(
                "Clear", key=f"{KEY}_clear", type="tertiary", icon=":material/close:", on_click=choose, args=((),)
            )
    if not rows:
        grey("None yet. Drag over points of the map, or press Select under the hits; then ask models about them.")
        return
    columns = _columns(ground)
    _table(ground, rows, columns)
    _onward(ground, rows, columns)


def choose(rows: tuple[int, ...]) -> None:
    """These and no others; a row the sample does not have is left out."""
    playground().workspaces.update(
        owner(),
        lambda kept: replace(
            kept,
            selected=tuple(row for row in rows if kept.sample is not None and 0 <= row < len(kept.sample.rows)),
        ),
    )


def add(rows: tuple[int, ...]) -> None:
    """These too, after those that are selected already."""
    choose(tuple(dict.fromkeys((*playground().workspaces.current(owner()).selected, *rows))))


def _columns(ground: Ground) -> tuple[str, ...]:
    """What is shown and sent of each row; to begin with the columns that its text is made of."""
    names = [column.name for column in ground.shown if column.readable and not column.key]
    used = parse(ground.template, [column.name for column in ground.sample.columns if column.readable]).columns
    chosen = st.multiselect(
        "Columns that go along",
        names,
        key=begin(f"{KEY}_columns_{ground.id}", [name for name in names if name in used]),
        help="The key of each row always goes along.",
    )
    return tuple(chosen)


def _table(ground: Ground, rows: tuple[int, ...], columns: tuple[str, ...]) -> None:
    sample = ground.sample
    shown = [column for column in sample.columns if column.key or column.name in columns]
    chosen = arrow_table({column.name: _values(sample, rows, column) for column in shown})
    height = min(280, 36 * (len(rows) + 1) + 2)
    st.dataframe(chosen, hide_index=True, height=height, key=f"{KEY}_table", alt="The selected rows")


def _values(sample: Sample, rows: tuple[int, ...], column: Column) -> list[Cell]:
    values = sample.column(column.name)
    return [values[row] for row in rows]


def _onward(ground: Ground, rows: tuple[int, ...], columns: tuple[str, ...]) -> None:
    try:
        context = context_of(ground.sample, rows, columns)
    except ServiceError as problem:
        grey(f"{plain(problem.message)} {plain(problem.remedy)}")
        context = None
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        chat = st.button("Ask in Chat", key=f"{KEY}_chat", icon=":material/forum:", disabled=context is None)
        compare = st.button(
            "Compare on these rows", key=f"{KEY}_compare", icon=":material/view_column:", disabled=context is None
        )
        if context is not None:
            grey(f"about {figures.tokens(context.tokens)} tokens · at most {MOST_ROWS} rows, {MOST_TOKENS:,} tokens")
    if context is not None:
        _sent(context)
        if chat:
            chat_actions.take_rows(context)
            st.switch_page("chat.py")
        if compare:
            compare_actions.take_rows(context)
            st.switch_page("compare.py")


def _sent(context: Context) -> None:
    with st.expander("What is sent", icon=":material/visibility:"):
        grey("In front of the prompt. Chat and Compare show it too, and let it be removed.")
        st.code(context.block, language=None, wrap_lines=True, height=240)
