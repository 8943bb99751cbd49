"""What the buttons of Compare do: each changes what is kept, and the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from components.model_picker import resolved
from components.sampling import sampling_at
from components.state import owner, put, session, value
from components.visitor import visitor
from services.answers.comparisons import LETTERS, MAX_PANELS, MIN_PANELS, Comparison, Panel
from services.answers.context import Context
from services.answers.line_ups import LineUp
from services.comparing import FIRST_PROMPT, ask_all, ask_on, ask_one, from_link, line_ups, to_link
from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError
from services.models.model import Model
from services.resources import playground

KEY, TO_ALL = "compare", "All panels"


def current(link: str | None) -> Comparison:
    """The visitor's comparison; a link opens its line-up, and a first visit the first line-up there is."""
    kept = playground().comparisons.current(owner())
    if link and (kept is None or link != to_link(kept.panels)) and link != session().shown_link:
        session().shown_link = link
        try:
            return _begun(from_link(link))
        except ConfigError as problem:
            session().compare_problem = problem
    return kept if kept is not None else _begun(line_ups(visitor())[0].panels)


def address(comparison: Comparison) -> None:
    """Names the line-up in the address, but for a blind round, whose order it would tell.

    An address that named none on arrival goes on naming none until the line-up changes: whatever is written there is
    one more step back for who wants to leave.
    """
    here, named = session(), st.query_params.get("models")
    link = "" if comparison.hidden else to_link(comparison.panels)
    if not link:
        st.query_params.pop("models", None)
    elif named != link and (named is not None or here.shown_link not in (None, link)):
        st.query_params["models"] = link
    here.shown_link = link


def _begun(panels: tuple[Panel, ...]) -> Comparison:
    kept = playground().comparisons.current(owner())
    prompt = FIRST_PROMPT if kept is None else kept.prompt
    blind = kept is not None and kept.blind
    begun = Comparison(
        panels,
        prompt=prompt,
        system="" if kept is None else kept.system,
        blind=blind,
        context=None if kept is None else kept.context,
    )
    playground().comparisons.begin(owner(), begun)
    return begun


def open_line_up(line_up: LineUp) -> None:
    stop_all()
    session().compare_problem = None
    _begun(line_up.fresh())


def run_all() -> None:
    playground().comparisons.update(owner(), _filled_in)
    _guarded(lambda: ask_all(playground(), owner(), resolve))


def _filled_in(now: Comparison) -> Comparison:
    """With what its fields hold: one that was left by this very click, the page may not have been drawn with yet."""
    prompt, system = value(f"{KEY}_prompt"), value(f"{KEY}_system")
    return replace(
        now,
        prompt=now.prompt if prompt is None else str(prompt),
        system=now.system if system is None else str(system).strip(),
        sampling=sampling_at(f"{KEY}_sampling", now.sampling),
    )


def run_one(place: int) -> None:
    _guarded(lambda: ask_one(playground(), owner(), place, resolve))


def ask_further() -> None:
    """Sends the follow-up question; it stays in its field where it could not be sent."""
    kept = playground().comparisons.current(owner())
    if kept is None:
        return
    question, chosen = str(value(f"{KEY}_on") or ""), value(f"{KEY}_on_to")
    places = [place for place in range(len(kept.panels)) if chosen in (None, TO_ALL, LETTERS[place])]
    _guarded(lambda: ask_on(playground(), owner(), question, places, resolve))
    if session().compare_problem is None:
        put(f"{KEY}_on", "")


def stop_one(place: int) -> None:
    kept = playground().comparisons.current(owner())
    run = None if kept is None else kept.run_at(place)
    if run is not None:
        run.stop()


def stop_all() -> None:
    for place in range(MAX_PANELS):
        stop_one(place)


def add() -> None:
    """One more panel, with the model of the last one, to be changed."""

    def longer(now: Comparison) -> Comparison:
        last = now.panels[-1]
        return now.with_panels((*now.panels, Panel(last.endpoint, last.model, last.sampling))[:MAX_PANELS])

    playground().comparisons.update(owner(), longer)


def remove(place: int) -> None:
    stop_one(place)

    def shorter(now: Comparison) -> Comparison:
        if len(now.panels) <= MIN_PANELS:
            return now
        return now.with_panels(tuple(panel for other, panel in enumerate(now.panels) if other != place))

    playground().comparisons.update(owner(), shorter)


def swap(place: int) -> None:
    """Changes places with the panel before it."""

    def swapped(now: Comparison) -> Comparison:
        panels = list(now.panels)
        panels[place - 1], panels[place] = panels[place], panels[place - 1]
        return now.with_panels(tuple(panels))

    playground().comparisons.update(owner(), swapped)


def change(place: int, panel: Panel) -> None:
    def changed(now: Comparison) -> Comparison:
        return now.with_panels(tuple(panel if other == place else kept for other, kept in enumerate(now.panels)))

    playground().comparisons.update(owner(), changed)


def keep(comparison: Comparison, changed: Comparison) -> bool:
    """Remembers prompt, system prompt and sampling; whether they had changed."""
    if changed == comparison:
        return False
    playground().comparisons.update(
        owner(),
        lambda now: replace(now, prompt=changed.prompt, system=changed.system, sampling=changed.sampling),
    )
    return True


def take_rows(context: Context | None) -> None:
    """Rows that go along with the prompt from now on; None: none."""
    current(None)
    playground().comparisons.update(owner(), lambda now: replace(now, context=context))


def resolve(endpoint: str, model: str) -> tuple[Endpoint, Model]:
    picked = resolved(endpoint, model)
    if picked is None:
        raise ConfigError(f"{endpoint} cannot be asked.", remedy="Pick another endpoint.")
    return picked.endpoint, picked.model


def _guarded(act: Callable[[], object]) -> None:
    session().compare_problem = None
    try:
        act()
    except ServiceError as problem:
        session().compare_problem = problem
