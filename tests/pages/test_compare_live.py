"""Panels while they are written: nothing can be changed in them, and nothing that was chosen is lost."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Comparison, Panel
from services.resources import playground
from services.wire.types import Sampling
from tests.pages.conftest import Open

OWN = Sampling(temperature=0.3, max_tokens=9, stop=("END",))


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def current(test: AppTest) -> Comparison:
    kept = playground().comparisons.current(owner_of(test))
    assert kept is not None
    return kept


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    return test.run()


def test_what_was_chosen_in_a_panel_outlives_its_being_written(opened: Open) -> None:
    test = opened("compare.py")
    crawling = Panel("Sandbox", "Qwen/Qwen3.5-9B:fault-crawl"), Panel("Sandbox", "Qwen/Qwen3.5-9B:fault-crawl", OWN)
    playground().comparisons.begin(owner_of(test), Comparison(crawling, prompt="What is a token?"))
    own = f"compare_{crawling[1].id}_own"
    assert test.run().toggle(key=own).value is True
    press(test, "Run all")
    assert current(test).live
    assert own not in [toggle.key for toggle in test.toggle]
    press(test, "Stop all")
    for run in current(test).runs:
        assert run is not None
        assert run.wait(10).state == "stopped"
    assert [(panel.model, panel.sampling) for panel in current(test.run()).panels] == [
        (panel.model, panel.sampling) for panel in crawling
    ]
    assert test.toggle(key=own).value is True
    assert test.number_input(key=f"compare_{crawling[1].id}_sampling_temperature").value == 0.3
    assert not test.exception
