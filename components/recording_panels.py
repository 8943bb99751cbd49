"""A recording being played: the panels of Compare, stamped with their day, at the speed that is chosen."""

from __future__ import annotations

import streamlit as st

from components.answer_panel import LivePanel, finished_text, live_answers
from components.badges import recorded_badge, word_badge
from components.compare_panels import ANSWER_HEIGHT, CELLS_HEIGHT, COLOURS, MIN_WIDTHS
from components.feedback import plain
from components.metrics_line import Update, metric_cells
from components.page_head import grey
from components.state import session, value
from services.answers.comparisons import LETTERS
from services.answers.exports import origin
from services.answers.recordings import Recording
from services.answers.replays import SPEEDS, Playhead, Playing
from services.answers.runs import Run


def play(place: str, recording: Recording) -> None:
    """From the beginning, at true speed; place names where it is drawn."""
    session().shelf.playing[place] = Playing.start(recording, Playhead.start())


def close(place: str) -> None:
    session().shelf.playing.pop(place, None)


def playing(place: str) -> Playing | None:
    """Draws what is played at place, if anything is, and returns it."""
    now = session().shelf.playing.get(place)
    if now is None:
        return None
    _controls(place, now)
    _asked(now.recording)

    def build() -> list[LivePanel]:
        places = range(len(now.comparison.panels))
        grid = st.grid(columns=len(places), min_column_width=MIN_WIDTHS[len(places)], gap="small")
        drawn = [_panel(grid, now, number) for number in places]
        return [panel for panel in drawn if panel is not None]

    if now.comparison.live:
        live_answers(build)
    else:
        build()
    return now


def _controls(place: str, now: Playing) -> None:
    key, at = f"{place}_replay", now.recording.recorded_at
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"{key}_controls"):
        st.markdown(f"**Recorded on {at:%Y-%m-%d} at {at:%H:%M} UTC**", width="content")
        st.segmented_control(
            "Speed",
            SPEEDS,
            default=now.playhead.speed,
            required=True,
            format_func=lambda speed: f":gray[{speed}×]",
            key=f"{key}_speed",
            label_visibility="collapsed",
            on_change=_speed,
            args=(place,),
        )
        st.button("From the start", key=f"{key}_again", icon=":material/replay:", on_click=_again, args=(place,))
        st.button("Close", key=f"{key}_close", icon=":material/close:", on_click=close, args=(place,))


def _asked(recording: Recording) -> None:
    """The prompt, whole but not wider than it has to be."""
    with st.container(border=True, gap="xsmall"):
        if recording.system:
            grey(f"System: {plain(recording.system)}")
        st.markdown(plain(recording.prompt))


def _speed(place: str) -> None:
    now, speed = session().shelf.playing.get(place), value(f"{place}_replay_speed")
    if now is not None and isinstance(speed, int):
        session().shelf.playing[place] = now.at(speed)


def _again(place: str) -> None:
    now = session().shelf.playing.get(place)
    if now is not None:
        session().shelf.playing[place] = now.again(now.playhead.speed)


def _panel(grid: st.delta_generator.DeltaGenerator, now: Playing, place: int) -> LivePanel | None:
    run, letter, colour = now.comparison.runs[place], LETTERS[place], COLOURS[place]
    assert run is not None
    key = f"replay_{run.id}"
    with grid.container(border=True, gap="small"):
        name = plain(run.request.model.rsplit("/", 1)[-1])
        st.header(f":{colour}-badge[{letter}] {name}", divider=colour, anchor=False)
        answer = st.container(height=ANSWER_HEIGHT, border=False, autoscroll=run.live)
        cells = st.container(height=CELLS_HEIGHT, border=False)
        _foot(now.recording, run, key)
    with answer:
        if run.live:
            return LivePanel(run, key, cells=_cells, place=cells)
        if run.result is not None:
            finished_text(run, run.result, key, shown=run.text())
    with cells:
        _cells(run)
    return None


def _cells(run: Run) -> Update:
    return metric_cells(run, columns=3, min_column_width=64)


def _foot(recording: Recording, run: Run, key: str) -> None:
    sampling = " · ".join(f"{name} {given}" for name, given in run.request.sampling.to_wire().items())
    grey(plain(" · ".join(part for part in (origin(run.endpoint), sampling) if part)))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.popover("Copy", icon=":material/content_copy:", key=f"{key}_copy"):
            st.code(run.text(), language=None, wrap_lines=True)
        recorded_badge(recording.recorded_at)
        word_badge(run.endpoint.word)
