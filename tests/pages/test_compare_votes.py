"""The buttons under a blind round: each has its key, and the key's choice is the one that is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Comparison, Panel
from services.answers.runs import Run, Runs
from services.answers.votes import Choice
from services.resources import playground
from services.wire.types import Chunk
from tests.answers.scripted import SANDBOX, Played, chat
from tests.pages.conftest import Open
from tests.pages.test_compare_live import current, owner_of

PANELS = Panel("Sandbox", "Qwen/Qwen3.5-9B"), Panel("Sandbox", "mistralai/Mixtral-8x7B-Instruct-v0.1")


def written() -> Run:
    runs = Runs(Played(Chunk(1, "answer", "A piece of text.")))
    run = runs.start("ann", SANDBOX, chat(), message_id="1")
    run.wait(5)
    runs.close()
    return run


@pytest.fixture
def hidden(bare: Open) -> AppTest:
    """Two answers to vote on."""
    test = bare("compare.py")
    asked = Comparison(PANELS, prompt="What is a token?", runs=(written(), written()), blind=True, hidden=True)
    playground().comparisons.begin(owner_of(test), asked)
    return test.run()


def test_each_choice_has_a_key_and_is_the_one_that_counts(hidden: AppTest) -> None:
    counted: dict[str, Choice] = {}
    asked = current(hidden)
    for key in ("a", "b", "t", "n"):
        playground().comparisons.begin(owner_of(hidden), replace(asked, round=asked.round + 1 + len(counted)))
        hidden.run()
        (button,) = (each for each in hidden.button if each.proto.shortcut == key)
        button.click().run()
        counted[key] = playground().votes.of(owner_of(hidden))[-1].choice
        assert not hidden.exception
    assert counted == {"a": "A", "b": "B", "t": "tie", "n": "both bad"}
