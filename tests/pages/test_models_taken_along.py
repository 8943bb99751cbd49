"""A choice of the Models page opens in Chat, Completion and Compare, and a link picks and never sends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from services.resources import playground
from tests.pages.conftest import Open
from tests.pages.listing_server import LLAMA_2, OSS, Together, listed, serving
from tests.pages.models_page import find, names, rows, tick


def test_a_choice_is_taken_to_chat_and_to_completion(bare: Open) -> None:
    test = find(bare("models.py"), "mixtral")
    name = next(row["Model"] for row in rows(test) if row["Endpoint"] == "Sandbox")
    tick(test, name).button(key="models_to_chat").click().run()
    assert test.title[0].value == "Chat"
    assert test.selectbox(key="chat_endpoint").value == "Sandbox"
    assert "Mixtral" in test.selectbox(key="chat_model_Sandbox").value
    test.switch_page("models.py").run()
    test.button(key="models_to_completion").click().run()
    assert test.title[0].value == "Completion"
    assert test.selectbox(key="completion_endpoint").value == "Sandbox"


def test_two_are_taken_to_compare_in_the_order_of_ticking(bare: Open) -> None:
    test = bare("models.py")
    test.multiselect(key="models_endpoint").set_value(["Sandbox"]).run()
    second, first = names(test)[:2]
    tick(test, first)
    tick(test, second, first)
    test.button(key="models_compare").click().run()
    assert not test.exception
    assert test.title[0].value == "Compare"
    link = str(test.query_params["models"])
    assert link.count("Sandbox~") == 2


def test_ids_that_cannot_stand_in_a_link_are_not_compared(bare: Open) -> None:
    with serving(Together([listed("acme/a,b~c"), listed("acme/d")])) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/a,b~c", "acme/d")
        assert test.button(key="models_compare").disabled


@pytest.mark.parametrize(
    ("endpoint", "model", "said_"),
    [
        ("Nowhere", "m", "an endpoint that is not set up here"),
        ("Sandbox", " ", "names no model"),
        ("Sandbox", "m" * 201, "names no model"),
        ("Sandbox", "a\nb", "names no model"),
    ],
)
@pytest.mark.parametrize("page", ["chat", "completion"])
def test_a_link_that_names_nothing_here_changes_nothing(
    bare: Open, page: str, endpoint: str, model: str, said_: str
) -> None:
    test = bare("home.py")
    test.query_params["endpoint"], test.query_params["model"] = endpoint, model
    test.switch_page(f"{page}.py").run()
    assert not test.exception
    assert said_ in test.error[0].value
    assert test.selectbox(key=f"{page}_endpoint").value == "Sandbox"
    assert test.selectbox(key=f"{page}_model_Sandbox").value not in (model, None)


def test_a_link_picks_once_and_a_later_choice_stands(bare: Open) -> None:
    test = bare("home.py")
    test.query_params["endpoint"], test.query_params["model"] = "Sandbox", LLAMA_2
    test.switch_page("chat.py").run()
    assert test.selectbox(key="chat_model_Sandbox").value == LLAMA_2
    other = next(option for option in test.selectbox(key="chat_model_Sandbox").options if "Mixtral" in option)
    test.selectbox(key="chat_model_Sandbox").select(other).run()
    assert "Mixtral" in test.selectbox(key="chat_model_Sandbox").value
    assert "model" not in test.query_params


def followed(test: AppTest, model_id: str) -> object:
    """Opens Chat by a link from elsewhere; the model picked there then."""
    test.switch_page("home.py").run()
    test.query_params["endpoint"], test.query_params["model"] = "Sandbox", model_id
    test.switch_page("chat.py").run()
    return test.selectbox(key="chat_model_Sandbox").value


def test_a_link_followed_again_after_another_choice_picks_again(bare: Open) -> None:
    test = bare("home.py")
    assert followed(test, LLAMA_2) == LLAMA_2
    test.switch_page("home.py").run()
    test.query_params.clear()
    test.switch_page("chat.py").run()
    playground().conversations.update(
        test.session_state["session"].fallback_owner, lambda talk: replace(talk, setup=replace(talk.setup, model=OSS))
    )
    assert followed(test, LLAMA_2) == LLAMA_2
