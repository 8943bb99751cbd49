"""Kept prompts on the page of Chat."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.prompts import Prompt, to_json
from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, finished, texts
from tests.pages.test_turns import MODEL, drafted, owner, pressed, questions


@pytest.fixture
def test(opened: Open, sandbox_address: str) -> AppTest:
    """Chat with the prompts open and one kept."""
    made = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    made.session_state["chat_prompts"] = True
    made.run()
    made.text_input(key="chat_prompts_title").set_value("Summary")
    made.text_area(key="chat_prompts_text").set_value("Summarise {{text}} for {{reader}}.")
    return made.button(key="chat_prompts_save").click().run()


def field(test: AppTest, name: str) -> str:
    return f"chat_prompts_{playground().prompts.of(owner(test))[0].id}_{name}"


def test_a_prompt_is_filled_in_and_becomes_the_message_which_is_sent_by_hand(test: AppTest) -> None:
    assert not test.exception
    assert "Saved." in texts(test)
    test.text_area(key=field(test, "text")).set_value("the log")
    test.text_area(key=field(test, "reader")).set_value("{{text}} *experts*")
    test.button(key="chat_prompts_use").click().run()
    assert questions(test) == []
    assert drafted(test).value == "Summarise the log for {{text}} *experts*."
    pressed(test, "Send")
    finished(test)
    assert questions(test) == ["Summarise the log for {{text}} *experts*."]


def test_what_is_not_filled_in_is_named_and_nothing_becomes_the_message(test: AppTest) -> None:
    test.text_area(key=field(test, "text")).set_value("the log")
    test.button(key="chat_prompts_use").click().run()
    assert "Nothing is filled in for reader." in test.error[0].value
    assert not [area for area in test.text_area if area.key == "chat_draft"]


def test_a_prompt_is_changed_under_its_name(test: AppTest) -> None:
    test.button(key="chat_prompts_change").click().run()
    assert test.text_input(key="chat_prompts_title").value == "Summary"
    test.text_area(key="chat_prompts_text").set_value("Shorter: {{text}}")
    test.button(key="chat_prompts_save").click().run()
    assert [each.text for each in playground().prompts.of(owner(test))] == ["Shorter: {{text}}"]


def test_a_prompt_that_cannot_be_kept_says_why_and_stays_in_its_fields(test: AppTest) -> None:
    test.text_input(key="chat_prompts_title").set_value("Empty")
    test.button(key="chat_prompts_save").click().run()
    assert "The prompt is empty." in test.error[0].value
    assert test.text_input(key="chat_prompts_title").value == "Empty"


def test_what_is_deleted_comes_back(test: AppTest) -> None:
    test.button(key="chat_prompts_delete").click().run()
    assert "None yet." in texts(test)
    test.button(key="chat_prompts_back").click().run()
    assert [each.title for each in playground().prompts.of(owner(test))] == ["Summary"]
    assert not [button for button in test.button if button.key == "chat_prompts_back"]


def test_a_file_is_opened_and_a_damaged_one_refused_with_the_reason(test: AppTest) -> None:
    test.file_uploader[0].upload("more.json", to_json([Prompt("More", "{{a}}")]), "application/json").run()
    assert "1 prompt added." in texts(test)
    test.file_uploader[0].clear().run()
    test.file_uploader[0].upload("bad.json", b'{"format":', "application/json").run()
    assert "The file is no JSON" in test.error[0].value
    assert [each.title for each in playground().prompts.of(owner(test))] == ["More", "Summary"]


def test_a_name_with_markup_is_text(test: AppTest) -> None:
    playground().prompts.save(owner(test), "*a* [x](http://e.example)", "![x](http://e.example/p.png) {{v}}")
    test.run()
    test.selectbox(key="chat_prompts_which").set_value(playground().prompts.of(owner(test))[0].id).run()
    assert not test.exception
    assert "![x]" not in texts(test)
