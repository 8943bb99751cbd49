"""A question to the rows: what is nearest by meaning, and what holds its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, put, value
from components.tables_selection import add
from services.embedding.keywords import WordHit
from services.embedding.search import Hit
from services.errors import ServiceError
from services.explorations import Asked
from services.exploring import Ground, ask, encoder_of
from services.resources import meaning_of, playground, words_of
from services.tables.demo_vocabulary import suggested

KEY = "tables_search"
K, LEAST = 10, 0.30
SUGGESTED = 8
MOST_CHARACTERS = 160


@dataclass(frozen=True)
class Found:
    """The hits of the question that stands; none of either where nothing is asked."""

    meaning: tuple[Hit, ...] = ()
    words: tuple[WordHit, ...] = ()

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys([*(hit.row for hit in self.meaning), *(hit.row for hit in self.words)]))


def search_block(ground: Ground) -> Found:
    kept = playground().explorations.current(owner(), ground.id)
    question = st.text_input(
        "Search",
        key=begin(f"{KEY}_question", "" if kept.asked is None else kept.asked.text),
        placeholder="What the rows should be about",
        icon=":material/search:",
    )
    if ground.answers is not None:
        _suggestions()
    text = (question or "").strip()
    if not text:
        return Found()
    asked = kept.asked if kept.asked is not None and kept.asked.text == text else _ask(ground, text)
    found = _found(ground, asked)
    left, right = st.columns(2, gap="medium")
    with left:
        _meaning(ground, asked, found.meaning)
    with right:
        _words(ground, found.words)
    return found


def _suggestions() -> None:
    st.pills(
        "Try",
        [query.text for query in suggested()[:SUGGESTED]],
        format_func=lambda text: f":gray[{plain(text)}]",
        key=f"{KEY}_suggested",
        on_change=_suggest,
        label_visibility="collapsed",
    )


def _suggest() -> None:
    chosen = value(f"{KEY}_suggested")
    if isinstance(chosen, str):
        put(f"{KEY}_question", chosen)


def _ask(ground: Ground, text: str) -> Asked:
    house = playground()
    with st.spinner("Reading the question …", show_time=True):
        try:
            asked = ask(encoder_of(house, owner()), ground, text)
        except ServiceError as problem:
            asked = Asked(text, problem=problem)
    house.explorations.update(owner(), ground.id, lambda kept: replace(kept, asked=asked))
    return asked


def _found(ground: Ground, asked: Asked) -> Found:
    meaning: tuple[Hit, ...] = ()
    if asked.vector is not None:
        meaning = meaning_of(ground.embedded.id, ground.embedded).find(asked.vector, K, threshold=LEAST)
    return Found(meaning, words_of(ground.id, ground.texts).find(asked.text, K))


def _meaning(ground: Ground, asked: Asked, hits: Sequence[Hit]) -> None:
    st.subheader("By meaning", anchor=False)
    grey(f"Cosine of the vectors, −1 to 1, computed exactly over all {len(ground.sample.rows):,} rows.")
    if asked.problem is not None:
        show(asked.problem)
    elif asked.vector is not None and not asked.vector.any():
        _nothing("The encoder knows no word of this.", "Try other words.")
    elif not hits:
        _nothing(f"No row closer than {LEAST:.2f}.", "Try other words, or look at the hits by words.")
    else:
        _hits(ground, "meaning", [(hit.row, hit.score) for hit in hits], {})


def _words(ground: Ground, hits: Sequence[WordHit]) -> None:
    st.subheader("By words", anchor=False)
    grey("BM25, above 0: rare words and short texts count more. To be compared within one search only.")
    if not hits:
        _nothing("No row holds a word of this.", "Words are matched whole, in any case.")
    else:
        extra = {"Words": [", ".join(hit.words) for hit in hits]}
        _hits(ground, "words", [(hit.row, hit.score) for hit in hits], extra)


def _nothing(what: str, remedy: str) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown(f"**{what}**", text_alignment="center")
        st.markdown(f":gray[{remedy}]", text_alignment="center")


def _hits(ground: Ground, which: str, hits: Sequence[tuple[int, float]], extra: dict[str, list[str]]) -> None:
    keys, texts = ground.sample.keys, ground.texts()
    rows = [row for row, _ in hits]
    frame = pd.DataFrame(
        {
            "Score": [score for _, score in hits],
            "Row": [keys[row] for row in rows],
            **extra,
            "Text": [cut(texts[row]) for row in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=f"{KEY}_{which}",
        on_select=partial(_look, which, ground.id, tuple(rows)),
        selection_mode="single-cell",
        column_config={"Score": st.column_config.NumberColumn(format="%.2f", width="small")},
        height="content",
    )
    st.button(f"Select these {len(rows)}", key=f"{KEY}_{which}_add", type="tertiary", on_click=add, args=(tuple(rows),))


def _look(which: str, ground: str, rows: tuple[int, ...]) -> None:
    cells = chosen_cells(value(f"{KEY}_{which}"))
    if cells and cells[0] < len(rows):
        playground().explorations.look_at(owner(), ground, rows[cells[0]])


def chosen_cells(state: object) -> tuple[int, ...]:
    """The lines of a dataframe in which a cell was chosen."""
    selection = state.get("selection", {}) if isinstance(state, dict) else {}
    cells = selection.get("cells", []) if isinstance(selection, dict) else []
    return tuple(int(cell[0]) for cell in cells if isinstance(cell, list | tuple) and cell)


def cut(text: str | None, most: int = MOST_CHARACTERS) -> str:
    """On one line."""
    line = " ".join(("" if text is None else text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
