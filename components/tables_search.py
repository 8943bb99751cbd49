"""A question to the rows: what is nearest by meaning, and beside it what holds its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, put, value
from components.tables_quality import answer_shown, precision_line, quality
from components.tables_rows import row_list
from components.tables_selection import add
from services.embedding.keywords import WordHit
from services.embedding.search import Hit
from services.explorations import Asked
from services.exploring import Ground, ask, topic_of
from services.resources import meaning_of, playground, words_of
from services.tables.demo_vocabulary import Query, suggested

KEY = "tables_search"
K, LEAST = 10, 0.30
SUGGESTED, GERMAN = 6, 1
QUICK_S, EVERY_S = 1.0, 0.5


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
    last = "" if kept.asked is None else kept.asked.text
    question = st.text_input(
        "Search",
        value=last,
        key=begin(f"{KEY}_question", last),
        placeholder="What the rows should be about",
        icon=":material/search:",
    )
    if ground.judged:
        _suggestions()
    text = (question or "").strip()
    if not text:
        return Found()
    asked = ask(playground(), owner(), ground, text)
    asked.wait(QUICK_S)
    found = _found(ground, asked)
    left, right = st.columns(2, gap="medium")
    with left:
        _meaning(ground, asked, found.meaning)
    with right:
        _words(ground, asked, found.words)
    if ground.judged:
        quality(ground)
    return found


def _suggestions() -> None:
    st.pills(
        "Try",
        _shown(suggested()),
        format_func=lambda text: f":gray[{plain(text)}]",
        key=f"{KEY}_suggested",
        on_change=_suggest,
        label_visibility="collapsed",
    )


def _shown(queries: Sequence[Query]) -> list[str]:
    """Some of them, one in the language that the local encoder does not read."""
    english = [query.text for query in queries if query.language == "E"]
    german = [query.text for query in queries if query.language == "D"]
    return [*english[:SUGGESTED], *german[:GERMAN]]


def _suggest() -> None:
    chosen = value(f"{KEY}_suggested")
    if isinstance(chosen, str):
        put(f"{KEY}_question", chosen)


def _found(ground: Ground, asked: Asked) -> Found:
    vector = asked.value
    meaning: tuple[Hit, ...] = ()
    if vector is not None:
        meaning = meaning_of(ground.embedded.id, ground.embedded).find(vector, K, threshold=LEAST)
    return Found(meaning, words_of(ground.id, ground.texts).find(asked.text, K))


def _meaning(ground: Ground, asked: Asked, hits: Sequence[Hit]) -> None:
    st.subheader("By meaning", anchor=False)
    grey("Cosine of the vectors, −1 to 1; exact, over all rows.")
    if asked.live:
        _waiting(ground.id)
    elif asked.problem is not None:
        show(asked.problem)
        st.button("Ask again", key=f"{KEY}_again", icon=":material/refresh:", on_click=_forget)
    elif asked.value is not None and not asked.value.any():
        _nothing("The encoder knows no word of this.", "Try other words.")
    elif not hits:
        _nothing(f"No row closer than {LEAST:.2f}.", "Try other words, or look at the hits by words.")
    else:
        _hits(ground, asked, "meaning", hits)


def _words(ground: Ground, asked: Asked, hits: Sequence[WordHit]) -> None:
    st.subheader("By words", anchor=False)
    grey("BM25: above 0, rare words count more. Says nothing across two searches.")
    if not hits:
        _nothing("No row holds a word of this.", "Words are matched whole, in any case.")
    else:
        _hits(ground, asked, "words", hits)


@st.fragment(run_every=EVERY_S)
def _waiting(ground: str) -> None:
    """Of a question that an endpoint takes its time for; one full rerun when its vector has come."""
    asked = playground().explorations.current(owner(), ground).asked
    if asked is None or not asked.live:
        st.rerun()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Cancel", key=f"{KEY}_cancel", icon=":material/stop:", on_click=asked.cancel)
        grey(f"Encoding the question … {asked.elapsed_s:.0f} s")


def _forget() -> None:
    playground().explorations.forget(owner())


def _nothing(what: str, remedy: str) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown(f"**{what}**", text_alignment="center")
        st.markdown(f":gray[{remedy}]", text_alignment="center")


def _hits(ground: Ground, asked: Asked, which: str, hits: Sequence[Hit] | Sequence[WordHit]) -> None:
    rows = tuple(hit.row for hit in hits)
    extra = {"Words": [", ".join(hit.words) for hit in hits if isinstance(hit, WordHit)]} if which == "words" else {}
    topic = topic_of(asked.text, suggested()) if ground.judged and answer_shown(ground) else None
    if topic is not None:
        extra["Topic"] = [f"{'✓' if ground.answers[row] == topic else '✗'} {ground.answers[row]}" for row in rows]
    row_list(ground, f"{KEY}_{which}", rows, [hit.score for hit in hits], extra, alt=f"By {which}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            f"Select these {len(rows)}" if len(rows) > 1 else "Select this one",
            key=f"{KEY}_{which}_add",
            icon=":material/add:",
            type="tertiary",
            on_click=add,
            args=(rows,),
        )
        if topic is not None:
            grey(precision_line(ground, rows, topic, K))
