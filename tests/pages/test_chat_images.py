"""Pictures attached in Chat: shown, sent to who sees them, and refused before the call for who does not."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversations import Setup
from services.resources import playground
from tests.answers.test_images import picture
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, finished, texts
from tests.pages.test_turns import MODEL, drafted, last_run, owner, pressed, questions, set_up, talk

SEEING = "Qwen/Qwen3.5-9B"


@pytest.fixture
def seeing(opened: Open, sandbox_address: str) -> AppTest:
    """Chat with a model that sees images."""
    return opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=SEEING)


@pytest.fixture
def blind(opened: Open, sandbox_address: str) -> AppTest:
    """Chat with a model that reads text only."""
    return opened("chat.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_MODEL=MODEL)


def attached(test: AppTest, text: str, *files: tuple[str, bytes]) -> AppTest:
    field = test.chat_input[0]
    for name, data in files:
        field.upload(name, data, "image/png")
    return field.set_value(text).run() if text else test.run()


def test_a_picture_goes_to_a_model_that_sees_it_and_stands_in_the_conversation(seeing: AppTest) -> None:
    finished(attached(seeing, "What is this?", ("pump.png", picture())))
    assert not seeing.exception
    content = last_run(seeing).request.messages[-1].content  # type: ignore[union-attr]
    assert [part["type"] for part in content] == ["text", "image_url"]
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "pump.png (PNG, 8 × 6, 1 kB)" in texts(seeing)
    finished(seeing.chat_input[0].set_value("And its colour?").run())
    assert "image_url" in str(last_run(seeing).request.messages[0].content)  # type: ignore[union-attr]


def test_a_model_that_reads_text_only_is_not_asked_and_one_that_sees_is_named_and_taken_in_one_click(
    blind: AppTest,
) -> None:
    attached(blind, "What is this?", ("pump.png", picture()))
    assert questions(blind) == []
    assert "reads text only and would not see the image" in blind.error[0].value
    assert drafted(blind).value == "What is this?"
    button = blind.button(key="chat_sight_0")
    assert button.label.removeprefix("Use ") in blind.error[0].value
    button.click().run()
    pressed(blind, "Send")
    finished(blind)
    assert questions(blind) == ["What is this?"]
    assert len(talk(blind).turns[0].images) == 1
    assert not blind.error


def test_the_simulated_and_the_local_model_see_nothing_and_nobody_else_is_named_for_them(blind: AppTest) -> None:
    blind.selectbox(key="chat_endpoint").set_value("Sandbox").run()
    attached(blind, "What is this?", ("pump.png", picture()))
    assert "The simulated" in blind.error[0].value
    assert "an endpoint whose model sees images" in blind.error[0].value


def test_a_model_of_which_nothing_is_known_may_be_asked_and_the_doubt_is_said(blind: AppTest) -> None:
    blind.switch_page("home.py").run()
    set_up(blind, Setup(model="org/dedicated"))
    blind.switch_page("chat.py").run()
    attached(blind, "x" * 200_001, ("pump.png", picture()))
    assert "Whether org/dedicated sees images is not known" in texts(blind)


def test_a_file_that_is_no_picture_is_refused_with_the_reason_and_the_text_stays(seeing: AppTest) -> None:
    attached(seeing, "What is this?", ("pump.png", b"<svg/>"))
    assert "pump.png is damaged, or no PNG, JPEG, WebP or GIF." in seeing.error[0].value
    assert drafted(seeing).value == "What is this?"
    assert questions(seeing) == []


def test_a_picture_without_a_question_and_too_many_of_them_are_refused_and_can_be_left_out(seeing: AppTest) -> None:
    attached(seeing, "", ("pump.png", picture()))
    assert "The message is empty." in seeing.error[0].value
    pressed(seeing, "Cancel")
    attached(seeing, "What are these?", *[(f"{number}.png", picture()) for number in range(5)])
    assert "at most 4 go along" in seeing.error[0].value
    seeing.button(key="chat_draft_leave_out_0").click().run()
    pressed(seeing, "Send")
    finished(seeing)
    assert [each.name for each in talk(seeing).turns[0].images] == ["1.png", "2.png", "3.png", "4.png"]


def test_editing_and_asking_again_keep_the_picture(seeing: AppTest) -> None:
    finished(attached(seeing, "What is this?", ("pump.png", picture())))
    pressed(seeing, "Again")
    finished(seeing)
    assert "image_url" in str(last_run(seeing).request.messages[-1].content)  # type: ignore[union-attr]
    pressed(seeing, "Edit")
    drafted(seeing).set_value("What colour is it?").run()
    pressed(seeing, "Send")
    finished(seeing)
    assert (questions(seeing), len(talk(seeing).turns[0].images)) == (["What colour is it?"], 1)


def test_a_model_that_sees_nothing_goes_on_without_the_earlier_picture_and_does_not_answer_it_again(
    seeing: AppTest,
) -> None:
    finished(attached(seeing, "What is this?", ("pump.png", picture())))
    seeing.selectbox(key="chat_model_Together").set_value(MODEL).run()
    pressed(seeing, "Again")
    assert "reads text only" in seeing.error[0].value
    assert len(talk(seeing).turns[0].runs) == 1
    finished(seeing.chat_input[0].set_value("Go on").run())
    first = last_run(seeing).request.messages[0].content  # type: ignore[union-attr]
    assert first == "What is this?\n[image left out: pump.png]"


def test_the_code_names_the_picture_without_its_bytes(seeing: AppTest) -> None:
    finished(attached(seeing, "What is this?", ("pump.png", picture())))
    seeing.session_state["chat_more"] = True
    seeing.run().button(key="chat_code").click().run()
    assert "data:image/png;base64,…" in "\n".join(str(code.value) for code in seeing.code)


def test_pictures_of_all_conversations_of_one_visitor_are_bounded(seeing: AppTest) -> None:
    big = picture() + b"\0" * 3_990_000
    for _ in range(2):
        finished(attached(seeing, "What are these?", *[(f"{number}.png", big) for number in range(4)]))
    playground().conversations.begin(owner(seeing))
    attached(seeing.run(), "And these?", *[(f"{number}.png", big) for number in range(4)])
    assert "hold 40 MB of images" in seeing.error[0].value
