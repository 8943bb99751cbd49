"""What Chat says of models that cannot be called, and of nobody who answers."""

from __future__ import annotations

import pytest

from components.model_picker import label
from services.models.model import Availability, Model
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, texts
from tests.pages.test_turns import MODEL


@pytest.mark.parametrize(
    ("availability", "words"),
    [
        ("available", "Llama"),
        ("unknown", "Llama"),
        ("listed", "Llama · listed only"),
        ("retired", "Llama · retired"),
    ],
)
def test_a_model_that_cannot_be_called_says_so_in_its_name(availability: Availability, words: str) -> None:
    assert label(Model("Together", "m", display_name="Llama", availability=availability)) == words


def test_the_box_of_models_offers_what_can_be_called_first_and_names_the_rest(
    opened: Open, sandbox_address: str
) -> None:
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    options = test.selectbox(key="chat_model_Together").options
    gone = [" · retired" in each for each in options]
    assert any(gone)
    assert gone == sorted(gone)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (
            {"ENABLE_TOGETHER_AI": "true"},
            r"ENABLE\_TOGETHER\_AI is true, but TOGETHER\_API\_KEY is not set.",
        ),
        (
            {"ENABLE_TOGETHER_AI": "true", "TOGETHER_API_KEY": "your_api_key_here"},
            r"placeholder",
        ),
    ],
)
def test_why_nobody_answers_stands_once_with_what_to_do_and_goes_when_somebody_is_picked(
    opened: Open, env: dict[str, str], said: str
) -> None:
    test = opened("chat.py", **env)
    assert [said in error.value for error in test.error] == [True], [error.value for error in test.error]
    assert test.chat_input[0].placeholder == "Pick who answers first"
    assert "Nothing asked yet" not in texts(test)
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    assert not [error for error in test.error if "is true, but" in error.value]
    assert test.chat_input[0].placeholder == "Ask anything"
