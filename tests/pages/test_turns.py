"""What can be done in Chat with questions and answers, and that nothing is lost or swapped on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversations import Conversation, Setup
from services.answers.runs import Run
from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, asked, closed_port, finished, texts

MODEL = "openai/gpt-oss-120b"
CRAWL = f"{MODEL}:fault-crawl"
TOO_LONG = "word " * 50_000
RETIRED = "mistralai/Mixtral-8x7B-Instruct-v0.1"
Chat = Callable[..., AppTest]


@pytest.fixture
def chat(opened: Open, sandbox_address: str) -> Chat:
    """Chat with an endpoint that answers at once and takes any key; settings may be added."""

    def run(**env: str) -> AppTest:
        given = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address, "TOGETHER_DEFAULT_MODEL": MODEL}
        return opened("chat.py", **{**given, **env})

    return run


@pytest.fixture
def two(chat: Chat) -> AppTest:
    """A conversation of two questions, both answered."""
    return asked_and_answered(asked_and_answered(chat(), "The first question"), "The second question")


def asked_and_answered(test: AppTest, text: str) -> AppTest:
    return finished(asked(test, text))


def owner(test: AppTest) -> str:
    """Where no cookie comes, the session names its visitor itself."""
    return str(test.session_state["session"].fallback_owner)


def talk(test: AppTest) -> Conversation:
    return playground().conversations.current(owner(test))


def set_up(test: AppTest, setup: Setup) -> None:
    playground().conversations.update(owner(test), lambda now: replace(now, setup=setup))


def questions(test: AppTest) -> list[str]:
    return [turn.text for turn in talk(test).turns]


def last_run(test: AppTest) -> Run:
    return talk(test).turns[-1].run


def pressed(test: AppTest, label: str, number: int = 0) -> AppTest:
    return [button for button in test.button if button.label == label][number].click().run()


def more(test: AppTest, name: str) -> AppTest:
    """Opens the menu and clicks an entry."""
    test.session_state["chat_more"] = True
    return test.run().button(key=f"chat_{name}").click().run()


def drafted(test: AppTest) -> Any:
    return test.text_area(key="chat_draft")


def test_editing_takes_nothing_back_before_it_is_sent(two: AppTest) -> None:
    pressed(two, "Edit")
    assert questions(two) == ["The first question", "The second question"]
    assert drafted(two).value == "The first question"
    assert "Sending replaces this and the 1 after it" in texts(two)
    assert not two.chat_message
    assert two.chat_input[0].disabled
    pressed(two, "Cancel")
    assert len(two.chat_message) == 4
    assert not two.chat_input[0].disabled


def test_an_edited_question_replaces_itself_and_what_followed_until_it_is_brought_back(two: AppTest) -> None:
    pressed(two, "Edit")
    drafted(two).set_value("A better question").run()
    pressed(two, "Send")
    finished(two)
    assert questions(two) == ["A better question"]
    assert len(two.chat_message) == 2
    more(two, "undo")
    assert questions(two) == ["The first question", "The second question"]


def test_an_edit_that_is_refused_takes_nothing_back_and_keeps_its_draft(two: AppTest) -> None:
    pressed(two, "Edit")
    drafted(two).set_value(TOO_LONG).run()
    pressed(two, "Send")
    assert "at most 200,000" in two.error[0].value
    assert questions(two) == ["The first question", "The second question"]
    assert drafted(two).value == TOO_LONG


def test_an_empty_draft_cannot_be_sent(two: AppTest) -> None:
    pressed(two, "Edit")
    drafted(two).set_value("  ").run()
    assert two.button(key="chat_draft_send").disabled


def test_editing_another_question_meanwhile_shows_that_one(two: AppTest) -> None:
    pressed(two, "Edit", 1)
    assert drafted(two).value == "The second question"
    pressed(two, "Edit", 0)
    assert drafted(two).value == "The first question"


def test_what_is_cleared_is_gone_and_comes_back_on_request(two: AppTest) -> None:
    more(two, "clear")
    assert questions(two) == []
    assert "Nothing asked yet" in texts(two)
    pressed(two, "Bring back the conversation")
    assert questions(two) == ["The first question", "The second question"]


def test_there_is_nothing_to_export_or_clear_before_the_first_question(chat: Chat) -> None:
    test = chat()
    test.session_state["chat_more"] = True
    test.run()
    assert [test.button(key=f"chat_{name}").disabled for name in ("clear", "undo", "code")] == [True, True, False]
    assert [button.proto.disabled for button in test.get("download_button")] == [True, True]


def test_the_code_is_shown_once_and_without_the_key(two: AppTest) -> None:
    more(two, "code")
    shown = "\n".join(str(code.value) for code in two.code)
    assert "The second question" in shown
    assert "os.environ['TOGETHER_API_KEY']" in shown
    assert KEY not in shown
    assert not any("os.environ" in str(code.value) for code in two.run().code)


def test_an_answer_asked_again_is_another_version(two: AppTest) -> None:
    pressed(two, "Again")
    finished(two)
    assert "2 of 2" in texts(two)
    pressed(two, "Earlier version")
    assert "1 of 2" in texts(two)
    assert talk(two).turns[1].shown == 0


def test_asking_again_what_cannot_be_asked_says_why(two: AppTest) -> None:
    turn = replace(talk(two).turns[1], text=TOO_LONG)
    playground().conversations.update(owner(two), lambda now: now.with_turn(turn))
    pressed(two.run(), "Again")
    assert "at most 200,000" in two.error[0].value


@pytest.mark.parametrize("how", ["stop", "clear"])
def test_stopping_and_clearing_end_an_answer(chat: Chat, how: str) -> None:
    test = chat(TOGETHER_DEFAULT_MODEL=CRAWL)
    asked(test, "A question")
    run = last_run(test)
    assert run.live
    if how == "stop":
        pressed(test, "Stop")
    else:
        more(test, "clear")
    assert run.wait(10).state == "stopped"


def test_a_second_question_meanwhile_becomes_a_draft_and_is_not_sent(chat: Chat) -> None:
    test = chat(TOGETHER_DEFAULT_MODEL=CRAWL)
    asked(test, "A question")
    asked(test, "Another one")
    assert questions(test) == ["A question"]
    assert "still being written" in test.error[0].value
    assert drafted(test).value == "Another one"
    last_run(test).stop()


def test_a_model_that_is_picked_is_the_one_asked_and_stays_picked(chat: Chat) -> None:
    test = chat()
    box = test.selectbox(key="chat_model_Together")
    other = next(option for option in box.options if MODEL.rpartition("/")[2] not in option.lower())
    box.select(other).run()
    picked = test.selectbox(key="chat_model_Together").value
    assert picked != MODEL
    asked_and_answered(test, "A question")
    assert last_run(test).request.model == picked
    assert test.selectbox(key="chat_model_Together").value == picked


def test_an_id_in_no_list_is_asked_as_it_is_and_offered_as_the_choice(chat: Chat) -> None:
    test = chat().switch_page("home.py").run()
    set_up(test, Setup(model="nobody/has-this"))
    asked_and_answered(test.switch_page("chat.py").run(), "A question")
    assert last_run(test).request.model == "nobody/has-this"
    assert test.selectbox(key="chat_model_Together").value == "nobody/has-this"


def test_substitutes_are_offered_for_the_model_that_was_refused_only(chat: Chat) -> None:
    test = chat(TOGETHER_DEFAULT_MODEL="nobody/has-this")
    asked_and_answered(test, "Hello")
    assert [button for button in test.button if button.key == "chat_after_0"]
    test.session_state["chat_model_Together"] = MODEL
    test.run()
    assert not [button for button in test.run().button if button.key == "chat_after_0"]


def test_a_retired_model_is_said_before_any_call_and_replaced_in_one_click(chat: Chat) -> None:
    test = chat(TOGETHER_DEFAULT_MODEL=RETIRED)
    assert "16 April 2026" in test.warning[0].value
    test.button(key="chat_instead_0").click().run()
    assert not test.warning
    assert test.selectbox(key="chat_model_Together").value != RETIRED


def test_the_default_of_together_is_not_asked_of_another_endpoint(chat: Chat) -> None:
    test = chat(TOGETHER_DEFAULT_MODEL="nobody/has-this")
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    assert test.selectbox(key="chat_model_Sandbox").value != "nobody/has-this"
    assert "Sandbox · picked by you" in texts(test)


@pytest.mark.parametrize("key", ["chat_endpoint", "chat_model_Sandbox"])
def test_whoever_is_picked_right_before_sending_is_asked(chat: Chat, key: str) -> None:
    """The page is not drawn between the two."""
    test, mixtral = chat(), "mistralai/Mixtral-8x7B-Instruct-v0.1"
    if key != "chat_endpoint":
        test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    test.selectbox(key=key).set_value("Sandbox" if key == "chat_endpoint" else mixtral)
    asked_and_answered(test, "What is a token?")
    assert last_run(test).endpoint.name == "Sandbox"
    assert (last_run(test).request.model == mixtral) is (key != "chat_endpoint")
    assert talk(test).setup.endpoint == "Sandbox"


def test_a_list_that_cannot_be_had_is_said_before_anything_is_asked(chat: Chat) -> None:
    port = closed_port()
    test = chat(TOGETHER_BASE_URL=f"http://127.0.0.1:{port}/v1", TOGETHER_MAX_RETRIES="0")
    assert f"127.0.0.1:{port}" in texts(test)
    assert not test.chat_input[0].disabled


def test_an_endpoint_that_is_gone_is_said_and_nobody_is_asked(opened: Open) -> None:
    test = opened("home.py")
    set_up(test, Setup(endpoint="Gone"))
    test.switch_page("chat.py").run()
    assert "no endpoint named Gone" in test.error[0].value
    assert test.chat_input[0].disabled
    assert not test.exception


def test_zero_is_sent_and_what_is_empty_is_not(chat: Chat) -> None:
    test = chat()
    test.number_input(key="chat_sampling_temperature").set_value(0.0).run()
    test.number_input(key="chat_sampling_seed").set_value(0).run()
    test.text_input(key="chat_sampling_stop").set_value("END, STOP").run()
    test.text_area(key="chat_system").set_value("  Be short. ").run()
    assert any("· changed" in block.proto.popover.label for block in test.get("popover"))
    asked_and_answered(test, "A question")
    assert last_run(test).request.sampling.to_wire() == {
        "temperature": 0.0,
        "seed": 0,
        "max_tokens": 2_048,
        "stop": ["END", "STOP"],
    }
    assert last_run(test).request.messages[0].content == "Be short."  # type: ignore[union-attr]
    test.switch_page("home.py").run()
    test.switch_page("chat.py").run()
    assert test.number_input(key="chat_sampling_temperature").value == 0.0


def test_what_the_next_turn_may_cost_is_said(chat: Chat) -> None:
    test = chat()
    assert r"at most \$" in texts(test)
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    assert ", simulated" in texts(test)
    assert "Simulated" in "\n".join(str(part.value) for part in test.sidebar.markdown)


def test_an_unknown_price_is_said(chat: Chat) -> None:
    assert "price unknown" in texts(chat(TOGETHER_DEFAULT_MODEL="nobody/has-this"))


def test_a_starter_begins_a_conversation_of_its_own(two: AppTest) -> None:
    two.switch_page("home.py").run()
    pressed(two, "Ask")
    two.switch_page("chat.py").run()
    finished(two)
    assert len(questions(two)) == 1
    assert [talk.name for talk in playground().conversations.all(owner(two))][1] == "The first question"


def test_the_lines_of_the_verification_stay_and_begin_anew_when_it_is_pressed(chat: Chat) -> None:
    test = chat().switch_page("home.py").run()
    rows = len(pressed(test, "Verify").table[0].value)
    assert rows >= 5
    assert len(test.run().table[0].value) == rows
    assert len(pressed(test, "Verify").table[0].value) == rows


def test_two_visitors_share_no_conversation(two: AppTest, chat: Chat) -> None:
    assert questions(chat()) == []


def test_a_warning_of_the_settings_is_said(chat: Chat) -> None:
    assert "TOGETHER" in texts(chat(TOGETHER_BASEURL="https://x.example"))
    assert "BASEURL" in texts(chat(TOGETHER_BASEURL="https://x.example"))


def test_a_default_that_nobody_can_be_is_no_default(opened: Open) -> None:
    test = opened("chat.py", ENABLE_TOGETHER_AI="true")
    assert "Not configured" in texts(test)
    assert test.chat_input[0].disabled
    test.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    assert not test.chat_input[0].disabled
    assert "Not configured" not in texts(test)
