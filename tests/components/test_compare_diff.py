"""A word of an answer stands in the diff as it was written, whatever Markdown would make of it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.compare_diff import marked
from services.answers.comparisons import Comparison, Panel
from services.answers.diffs import word_diff
from services.answers.runs import Runs
from services.wire.types import Chunk
from tests.answers.scripted import TOGETHER, Played, chat


def test_marks_differ_by_more_than_colour_and_stay_within_lines() -> None:
    assert marked(word_diff("one two three old", "one two three new\nline"), 0, 1) == (
        "one two three :blue-background[~~old~~] :orange-background[**new**]  \n:orange-background[**line**]"
    )


def test_a_word_put_in_front_does_not_stick_to_the_next() -> None:
    assert marked(word_diff("A table", "1. A table"), 0, 1) == r":orange-background[**1\.**] A table"


@pytest.fixture
def three() -> AppTest:
    """The open word diff of three answers."""
    made = Comparison((Panel("Together", "org/model"),) * 3, prompt="Hello")
    for place, word in enumerate(("water", "oil", "air")):
        runs = Runs(Played(Chunk(1, "answer", f"A pump moves {word} all day long.")))
        run = runs.start("ann", TOGETHER, chat(), message_id="1")
        run.wait(5)
        runs.close()
        made = made.with_run(place, run)
    test = AppTest.from_function(opened_menu, kwargs={"comparison": made})
    test.session_state["compare_diff"] = True
    return test.run()


def opened_menu(comparison) -> None:  # type: ignore[no-untyped-def]  # run from its text, without the names above
    from components.compare_diff import word_diff_menu

    word_diff_menu(comparison)


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("A", "B", ":blue-background[~~water~~] :orange-background[**oil**]"),
        ("A", "C", ":blue-background[~~water~~] :green-background[**air**]"),
        ("B", "C", ":orange-background[~~oil~~] :green-background[**air**]"),
        ("C", "A", ":green-background[~~air~~] :blue-background[**water**]"),
    ],
)
def test_any_two_of_three_answers_are_compared(three: AppTest, left: str, right: str, shown: str) -> None:
    three.selectbox(key="compare_diff_left").set_value("ABC".index(left)).run()
    three.selectbox(key="compare_diff_right").set_value("ABC".index(right)).run()
    assert not three.exception
    said = [each.value for each in three.markdown]
    assert f"A pump moves {shown} all day long." in said
    assert f"1 only in {left}, 1 only in {right}." in " ".join(said)
