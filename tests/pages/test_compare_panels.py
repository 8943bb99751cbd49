"""Panels of Compare are added, moved, asked again and removed, and the answers of the others stay where they are."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Comparison, Panel
from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.test_compare_live import current, owner_of, press

LLAMA, MIXTRAL = "meta-llama/Llama-3.3-70B-Instruct-Turbo", "mistralai/Mixtral-8x7B-Instruct-v0.1"


@pytest.fixture
def answered(bare: Open) -> AppTest:
    """Two panels, A and B, that have answered."""
    test = bare("compare.py")
    panels = Panel("Sandbox", LLAMA), Panel("Sandbox", MIXTRAL)
    playground().comparisons.begin(owner_of(test), Comparison(panels, prompt="What is a token?"))
    test.run().number_input(key="compare_sampling_max_tokens").set_value(5).run()
    return ended(press(test, "Run all"))


def ended(test: AppTest) -> AppTest:
    for run in current(test).runs:
        if run is not None:
            run.wait(30)
    assert not test.run().exception
    return test


def button(test: AppTest, place: int, name: str) -> str:
    return f"compare_{current(test).panels[place].id}_{name}"


def models(test: AppTest) -> list[str]:
    return [panel.model for panel in current(test).panels]


def test_up_to_four_panels_stand_side_by_side_and_the_answers_so_far_stay(answered: AppTest) -> None:
    before = current(answered).runs
    press(answered, "Add panel")
    press(answered, "Add panel")
    assert models(answered) == [LLAMA, MIXTRAL, MIXTRAL, MIXTRAL]
    assert current(answered).runs[:2] == before
    assert next(each for each in answered.button if each.label == "Add panel").disabled
    ended(press(answered, "Run all"))
    assert [run.state for run in current(answered).runs if run is not None] == ["cut off"] * 4
    assert len(answered.table[0].value) == 4


def test_panels_change_places_with_their_answers(answered: AppTest) -> None:
    first, second = current(answered).runs
    assert answered.button(key=button(answered, 0, "swap")).disabled
    answered.button(key=button(answered, 1, "swap")).click().run()
    assert models(answered) == [MIXTRAL, LLAMA]
    assert current(answered).runs == (second, first)
    assert not answered.exception


def test_a_panel_is_removed_alone_and_two_always_stay(answered: AppTest) -> None:
    assert answered.button(key=button(answered, 0, "remove")).disabled
    second = current(answered).runs[1]
    press(answered, "Add panel")
    answered.button(key=button(answered, 0, "remove")).click().run()
    assert models(answered) == [MIXTRAL, MIXTRAL]
    assert current(answered).run_at(0) is second
    assert answered.button(key=button(answered, 1, "remove")).disabled


def test_one_panel_is_asked_again_and_the_other_keeps_its_answer(answered: AppTest) -> None:
    first, second = current(answered).runs
    answered.button(key=button(answered, 1, "go")).click()
    ended(answered.run())
    assert current(answered).run_at(0) is first
    assert current(answered).run_at(1) is not second
    assert len(answered.table[0].value) == 2


def test_a_setting_for_all_is_felt_by_panels_without_settings_of_their_own(answered: AppTest) -> None:
    answered.toggle(key=button(answered, 1, "own")).set_value(True).run()
    answered.number_input(key=button(answered, 1, "sampling_max_tokens")).set_value(9).run()
    answered.number_input(key="compare_sampling_max_tokens").set_value(3).run()
    ended(press(answered, "Run all"))
    asked = [run.request.sampling.max_tokens for run in current(answered).runs if run is not None]
    assert asked == [3, 9]
    answered.toggle(key=button(answered, 1, "own")).set_value(False).run()
    ended(press(answered, "Run all"))
    assert [run.request.sampling.max_tokens for run in current(answered).runs if run is not None] == [3, 3]
