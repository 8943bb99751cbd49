"""The meter at the foot of Chat."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversations import Setup
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, texts
from tests.pages.test_turns import MODEL, asked_and_answered, drafted, pressed, set_up


@pytest.fixture
def test(opened: Open, sandbox_address: str) -> AppTest:
    return opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)


def meter(test: AppTest) -> str:
    return "\n".join(str(bar.proto.text) for bar in test.get("progress"))


def test_the_bar_says_how_much_of_the_window_the_next_turn_takes(test: AppTest) -> None:
    assert "up to 2,048 out, of 131 k tokens" in meter(test).replace("\u202f", " ")
    before = test.get("progress")[0].proto.value
    test.number_input(key="chat_sampling_max_tokens").set_value(65_536).run()
    assert test.get("progress")[0].proto.value >= before + 40


def test_what_does_not_fit_is_said_before_it_is_refused(test: AppTest) -> None:
    test.number_input(key="chat_sampling_max_tokens").set_value(131_072).run()
    assert "Does not fit" in meter(test)
    assert test.get("progress")[0].proto.value == 100


def test_without_a_known_window_there_is_no_bar(test: AppTest) -> None:
    test.switch_page("home.py").run()
    set_up(test, Setup(model="nobody/has-this"))
    test.switch_page("chat.py").run()
    assert meter(test) == ""
    assert "price unknown" in texts(test)


def test_a_message_being_edited_counts_with_what_stands_before_it(test: AppTest) -> None:
    asked_and_answered(test, "Hello")
    pressed(test, "Edit")
    short = texts(test)
    drafted(test).set_value("word " * 2_000).run()
    assert "about 2," in texts(test)
    assert "about 2," not in short


def test_what_an_edit_will_replace_does_not_count(test: AppTest) -> None:
    asked_and_answered(test, "word " * 2_000)
    assert "about 2," in texts(test)
    pressed(test, "Edit")
    drafted(test).set_value("Hello").run()
    assert "about 2," not in texts(test)
