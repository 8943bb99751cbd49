"""What Compare says of its figures: of different questions they are told apart, and a replay is called one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.replays import Playhead, Playing
from services.comparing import ask_all, ask_on
from services.endpoints import Endpoint
from services.models.model import Model
from services.resources import playground
from tests.answers.recorded import panel, recording
from tests.pages.conftest import Open


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def resolve(endpoint: str, model: str) -> tuple[Endpoint, Model]:
    found = playground().endpoint(endpoint)
    return found, playground().catalog(found).named(model)


def finished(test: AppTest) -> AppTest:
    kept = playground().comparisons.current(owner_of(test))
    assert kept is not None
    for run in kept.runs:
        if run is not None:
            run.wait(30)
    return test.run()


def said(test: AppTest) -> str:
    return " ".join(each.value for each in test.markdown)


def charts(test: AppTest) -> list[Any]:
    return list(test.get("plotly_chart"))


@pytest.fixture
def answered(opened: Open) -> AppTest:
    test = opened("compare.py")
    playground().comparisons.update(owner_of(test), lambda now: replace(now, prompt="What is a token?"))
    ask_all(playground(), owner_of(test), resolve)
    return finished(test)


def test_figures_of_one_question_stand_side_by_side(answered: AppTest) -> None:
    assert "Practice on simulated models." in said(answered)
    assert "Different questions" not in said(answered)
    assert len(charts(answered)) == 2
    assert "Asked" not in answered.table[0].value


def test_figures_of_different_questions_are_told_apart_and_not_drawn(answered: AppTest) -> None:
    ask_on(playground(), owner_of(answered), "And *a row* for $5?", (1,), resolve)
    finished(answered)
    assert "**Different questions.** The panels were last asked different things" in said(answered)
    assert "Practice on simulated models." in said(answered)
    assert charts(answered) == []
    asked = list(answered.table[0].value["Asked"])
    assert asked[0] == "What is a token?"
    assert asked[1].replace("\\", "") == "And *a row* for $5?"
    assert asked[1] != "And *a row* for $5?"


def test_the_head_speaks_of_the_recording_while_it_is_played(opened: Open) -> None:
    test = opened("compare.py")
    kept = recording(panel("A"), panel("B"))
    shelf = test.session_state["session"].shelf
    now = playground().comparisons.current(owner_of(test))
    assert now is not None
    assert head(test) == ["Simulated"]
    shelf.playing["compare"], shelf.instead_of = Playing.start(kept, Playhead(0, from_ns=10**9)), (now.id,)
    assert head(test.run()) == ["Recorded"]
    shelf.playing["compare"] = Playing.start(
        replace(kept, panels=(panel("A"), replace(panel("B"), endpoint="Nowhere here", kind="sandbox"))),
        Playhead(0, from_ns=10**9),
    )
    assert head(test.run()) == ["Recorded", "Simulated"]
    next(button for button in test.button if button.label == "Close").click()
    assert head(test.run()) == ["Simulated"]


def head(test: AppTest) -> list[str]:
    """The badges beside the title: those drawn before the line under it."""
    words = ("Recorded", "Simulated", "Local")
    values = [each.value for each in test.main.markdown]
    line = next(place for place, value in enumerate(values) if "Same prompt, same clock" in value)
    return [word for value in values[:line] for word in words if f" {word}]" in value]
