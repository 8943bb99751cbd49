"""What repeating showed: a median with its interval for each panel, a sentence for each pair, files to take along."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from components.compare_panels import COLOURS
from components.export_buttons import export_buttons
from components.feedback import plain, show
from components.page_head import grey
from services.answers import figures
from services.answers.comparisons import LETTERS
from services.answers.repeat_report import METHODS, PRACTICE, as_csv, as_json, failures
from services.answers.repeats import PairVerdict, PanelFigures, Snapshot, pair_verdicts, panel_figures
from services.answers.verdicts import MetricName

KEY = "repeat"
_SPACE = "\u00a0"
_HEADS: dict[MetricName, str] = {
    "wait": f"Wait,{_SPACE}s",
    "total": f"Total,{_SPACE}s",
    "tokens/s": "Tokens/s",
    "cost": f"Cost,{_SPACE}$",
}


def repeat_result(snapshot: Snapshot) -> None:
    st.markdown(_ending(snapshot))
    if snapshot.problem is not None:
        show(snapshot.problem)
    st.table(_table(snapshot), border="horizontal", hide_index=True)
    _sentences(pair_verdicts(snapshot))
    _list([plain(line) for line in failures(snapshot)])
    _downloads(snapshot)
    grey(plain(" ".join(METHODS.values())))


def _ending(snapshot: Snapshot) -> str:
    """How many rounds it became, and why no more."""
    plan, done = snapshot.plan, snapshot.rounds_done
    rounds = f"{done} of {plan.rounds} rounds"
    words = {
        "done": f"**{done} {'round' if done == 1 else 'rounds'}**",
        "stopped": f"**Stopped after {rounds}**",
        "ceiling": f"**Ended after {rounds}:** the next call could have passed the ceiling",
        "failing": f"**Ended after {rounds}:** one model failed again and again",
    }
    asked = plan.asked[0].request.messages[-1].content
    return f"{words[snapshot.stage]} of “{plain(_short(str(asked)))}”"


def _sentences(found: list[PairVerdict]) -> None:
    """One list; with more than two panels a list for each pair, side by side where there is room."""
    pairs = sorted({each.places for each in found})
    if len(pairs) <= 1:
        _list([_line(each) for each in found])
        return
    grid = st.grid(columns=2, min_column_width=340, gap="small")
    for pair in pairs:
        with grid.container(gap="small"):
            st.markdown(" ".join(f":{COLOURS[place]}-badge[{LETTERS[place]}]" for place in pair))
            _list([_line(each) for each in found if each.places == pair])


def _list(lines: list[str]) -> None:
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))


def _line(found: PairVerdict) -> str:
    claim = plain(found.verdict.claim)
    said = f"**{claim}**" if found.verdict.shown else claim
    sentence = (PRACTICE if found.simulated else "") + said + plain(found.verdict.details)
    return sentence.replace("n = ", f"n{_SPACE}={_SPACE}")


def _table(snapshot: Snapshot) -> object:
    rows = panel_figures(snapshot)
    columns = {
        "Model": [_name(snapshot, row) for row in rows],
        "n": [row.asked - row.failed for row in rows],
        **{head: [_cell(row, name) for row in rows] for name, head in _HEADS.items()},
        "Failed": [row.failed for row in rows],
    }
    return pd.DataFrame(columns)


def _name(snapshot: Snapshot, row: PanelFigures) -> str:
    asked = snapshot.plan.asked[row.place]
    word = " (simulated)" if asked.simulated else " (local)" if asked.endpoint.word == "local" else ""
    name = asked.request.model.rsplit("/", 1)[-1]
    return f":{COLOURS[row.place]}-badge[{LETTERS[row.place]}] {plain(name)}{word}"


def _cell(row: PanelFigures, metric: MetricName) -> str:
    """0.42 (0.38 to 0.47), with its own n where some answers gave no such figure."""
    found = row.medians[metric]
    if found is None:
        return figures.UNKNOWN
    notes = [] if found.n == row.asked - row.failed else [f"n = {found.n}"]
    if found.low is not None and found.high is not None and found.low != found.high:
        notes.insert(0, f"{_bare(found.low, metric)} to {_bare(found.high, metric)}")
    said = f"{_bare(found.value, metric)} ({', '.join(notes)})" if notes else _bare(found.value, metric)
    return said.replace(" ", _SPACE)


def _bare(number: float, metric: MetricName) -> str:
    if metric == "cost":
        return figures.money(Decimal(repr(number))).replace("$", "")
    return figures.per_second(number) if metric == "tokens/s" else f"{number:.2f}"


def _short(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _downloads(snapshot: Snapshot) -> None:
    with st.container(horizontal=True, gap="small"):
        export_buttons(
            f"{KEY}_export",
            "repeats",
            {"csv": partial(as_csv, snapshot), "json": partial(as_json, snapshot)},
            label="All calls as {}",
        )
