"""What Compare writes into the address and when, and that what it refuses is said there alone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services.comparing import to_link
from tests.pages.conftest import Open
from tests.pages.test_compare_live import current, press

OTHERS = "Sandbox~Qwen/Qwen3.5-9B,Sandbox~openai/gpt-oss-120b"


@pytest.fixture
def bare_compare(bare: Open) -> AppTest:
    """Opened as the list of pages opens it."""
    return bare("compare.py")


def test_a_first_visit_leaves_the_address_as_it_is(bare_compare: AppTest) -> None:
    assert "models" not in bare_compare.run().query_params
    assert "models" not in bare_compare.switch_page("chat.py").run().switch_page("compare.py").run().query_params


def test_a_changed_line_up_is_named_and_followed(bare_compare: AppTest) -> None:
    test = press(bare_compare, "Add panel")
    assert test.query_params["models"] == to_link(current(test).panels)
    assert len(current(press(test, "Add panel")).panels) == 4
    assert test.query_params["models"] == to_link(current(test).panels)


def test_the_line_up_that_a_link_names_is_opened_once(bare_compare: AppTest) -> None:
    bare_compare.query_params["models"] = OTHERS
    test = bare_compare.run()
    assert to_link(current(test).panels) == OTHERS
    test = press(test, "Add panel")
    assert len(current(test.run()).panels) == 3


def test_a_link_that_names_no_line_up_is_said_and_replaced(bare_compare: AppTest) -> None:
    bare_compare.query_params["models"] = "nonsense"
    test = bare_compare.run()
    assert "The link names no line-up." in test.error[0].value
    assert test.query_params["models"] == to_link(current(test).panels)


def test_a_refusal_is_said_in_compare_and_not_in_chat(bare_compare: AppTest) -> None:
    bare_compare.text_area(key="compare_prompt").set_value(" ").run()
    test = press(bare_compare, "Run all")
    assert "The prompt is empty." in test.error[0].value
    assert not test.switch_page("chat.py").run().error
