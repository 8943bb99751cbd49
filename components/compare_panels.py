"""The panels of a comparison: head in the panel's colour, answer, six cells that never move, and what can be done."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components import compare_actions as do
from components.answer_panel import WAITING, LivePanel, live_answers
from components.badges import word_badge
from components.compare_actions import KEY
from components.compare_expand import answer_text, expanded
from components.compare_on import earlier_turns
from components.feedback import plain, show
from components.metrics_line import Update, metric_cells
from components.model_picker import Picked, model_picker, resolved
from components.page_head import grey
from components.sampling import sampling_panel
from services.answers.comparisons import LETTERS, MIN_PANELS, Comparison
from services.answers.runs import Run
from services.chat import defaults
from services.errors import ServiceError
from services.wire.types import Sampling

COLOURS = ("blue", "orange", "green", "violet")
ANSWER_HEIGHT, CELLS_HEIGHT = 256, 128
MIN_WIDTHS = {2: 260, 3: 260, 4: 340}


def panels(comparison: Comparison) -> None:
    """All of them; in one fragment while any is being written."""

    def build() -> list[LivePanel]:
        places = range(len(comparison.panels))
        grid = st.grid(columns=len(places), min_column_width=MIN_WIDTHS[len(places)], gap="small")
        drawn = [_panel(grid, comparison, place) for place in places]
        return [panel for panel in drawn if panel is not None]

    if comparison.live:
        live_answers(build)
    else:
        build()


def _panel(grid: st.delta_generator.DeltaGenerator, comparison: Comparison, place: int) -> LivePanel | None:
    run, key = comparison.run_at(place), f"{KEY}_{comparison.panels[place].id}"
    picked, problem = _picked(comparison, place)
    with grid.container(border=True, gap="small"):
        _head(comparison, place, picked)
        answer = st.container(height=ANSWER_HEIGHT, border=False, autoscroll=run is not None and run.live)
        cells = st.container(height=CELLS_HEIGHT, border=False)
        raw = _foot(comparison, place, key, picked)
    with answer:
        earlier_turns(comparison.panels[place], key)
        if run is not None and run.live:
            drawn, waiting = (_hidden_cells, WAITING) if comparison.hidden else (_cells, None)
            return LivePanel(run, f"{key}_{run.id}", cells=drawn, place=cells, waiting=waiting)
        _answer(run, key, raw=raw, hidden=comparison.hidden, problem=problem)
    with cells:
        _hidden_cells(run) if comparison.hidden else _cells(run)
    return None


def _head(comparison: Comparison, place: int, picked: Picked | None) -> None:
    """Letter and name; in a blind round the letter alone."""
    name = comparison.panels[place].model if picked is None else picked.model.label
    shown = ":gray[hidden until the vote]" if comparison.hidden else plain(name)
    st.header(f":{COLOURS[place]}-badge[{LETTERS[place]}] {shown}", divider=COLOURS[place], anchor=False)


def _answer(run: Run | None, key: str, *, raw: bool, hidden: bool, problem: ServiceError | None) -> None:
    """problem: why nobody could be asked here; said before anybody tries."""
    if run is None and problem is not None and not hidden:
        show(problem)
        return
    if run is None or run.result is None:
        st.markdown(":gray[The answer appears here.]")
        return
    answer_text(run, f"{key}_{run.id}", raw=raw, hidden=hidden)
    served = run.result.answer.model
    if not hidden and served is not None and served != run.request.model:
        grey(f"Asked for {plain(run.request.model)}, served by {plain(served)}.")


def _cells(run: Run | None) -> Update:
    return metric_cells(run, columns=3, min_column_width=64)


def _hidden_cells(run: Run | None) -> Update:
    return metric_cells(run, columns=3, min_column_width=64, hidden=True)


def _foot(comparison: Comparison, place: int, key: str, picked: Picked | None) -> bool:
    """What can be done with the panel; True while its text is to be shown as it came."""
    run = comparison.run_at(place)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        live = run is not None and run.live
        st.button(
            "Stop" if live else "Again" if run is not None else "Run",
            key=f"{key}_go",
            icon=":material/stop:" if live else ":material/refresh:" if run is not None else ":material/play_arrow:",
            type="tertiary",
            on_click=do.stop_one if live else do.run_one,
            args=(place,),
        )
        fixed = comparison.live or comparison.hidden
        with st.popover("Change", disabled=fixed, key=f"{key}_edit"):
            # Drawn for every fragment otherwise; what it shows is read from the panel, so nothing is lost meanwhile.
            if not fixed:
                _change(comparison, place, key, picked)
        raw = _views(comparison, place, key)
        if not comparison.hidden and (run is not None or picked is not None):
            word_badge(run.endpoint.word if run is not None else picked.endpoint.word)  # type: ignore[union-attr]
    return raw


def _views(comparison: Comparison, place: int, key: str) -> bool:
    """Opens the answer by itself; True for its text as it came. Always drawn, so that nothing moves when text comes."""
    run = comparison.run_at(place)
    none = comparison.live or run is None or not run.text()
    icon = ":material/open_in_full:"
    if st.button("Expand", key=f"{key}_expand", icon=icon, type="tertiary", disabled=none):
        expanded(comparison, place, key)
    return st.toggle("Raw", key=f"{key}_raw", disabled=none)


def _change(comparison: Comparison, place: int, key: str, picked: Picked | None) -> None:
    """Who answers here and, if wanted, with settings of its own."""
    panel = comparison.panels[place]
    with st.container(width=520, gap="small"):
        endpoint, model = model_picker(key, picked)
        changed = panel
        if endpoint is not None and model is not None:
            changed = replace(panel, endpoint=endpoint, model=model)
        own = st.toggle("Settings of its own", value=panel.sampling is not None, key=f"{key}_own")
        if own:
            start = panel.sampling if panel.sampling is not None else Sampling()
            kind = "together" if picked is None else picked.endpoint.kind
            changed = replace(changed, sampling=sampling_panel(f"{key}_sampling", start, defaults(kind)))
        else:
            changed = replace(changed, sampling=None)
        with st.container(horizontal=True, gap="small"):
            st.button("Move left", key=f"{key}_swap", disabled=place == 0, on_click=do.swap, args=(place,))
            few = len(comparison.panels) <= MIN_PANELS
            st.button("Remove", key=f"{key}_remove", disabled=few, on_click=do.remove, args=(place,))
    if changed != panel and not comparison.live:
        do.change(place, replace(changed, follow_up=None))
        st.rerun()


def _picked(comparison: Comparison, place: int) -> tuple[Picked | None, ServiceError | None]:
    """Who answers here, or why nobody can."""
    try:
        return resolved(comparison.panels[place].endpoint, comparison.panels[place].model), None
    except ServiceError as problem:
        return None, problem
