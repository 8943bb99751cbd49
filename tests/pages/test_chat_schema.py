"""The schema field of Chat, and what is said of each answer."""

from __future__ import annotations

from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, asked, finished, texts
from tests.pages.test_turns import MODEL, last_run, pressed, questions
from tests.test_schemas import TEXT


def test_a_schema_is_asked_for_kept_with_its_answer_and_judged(opened: Open, sandbox_address: str) -> None:
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    test.text_area(key="chat_schema").set_value(TEXT).run()
    finished(asked(test, "Oil drips."))
    assert not test.exception
    assert "Fits the schema" in texts(test)
    assert "```" in texts(test)
    test.text_area(key="chat_schema").set_value("").run()
    finished(asked(test, "And now in words."))
    assert last_run(test).request.response_format is None  # type: ignore[union-attr]
    assert texts(test).count("the schema") == 1


def test_what_is_no_schema_is_said_beside_its_field_and_stops_the_message(opened: Open, sandbox_address: str) -> None:
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    test.text_area(key="chat_schema").set_value('{"type": "objekt"}').run()
    assert "no JSON schema" in test.warning[0].value
    asked(test, "Oil drips.")
    assert "no JSON schema" in test.error[0].value
    assert questions(test) == []
    test.text_area(key="chat_schema").set_value("").run()
    pressed(test, "Send")
    finished(test)
    assert questions(test) == ["Oil drips."]


def test_an_answer_that_is_cut_off_does_not_fit_and_says_why(opened: Open, sandbox_address: str) -> None:
    test = opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)
    test.text_area(key="chat_schema").set_value(TEXT).run()
    test.number_input(key="chat_sampling_max_tokens").set_value(1).run()
    finished(asked(test, "Oil drips."))
    assert "Does not fit the schema" in texts(test)
    assert "cut off before its end" in texts(test)
