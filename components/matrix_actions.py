"""What the buttons of rows x models do: each changes what is kept, and the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from components.compare_actions import resolve
from components.state import owner, put, session, value
from components.visitor import visitor
from services import asking_rows
from services.answers.comparisons import MAX_PANELS, Panel
from services.errors import ServiceError
from services.matrix.checks import Check
from services.matrix.lanes import Place
from services.matrix_setups import Setup
from services.resources import playground

KEY = "matrix"


def ask() -> None:
    """Asks what is set up; the word that it may cost more than the ceiling holds for this once."""
    confirmed = value(f"{KEY}_confirmed") is True
    put(f"{KEY}_confirmed", False)
    _guarded(lambda: asking_rows.start(playground(), owner(), resolve, confirmed=confirmed))


def stop() -> None:
    job = playground().matrices.current(owner())
    if job is not None:
        job.stop()


def again(places: tuple[Place, ...]) -> None:
    _guarded(lambda: asking_rows.again(playground(), owner(), places, visitor().endpoint))


def judge_anew(checks: tuple[Check, ...]) -> None:
    _guarded(lambda: playground().matrices.check(owner(), checks))


def insert(key: str) -> None:
    """Puts the column that was pressed at the end of the prompt."""
    name = value(key)
    put(key, None)
    if isinstance(name, str):
        change(lambda kept: kept.rewritten(f"{kept.text}{_gap(kept.text)}{{{{{name}}}}}"))


def _gap(text: str) -> str:
    return "" if not text or text[-1].isspace() else " "


def add_model() -> None:
    """One more, with the model of the last one, to be changed."""

    def longer(kept: Setup) -> Setup:
        last = kept.panels[-1]
        return replace(kept, panels=(*kept.panels, Panel(last.endpoint, last.model))[:MAX_PANELS])

    change(longer)


def remove_model(panel_id: str) -> None:
    """The last one stays."""

    def shorter(kept: Setup) -> Setup:
        left = tuple(panel for panel in kept.panels if panel.id != panel_id)
        return replace(kept, panels=left) if left else kept

    change(shorter)


def change_model(panel: Panel) -> None:
    change(lambda kept: replace(kept, panels=tuple(panel if old.id == panel.id else old for old in kept.panels)))


def remove_check(check: Check) -> None:
    change(lambda kept: replace(kept, checks=tuple(old for old in kept.checks if old != check)))


def change(changed: Callable[[Setup], Setup]) -> None:
    asking_rows.change(playground(), owner(), changed)


def guarded_check(check: Check) -> None:
    """Adds a check that can judge something; one that cannot is told instead."""
    workspace = playground().workspaces.current(owner())

    def add() -> None:
        assert workspace.sample is not None
        checks = (*asking_rows.setup_of(playground(), owner()).checks, check)
        playground().matrices.check_rules(checks, workspace.sample)
        change(lambda kept: replace(kept, checks=tuple(dict.fromkeys((*kept.checks, check)))))

    _guarded(add)


def _guarded(act: Callable[[], object]) -> None:
    session().matrix_problem = None
    try:
        act()
    except ServiceError as problem:
        session().matrix_problem = problem
