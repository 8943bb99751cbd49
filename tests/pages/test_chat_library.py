"""Several conversations on the page of Chat: each with its own turns, model and fields."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversations import Setup
from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, asked, texts
from tests.pages.test_turns import CRAWL, MODEL, asked_and_answered, last_run, owner, pressed, questions, set_up, talk

OTHER = "Qwen/Qwen3.5-9B"


@pytest.fixture
def one(opened: Open, sandbox_address: str) -> AppTest:
    """A conversation of one question."""
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    return asked_and_answered(test, "Why do pumps leak?")


@pytest.fixture
def crawling(opened: Open, sandbox_address: str) -> AppTest:
    """A conversation whose only answer is being written."""
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=CRAWL)
    return asked(test, "A long one")


def listed(test: AppTest) -> AppTest:
    """Opens the list."""
    test.session_state["chat_library"] = True
    return test.run()


def begun(test: AppTest) -> AppTest:
    return listed(test).button(key="chat_new").click().run()


def names(test: AppTest) -> list[str]:
    return [each.name for each in playground().conversations.all(owner(test))]


def test_a_new_conversation_is_empty_and_the_earlier_one_is_found_in_the_list(one: AppTest) -> None:
    first = talk(one).id
    begun(one)
    assert not one.exception
    assert "Nothing asked yet" in texts(one)
    assert len(one.chat_message) == 0
    listed(one).button(key=f"chat_open_{first}").click().run()
    assert questions(one) == ["Why do pumps leak?"]
    assert len(one.chat_message) == 2


def test_model_system_prompt_and_sampling_are_those_of_each_conversation(one: AppTest) -> None:
    first = talk(one).id
    begun(one)
    one.selectbox(key="chat1_model_Together").set_value(OTHER).run()
    one.text_area(key="chat1_system").set_value("Be short.").run()
    one.number_input(key="chat1_sampling_temperature").set_value(0.5).run()
    asked_and_answered(one, "And valves?")
    assert last_run(one).request.model == OTHER
    listed(one).button(key=f"chat_open_{first}").click().run()
    assert one.text_area(key="chat_system").value == ""
    assert one.selectbox(key="chat_model_Together").value == MODEL
    asked_and_answered(one, "Again, please")
    assert last_run(one).request.model == MODEL
    assert last_run(one).request.sampling.temperature is None
    second = playground().conversations.all(owner(one))[0]
    assert (second.setup.model, second.setup.system, second.setup.sampling.temperature) == (OTHER, "Be short.", 0.5)


def test_a_field_of_one_conversation_in_another_tab_never_writes_into_the_other(one: AppTest) -> None:
    first = talk(one).id
    one.text_area(key="chat_system").set_value("Of the first.").run()
    kept = playground().conversations
    kept.begin(owner(one))
    kept.update(owner(one), lambda now: now)
    one.run()
    kept.open(owner(one), first)
    one.run()
    assert kept.current(owner(one)).setup.system == "Of the first."


def test_every_turn_keeps_who_answered_it_when_the_model_is_changed(one: AppTest) -> None:
    one.selectbox(key="chat_model_Together").set_value(OTHER).run()
    asked_and_answered(one, "And valves?")
    shown = ["\n".join(str(part.value) for part in one.chat_message[place].markdown) for place in (1, 3)]
    assert [turn.run.request.model for turn in talk(one).turns] == [MODEL, OTHER]
    assert [MODEL in shown[0], OTHER in shown[0], MODEL in shown[1], OTHER in shown[1]] == [True, False, False, True]


def test_a_conversation_can_be_named_and_its_name_is_text(one: AppTest) -> None:
    listed(one).text_input(key=f"chat_name_{talk(one).id}").set_value("*Pumps* [x](http://e.example)").run()
    assert not one.exception
    assert talk(one).title == "*Pumps* [x](http://e.example)"
    label = one.button(key=f"chat_open_{talk(one).id}").label
    assert r"\*Pumps\*" in label
    assert r"\[x\](" in label


def test_a_name_that_is_none_is_refused_with_the_reason(one: AppTest) -> None:
    listed(one).text_input(key=f"chat_name_{talk(one).id}").set_value("a\u202eb").run()
    assert "characters that can be seen" in one.error[0].value
    assert talk(one).title is None


def test_what_is_deleted_can_be_brought_back_and_its_answer_is_stopped(crawling: AppTest) -> None:
    run = last_run(crawling)
    assert run.live
    listed(crawling).button(key="chat_delete").click().run()
    assert run.wait(10).state == "stopped"
    assert names(crawling) == ["New conversation"]
    crawling.button(key="chat_put_back").click().run()
    assert questions(crawling) == ["A long one"]


def test_an_answer_goes_on_while_another_conversation_is_open(crawling: AppTest) -> None:
    run = last_run(crawling)
    begun(crawling)
    assert run.live
    assert "answering" in "\n".join(button.label for button in listed(crawling).button)
    run.stop()


def test_a_starter_stops_the_answer_it_leaves_behind(crawling: AppTest) -> None:
    run = last_run(crawling)
    crawling.switch_page("home.py").run()
    pressed(crawling, "Ask")
    assert run.wait(10).state == "stopped"
    assert names(crawling)[1] == "A long one"
    last_run(crawling).stop()


def test_editing_an_earlier_question_stops_the_answer_that_is_being_written(one: AppTest) -> None:
    one.switch_page("home.py").run()
    set_up(one, Setup(model=CRAWL))
    asked(one.switch_page("chat.py").run(), "A long one")
    run = last_run(one)
    assert run.live
    pressed(one, "Edit")
    assert run.wait(10).state == "stopped"


def test_an_edit_is_left_when_another_conversation_is_opened_and_a_new_message_goes_along(one: AppTest) -> None:
    pressed(one, "Edit")
    begun(one)
    assert one.session_state["session"].draft is None
    too_long = "word " * 50_000
    asked(one, too_long)
    begun(one)
    assert one.text_area(key="chat_draft").value == too_long


def test_too_many_conversations_are_refused_on_the_page(one: AppTest) -> None:
    kept = playground().conversations
    for number in range(49):
        kept.begin(owner(one))
        kept.rename(owner(one), kept.current(owner(one)).id, f"Number {number}")
    begun(one)
    assert "50 conversations are kept already" in one.error[0].value


def test_nothing_is_saved_until_it_is_switched_on_and_where_is_said(one: AppTest, tmp_path: Path) -> None:
    listed(one)
    assert one.toggle(key="chat_saved").value is False
    assert "conversations.sqlite" in texts(one)
    assert not (tmp_path / "kept" / "conversations.sqlite").exists()
    one.toggle(key="chat_saved").set_value(True).run()
    assert b"Why do pumps leak?" in (tmp_path / "kept" / "conversations.sqlite").read_bytes()
    assert "erased from the file at once" in texts(one)
    listed(one).toggle(key="chat_saved").set_value(False).run()
    assert b"Why do pumps leak?" not in (tmp_path / "kept" / "conversations.sqlite").read_bytes()
    assert questions(one) == ["Why do pumps leak?"]


def test_an_answer_is_saved_when_it_ends_without_anybody_looking(one: AppTest, tmp_path: Path) -> None:
    playground().conversations.set_saved(owner(one), True)
    asked(one, "And valves?")
    run = last_run(one)
    run.wait(30)
    playground().runs.close()
    assert b"And valves?" in (tmp_path / "kept" / "conversations.sqlite").read_bytes()


def test_a_disk_that_cannot_be_written_leaves_the_switch_off_and_says_why(one: AppTest, tmp_path: Path) -> None:
    (tmp_path / "kept" / "conversations.sqlite").mkdir(parents=True)
    listed(one).toggle(key="chat_saved").set_value(True).run()
    assert "cannot be used" in one.error[0].value
    assert listed(one).toggle(key="chat_saved").value is False
    assert not one.exception
