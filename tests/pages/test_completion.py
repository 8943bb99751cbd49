"""The Completion page as its visitors use it, run from the shell against a Sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.completion_exports import as_json, as_markdown
from services.answers.completions import Sheet
from services.resources import playground
from services.wire.types import Sampling
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, closed_port, texts

MODEL = "Qwen/Qwen3.5-9B"
PROMPT = "The port of SAP HANA Cloud is"
Completion = Callable[..., AppTest]


@pytest.fixture
def page(opened: Open, sandbox_address: str) -> Completion:
    """Completion with an endpoint that answers at once and takes any key; settings may be added."""

    def run(**env: str) -> AppTest:
        given = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address, "TOGETHER_DEFAULT_MODEL": MODEL}
        return opened("completion.py", **{**given, **env})

    return run


def sheet(test: AppTest) -> Sheet:
    return playground().completions.get(str(test.session_state["session"].fallback_owner))


def completed(test: AppTest, prompt: str = PROMPT) -> AppTest:
    test.text_area(key="completion_prompt").set_value(prompt).run()
    return finished(test.button(key="completion_send").click().run())


def finished(test: AppTest) -> AppTest:
    """Runs the page again until nothing is being written."""
    end_s = time.monotonic() + 30
    while not test.run().button(key="completion_stop").disabled:
        assert time.monotonic() < end_s
    assert not test.exception
    return test


def setting(test: AppTest, name: str) -> str:
    return f"completion_sampling_{sheet(test).filled}_{name}"


def verbatim(test: AppTest) -> list[str]:
    """What the panel shows as it came; the other blocks of code are for copying."""
    return [str(element.value) for element in test.code]


def test_a_prompt_is_continued_where_it_stands_and_the_answer_is_drawn_as_text(page: Completion) -> None:
    test = completed(page())
    run = sheet(test).run
    assert run is not None
    assert run.request.prompt == PROMPT
    assert run.text()
    assert verbatim(test)[0] == run.text()
    assert "ended by itself" in texts(test).lower()
