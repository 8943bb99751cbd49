"""Continue on the page of Chat: one answer, two runs, their figures apart and together."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversation_files import from_json, to_json
from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.test_pages import asked, finished, texts
from tests.pages.test_turns import last_run, owner, pressed, talk

SHORT = "meta-llama/Llama-3.3-70B-Instruct-Turbo"


@pytest.fixture
def cut_off(opened: Open) -> AppTest:
    """An answer of the Sandbox after five tokens."""
    test = opened("chat.py")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    test.number_input(key="chat_sampling_max_tokens").set_value(5).run()
    finished(asked(test, "What is a token?"))
    assert "**cut off**" in texts(test)
    return test


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def test_an_answer_goes_on_in_place_with_its_figures_apart_and_added_up(cut_off: AppTest) -> None:
    first = last_run(cut_off)
    cut_off.number_input(key="chat_sampling_max_tokens").set_value(500).run()
    pressed(cut_off, "Continue")
    finished(cut_off)
    assert not cut_off.exception
    turn = talk(cut_off).turns[0]
    assert (len(talk(cut_off).turns), len(turn.parts), turn.parts[0]) == (1, 2, first)
    said = texts(cut_off)
    for part in ("In 2 runs: cut off by max", "Run 1", "Run 2", "2 runs together: "):
        assert part in said
    assert turn.said.split("\n")[0] in said
    assert re.search(r"2 runs together: .*, simulated", said)
    assert "Continue" not in labels(cut_off)


def test_it_may_be_cut_off_again_and_go_on_again(cut_off: AppTest) -> None:
    pressed(cut_off, "Continue")
    finished(cut_off)
    pressed(cut_off, "Continue")
    finished(cut_off)
    assert "3 runs together: " in texts(cut_off)


def test_the_model_that_was_cut_off_goes_on_whatever_is_picked_meanwhile(cut_off: AppTest) -> None:
    model = last_run(cut_off).request.model
    box = cut_off.selectbox(key="chat_model_Sandbox")
    other = next(each for each in box.options if each != box.value and "Mixtral" in each)
    box.select(other).run()
    pressed(cut_off, "Continue")
    finished(cut_off)
    assert talk(cut_off).turns[0].parts[-1].request.model == model


def test_another_version_has_nothing_of_what_went_on(cut_off: AppTest) -> None:
    pressed(cut_off, "Continue")
    finished(cut_off)
    pressed(cut_off, "Again")
    finished(cut_off)
    assert "runs together" not in texts(cut_off)
    pressed(cut_off, "Earlier version")
    assert "2 runs together" in texts(cut_off)


def test_an_endpoint_that_is_gone_meanwhile_is_said_and_the_text_stays(cut_off: AppTest) -> None:
    kept = from_json(to_json(talk(cut_off)).replace(b'"endpoint":"Sandbox"', b'"endpoint":"Gone"'))
    playground().conversations.update(owner(cut_off), lambda now: replace(now, turns=kept.turns))
    pressed(cut_off.run(), "Continue")
    assert "no endpoint named Gone" in cut_off.error[0].value
    assert talk(cut_off).turns == kept.turns
