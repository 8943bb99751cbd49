"""What came of the matrix: a row of figures for each model, one sentence that claims no more than they show, files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from components.feedback import plain
from components.matrix_actions import KEY
from components.matrix_cell import COLOURS
from components.matrix_models import named
from components.page_head import grey
from services.answers import figures
from services.answers.comparisons import LETTERS
from services.answers.repeat_report import PRACTICE
from services.matrix.cells import Snapshot
from services.matrix.export import as_csv, as_markdown
from services.matrix.scores import METHODS, grounding_scores, headline, pass_scores, sentences
from services.matrix.tallies import Tally, tallies

MIXED = " :gray[Some answers are simulated: their texts and figures are invented.]"
_SPACE = "\u00a0"


class Table:
    """draw() sends it where it has changed."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._shown = _columns(snapshot)
        self._place = st.table(pd.DataFrame(self._shown), border="horizontal", hide_index=True)

    def draw(self, snapshot: Snapshot) -> None:
        columns = _columns(snapshot)
        if columns != self._shown:
            self._place.table(pd.DataFrame(columns), border="horizontal", hide_index=True)
            self._shown = columns


def words(snapshot: Snapshot) -> None:
    """One sentence in front, the others and the methods behind it."""
    said = headline(snapshot)
    mixed = snapshot.plan.practice and not said.startswith(PRACTICE)
    st.markdown(_said(said) + (MIXED if mixed else ""))
    _methods(sentences(snapshot))


def words_to_come() -> None:
    """Of the same height as words(): while answers come nothing is claimed yet."""
    st.markdown(":gray[What they show is said when all is answered.]")
    _methods([])


def _methods(said: list[str]) -> None:
    with st.expander("How it is counted, and all that can be said", key=f"{KEY}_words", type="compact"):
        if said:
            st.markdown("\n".join(f"- {_said(sentence)}" for sentence in said))
        grey(plain(" ".join(METHODS.values())))


def exports(snapshot: Snapshot) -> None:
    now = datetime.now(UTC)
    for name, suffix, mime, make in (
        ("CSV", "csv", "text/csv", as_csv),
        ("Markdown", "md", "text/markdown", as_markdown),
    ):
        st.download_button(
            name,
            data=partial(make, snapshot, now=now),
            file_name=f"rows-by-models-{now:%Y%m%d-%H%M}.{suffix}",
            mime=mime,
            key=f"{KEY}_export_{suffix}",
            icon=":material/download:",
            on_click="ignore",
        )


def _said(sentence: str) -> str:
    return plain(sentence).replace("n = ", f"n{_SPACE}={_SPACE}")


def _columns(snapshot: Snapshot) -> dict[str, list[str]]:
    found = tallies(snapshot)
    columns = {"Model": [_name(snapshot, tally.place) for tally in found]}
    if snapshot.checks:
        columns["Passed"] = [_cell(score.short) for score in pass_scores(snapshot)]
    columns["In the row"] = [_cell(score.short) for score in grounding_scores(snapshot)]
    columns[f"Total,{_SPACE}s"] = [_total(tally) for tally in found]
    columns[f"Cost,{_SPACE}$"] = [_cost(tally.cost_usd) for tally in found]
    columns["Answered"] = [_cell(f"{tally.answered} of {tally.cells}") for tally in found]
    return columns


def _name(snapshot: Snapshot, place: int) -> str:
    entrant = snapshot.plan.entrants[place]
    name = named(entrant.model.rsplit("/", 1)[-1], entrant.endpoint.word)
    return f":{COLOURS[place]}-badge[{LETTERS[place]}] {name}"


def _total(tally: Tally) -> str:
    """The median, with its interval where there are answers enough."""
    found = tally.total_s
    if found is None:
        return figures.UNKNOWN
    if found.low is None or found.high is None:
        return f"{found.value:.2f}"
    return _cell(f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})")


def _cost(usd: Decimal | None) -> str:
    return figures.money(usd).replace("$", "")


def _cell(text: str) -> str:
    """A count and its unit never part; an interval may stand in a line of its own."""
    count, gap, interval = text.partition(" (")
    return count.replace(" ", _SPACE) + (gap + interval.replace(" ", _SPACE) if gap else "")
