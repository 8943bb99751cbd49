"""What stands on the page for one turn, whatever became of its answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.conversations import Conversation, Turn
from services.answers.runs import Run, Runs
from services.embedding.notes import Hit, Note
from services.endpoints import Endpoint
from services.errors import AuthError, ProviderError, StreamInterruptedError
from services.models.prices import Price
from services.wire.types import Chunk, ToolCall
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Played, Script, chat

THOUGHT = Chunk(1, "reasoning", "Let me see.")
SAID = Chunk(2, "answer", "Yes.")


def page(talk) -> None:  # type: ignore[no-untyped-def]  # run from its text, where no name of this file is known
    from components.conversation import Actions, conversation

    conversation(talk, Actions(lambda turn_id: None, lambda turn_id: None, lambda turn_id, version: None), "t")


def drawn(*turns: Turn) -> AppTest:
    test = AppTest.from_function(page, args=(Conversation(turns),), default_timeout=30).run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*test.markdown, *test.error, *test.code))


def finished(source: Script | Played, endpoint: Endpoint = TOGETHER, price: Price | None = None) -> Run:
    runs = Runs(source)
    try:
        run = runs.start("ann", endpoint, chat(), message_id="1", price=price)
        run.wait(5)
    finally:
        runs.close()
    return run


def stopped(*words: str) -> Run:
    runs = Runs(Script(words, go=threading.Semaphore(0)))
    run = runs.start("ann", TOGETHER, chat(), message_id="1")
    runs.close()
    return run


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (Script(words=()), "An empty answer."),
        (Played(THOUGHT, finish="length"), r"All of max\_tokens went into thinking"),
        (Played(THOUGHT), "Let me see."),
        (Script(error=StreamInterruptedError("It broke.")), "It broke."),
        (Script(words=(), error=AuthError("No *entry*.")), r"No \*entry\*."),
        (Script(words=(), error=AuthError("No entry.", remedy="Ask for a key.")), "No entry. Ask for a key."),
        (Played(SAID, tool_calls=(ToolCall("1", "weather", '{"at": "Ulm"}'),)), 'weather({"at": "Ulm"})'),
        (Played(SAID, attempts=3), "Sent 3 times"),
        (Played(SAID, served="org/another"), "The server says it served org/another."),
        (Script(words=(), error=ProviderError("Odd.", page="<h1>Busy</h1>")), "<h1>Busy</h1>"),
        (Played(replace(SAID, text="![pump](http://e.example/p.png)")), r"\[image removed: pump\]"),
        (Played(replace(THOUGHT, text="![pump](http://e.example/p.png)"), SAID), r"\[image removed: pump\]"),
    ],
)
def test_what_became_of_an_answer_is_said(source: Script | Played, sentence: str) -> None:
    assert sentence in said(drawn(Turn("q", (finished(source),))))


def test_an_answer_stopped_before_its_first_text_says_so() -> None:
    assert "Stopped before the first text." in said(drawn(Turn("q", (stopped("Hello"),))))


@pytest.mark.parametrize(
    ("endpoint", "word"), [(TOGETHER, "real · Together"), (LOCAL, "real · local"), (SANDBOX, "Simulated")]
)
def test_every_answer_carries_its_word(endpoint: Endpoint, word: str) -> None:
    test = drawn(Turn("q", (finished(Script(), endpoint),)))
    assert word in "\n".join(str(part.value) for part in test.chat_message[1].markdown)


def test_a_simulated_answer_says_so_at_each_figure_and_another_does_not() -> None:
    for endpoint, count in ((SANDBOX, 5), (TOGETHER, 0)):
        test = drawn(Turn("q", (finished(Script(), endpoint),)))
        assert sum("invented practice figure" in part.help for part in test.markdown) == count


def test_a_failed_answer_has_no_figures() -> None:
    values = cells(drawn(Turn("q", (finished(Script(words=(), error=AuthError("No."))),))))
    assert values == ["–", "–", "–", "–", "–", "failed"]


def test_what_was_not_counted_is_marked_as_an_estimate_and_no_speed_as_too_little_text() -> None:
    test = drawn(Turn("q", (finished(Script(), price=Price(Decimal(2), Decimal(2))),)))
    values = cells(test)
    assert values[3].startswith("≈")
    assert values[4].startswith("≈")
    assert r"\$" in values[4]
    assert any("Not enough text to say." in part.help for part in test.markdown)


def cells(test: AppTest) -> list[str]:
    """The values of the six cells."""
    bold = [str(part.value) for part in test.chat_message[1].markdown if str(part.value).startswith("**")]
    return [value.strip("*") for value in bold]


def test_what_was_left_out_and_the_notes_are_said() -> None:
    hit = Hit(Note("Pumps", "Leaks", "A seal wears."), 0.9)
    run = finished(Script(), LOCAL)
    for count, sentence in ((1, "1 earlier message was left out"), (4, "4 earlier messages were left out")):
        text = said(drawn(Turn("q", (run,), left_out=count, notes=(hit,))))
        assert sentence in text
        assert "A seal wears." in text


def test_what_the_visitor_typed_loads_no_image() -> None:
    assert "![" not in said(drawn(Turn("![x](http://e.example/p.png)", (finished(Script()),))))


def test_versions_can_be_gone_through_to_both_ends_and_no_further() -> None:
    turn = Turn("q", (finished(Script()), finished(Script())), shown=1)
    assert [button_of(drawn(turn), f"{way} version").disabled for way in ("Earlier", "Later")] == [False, True]
    turn = replace(turn, shown=0)
    assert [button_of(drawn(turn), f"{way} version").disabled for way in ("Earlier", "Later")] == [True, False]


def test_only_the_last_answer_can_be_asked_again() -> None:
    run = finished(Script())
    test = drawn(Turn("one", (run,), id="1"), Turn("two", (run,), id="2"))
    assert [button.key for button in test.button if button.label == "Again"] == ["again_t_2_0"]


def button_of(test: AppTest, label: str) -> Any:
    return next(button for button in test.button if button.label == label)


def test_a_growing_answer_waits_shows_its_end_and_offers_nothing_yet() -> None:
    go = threading.Semaphore(0)
    runs = Runs(
        Script(
            ("![a](http://e.example/a.png) " + "word " * 100 + "\n\n", "![x](http://e.example/p.png) growing"), go=go
        )
    )
    try:
        run = runs.start("ann", LOCAL, chat(), message_id="1")
        test = drawn(Turn("q", (run,)))
        assert "Reading the prompt" in said(test)
        assert "waiting" in said(test)
        assert not test.button
        go.release(2)
        while "growing" not in run.text():
            assert run.live
        text = said(test.run())
        assert "growing▍" in text
        assert "![" not in text
    finally:
        runs.close()
