"""The pages as they stand before and after things go wrong, run without a browser."""

from __future__ import annotations

import socket
import time

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open

KEY = "tgp_v1_invented-for-page-tests"


def texts(test: AppTest) -> str:
    """Everything the page says, alerts included."""
    parts = [*test.markdown, *test.error, *test.warning, *test.title, *test.sidebar.markdown]
    return "\n".join(str(part.value) for part in parts)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def asked(test: AppTest, text: str) -> AppTest:
    assert not test.chat_input[0].disabled, texts(test)
    return test.chat_input[0].set_value(text).run()


def finished(test: AppTest) -> AppTest:
    """Runs the page again until no answer is being written."""
    end_s = time.monotonic() + 30
    while test.run().button(key="chat_stop").disabled is False:
        assert time.monotonic() < end_s
    return test


@pytest.mark.parametrize("page", ["home.py", "chat.py"])
@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ENABLE_TOGETHER_AI": "false"}, "ENABLE_TOGETHER_AI is false"),
        ({"ENABLE_GPU_ACCELERATION": "0", "TOGETHER_API_KEY": KEY}, "ENABLE_GPU_ACCELERATION is false"),
        ({"ENABLE_TOGETHER_AI": "true"}, "TOGETHER_API_KEY is not set"),
        ({"TOGETHER_API_KEY": "your_api_key_here"}, "placeholder"),
        ({"TOGETHER_API_KEY": "two\nlines"}, "TOGETHER_API_KEY"),
        ({"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": "api.example/v1"}, "TOGETHER_BASE_URL"),
        ({"TOGETHER_TIMEOUT": "fast"}, "TOGETHER_TIMEOUT in the environment is"),
    ],
)
def test_every_state_of_the_settings_opens_and_is_said(opened: Open, page: str, env: dict[str, str], said: str) -> None:
    test = opened(page, **env)
    assert not test.exception
    assert said.replace("_", r"\_") in texts(test) or said in texts(test)
    assert KEY not in texts(test)


def test_an_endpoint_that_is_down_is_said_where_the_answer_would_be_and_the_question_stays(opened: Open) -> None:
    port = closed_port()
    test = opened(
        "chat.py",
        TOGETHER_API_KEY=KEY,
        TOGETHER_BASE_URL=f"http://127.0.0.1:{port}/v1",
        TOGETHER_MAX_RETRIES="0",
    )
    asked(test, "Is anybody there?")
    finished(test)
    assert not test.exception
    assert f"127.0.0.1:{port}" in test.error[0].value
    assert "Is anybody there?" in texts(test)
    assert "**failed**" in texts(test)


def test_a_question_to_the_sandbox_is_answered_and_marked(opened: Open) -> None:
    test = opened("chat.py")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    asked(test, "What is a token?")
    finished(test)
    assert not test.exception
    assert "simulated" in texts(test)
    assert "1 answer · nothing spent" in texts(test)


def test_what_was_chosen_survives_a_visit_to_another_page(opened: Open) -> None:
    test = opened("chat.py")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    test.text_area(key="chat_system").set_value("Answer in German.").run()
    test.number_input(key="chat_sampling_temperature").set_value(0.4).run()
    test.switch_page("home.py").run()
    test.switch_page("chat.py").run()
    assert test.selectbox(key="chat_endpoint").value == "Sandbox"
    assert test.text_area(key="chat_system").value == "Answer in German."
    assert test.number_input(key="chat_sampling_temperature").value == 0.4


def test_a_message_that_cannot_be_sent_comes_back_as_a_draft(opened: Open) -> None:
    test = opened("chat.py")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    too_long = "word " * 50_000
    asked(test, too_long)
    assert "at most 200,000" in test.error[0].value
    assert test.text_area(key="chat_draft").value == too_long
    test.text_area(key="chat_draft").set_value("What is a token?").run()
    test.button(key="chat_draft_send").click().run()
    finished(test)
    assert not test.error
    assert "What is a token?" in texts(test)


def test_sampling_chosen_on_the_page_is_what_is_sent(opened: Open) -> None:
    test = opened("chat.py")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    test.number_input(key="chat_sampling_max_tokens").set_value(3).run()
    asked(test, "What is a token?")
    finished(test)
    assert "**cut off**" in texts(test)
    assert "→ 3**" in texts(test)


def test_a_model_the_endpoint_does_not_have_offers_others(opened: Open, sandbox_address: str) -> None:
    test = opened(
        "chat.py",
        TOGETHER_API_KEY=KEY,
        TOGETHER_BASE_URL=sandbox_address,
        TOGETHER_DEFAULT_MODEL="nobody/has-this",
    )
    asked(test, "Hello")
    finished(test)
    assert "nobody/has-this" in test.error[0].value
    test.button(key="chat_after_0").click().run()
    assert test.selectbox(key="chat_model_Together").value == "openai/gpt-oss-120b"
