"""What came of a comparison: a sentence that claims no more than one run shows, a table, and charts beside it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.charts import Timeline, bars, text_over_time
from components.compare_actions import KEY
from components.compare_panels import COLOURS
from components.feedback import plain
from components.page_head import grey
from services.answers import figures
from services.answers.comparisons import LETTERS, Comparison
from services.answers.reports import DIFFERENT, Row, rows
from services.answers.timing import DEFINITIONS
from services.endpoints import Word

_SPACE = "\u00a0"


def result(comparison: Comparison) -> None:
    """Drawn once something has been answered and nothing is live any more."""
    found = rows(comparison)
    if comparison.live or not found:
        return
    st.header("Result", anchor=False)
    st.markdown(sentence(comparison))
    if comparison.one_question:
        left, right = st.columns([1.15, 1])
        with left:
            st.table(_table(found), border="horizontal", hide_index=True)
        with right:
            _timeline(comparison, found)
        _bars(found)
    else:
        st.table(_table(found, asked=True), border="horizontal", hide_index=True)
    grey(plain(" ".join(DEFINITIONS.values())))


def _timeline(comparison: Comparison, found: list[Row]) -> None:
    lines = [
        (row.place, Timeline(LETTERS[row.place], run.chunks(), run.sent_ns))
        for row in found
        if (run := comparison.run_at(row.place)) is not None
    ]
    text_over_time(lines, f"{KEY}_timeline")


def _bars(found: list[Row]) -> None:
    bars(
        [LETTERS[row.place] for row in found],
        [
            ("Wait, s", [row.wait_s for row in found]),
            ("Total, s", [row.total_s for row in found]),
            ("Tokens/s", [row.writing_per_s for row in found]),
            ("Tokens written", [row.completion_tokens for row in found]),
            ("Cost, $", [None if row.cost_usd is None else float(row.cost_usd) for row in found]),
        ],
        f"{KEY}_bars",
    )


def sentence(comparison: Comparison) -> str:
    """One run of each names no winner; practice is called practice, and answers to different questions are."""
    different = "" if comparison.one_question else f"**Different questions.** {DIFFERENT} So no chart is drawn. "
    return different + _worth(comparison.words)


def _worth(words: frozenset[Word]) -> str:
    if words == {"simulated"}:
        return "**Practice on simulated models.** Texts, speeds and prices are invented and speak of no real model."
    mixed = " Some answers are simulated, and their figures invented." if "simulated" in words else ""
    return f"**One run of each.** Speeds vary from call to call, so a single run shows no difference.{mixed}"


def _usd(value: float) -> str:
    return "0" if value == 0 else f"{value:.6f}"


def _short(row: Row) -> str:
    """The model without its organization, with its word and its state where they are worth saying."""
    said = "" if row.origin.startswith("real · ") and "local" not in row.origin else row.origin.removeprefix("real · ")
    words = ", ".join(filter(None, (said, "" if row.state == "done" else row.state)))
    return plain(row.name.rsplit("/", 1)[-1] + (f" ({words})" if words else ""))


def _beginning(text: str, most: int = 60) -> str:
    line = " ".join(text[: most * 4].split())
    return plain(line if len(line) <= most else f"{line[:most]}…")


def _table(found: list[Row], *, asked: bool = False) -> object:
    """asked: with the question of each row, where they differ."""
    frame = pd.DataFrame(
        {
            "Model": [f":{COLOURS[row.place]}-badge[{LETTERS[row.place]}] {_short(row)}" for row in found],
            f"Wait,{_SPACE}s": [row.wait_s for row in found],
            f"Total,{_SPACE}s": [row.total_s for row in found],
            "Tokens/s": [row.writing_per_s for row in found],
            "Tokens": [row.completion_tokens for row in found],
            f"Cost,{_SPACE}$": [None if row.cost_usd is None else float(row.cost_usd) for row in found],
        }
    )
    formats = dict(zip(frame.columns[1:6], ("{:.2f}", "{:.2f}", "{:.0f}", "{:.0f}", _usd), strict=True))
    if asked:
        frame["Asked"] = [_beginning(row.question) for row in found]
    return frame.style.format(formats, na_rep=figures.UNKNOWN)
