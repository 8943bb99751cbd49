"""How good a search of the demo's notifications is: they know what they are about, so it can be judged."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import value
from services.exploring import Ground
from services.resources import quality_of
from services.tables.demo_precision import Precision

KEY = "tables_quality"
_LANGUAGES = {"E": "English", "D": "German"}


def answer_shown(ground: Ground) -> bool:
    """Whether the visitor asked, above the sample, to see what each row is about."""
    return value(f"sample_answer_{ground.number}") is True


def precision_line(ground: Ground, rows: Sequence[int], topic: str, k: int) -> str:
    """Of one question; how many rows there are to be found bounds it."""
    right = sum(ground.answers[row] == topic for row in rows)
    there = ground.answers.count(topic)
    return f"Precision@{k}: {right} of {k} are about {plain(topic)}; {there:,} rows are."


def quality(ground: Ground) -> None:
    box = st.expander("How good is it?", icon=":material/rule:", key=KEY, on_change="rerun")
    if not box.open:
        return
    with box:
        if ground.embedded.word != "local":
            grey("Judged here for the local encoder only; Compare encoders judges each of them by a column.")
            return
        meaning, words = quality_of(ground.id, ground)
        st.table(_table(meaning, words), border="horizontal")
        grey(
            "The local encoder reads English. Each of the suggested questions is meant to find one topic. "
            "Precision@10: how many of its 10 best rows are about that topic; the mean over n questions, "
            "with the 95 % interval. "
            "By chance: what random rows give."
        )


def _table(meaning: Sequence[Precision], words: Sequence[Precision]) -> dict[str, list[str]]:
    of_words = {(cell.query_language, cell.text_language): cell for cell in words}
    return {
        "Question": [_LANGUAGES[cell.query_language] for cell in meaning],
        "Rows": [_LANGUAGES[cell.text_language] for cell in meaning],
        "By meaning": [_share(cell) for cell in meaning],
        "By words": [_share(of_words[cell.query_language, cell.text_language]) for cell in meaning],
        "By chance": [f"{cell.chance:.2f}" for cell in meaning],
        "n": [str(cell.n) for cell in meaning],
    }


def _share(cell: Precision) -> str:
    return f"{cell.mean:.2f} ({cell.low:.2f} to {cell.high:.2f})"
