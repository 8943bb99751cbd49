"""An answer that max_tokens cut off goes on in the same answer, and which run said and took what stays to be seen."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.answers.conversation_files import from_json, to_json
from services.answers.conversations import Conversation, Setup, Turn, messages
from services.answers.exports import as_json, as_markdown
from services.answers.runs import Run, Runs
from services.answers.seams import GO_ON, added_up, can_go_on, seams
from services.chat import ask, ask_again, go_on
from services.errors import BadRequestError, ConfigError, StreamInterruptedError
from services.models.prices import Price
from services.playground import Playground
from services.settings import SANDBOX
from services.wire.types import ChatRequest, Chunk, CompletionRequest, Sampling, Usage
from tests.answers.scripted import TOGETHER, Played, Script, chat
from tests.clicks import runs_of_clicks

OWNER = "ann"
MODEL = "Qwen/Qwen3.5-9B"
PRICE = Price(Decimal(1), Decimal(2))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def ran(source: Any, request: Any = None, price: Price | None = PRICE) -> Run:
    runs = Runs(source)
    try:
        run = runs.start("ann", TOGETHER, chat() if request is None else request, message_id="1", price=price)
        run.wait(5)
    finally:
        runs.close()
    return run


def cut(text: str = "The seal wears bec", usage: Usage | None = None) -> Run:
    return ran(Script((text,), finish="length", usage=usage or Usage(40, 10)))


def turn_of_two(second: Run | None = None) -> Turn:
    first = cut()
    last = ran(Script(("ause of sand.",), usage=Usage(60, 5))) if second is None else second
    return Turn("Why?", (first,), id="1").went_on(last, first.id)


def test_the_two_runs_are_one_answer_and_stay_two_runs() -> None:
    turn = turn_of_two()
    assert turn.said == "The seal wears because of sand."
    assert [run.text() for run in turn.parts] == ["The seal wears bec", "ause of sand."]
    assert seams(turn) == ("The seal wears bec",)
    assert messages([turn], "And then?")[0][1].content == "The seal wears because of sand."


def test_tokens_and_cost_add_up_and_what_is_unknown_stays_so() -> None:
    results = [run.result for run in turn_of_two().parts]
    total = added_up([result for result in results if result is not None])
    assert (total.prompt_tokens, total.completion_tokens, total.estimated) == (100, 15, False)
    assert total.cost_usd == Decimal("0.00013")
    assert total.line == "2 runs together: 100 → 15 tokens · $0.00013"
    unknown = ran(Script(("x",)), price=None).result
    assert results[0] is not None
    assert unknown is not None
    part = added_up([results[0], unknown])
    assert (part.cost_usd, part.estimated) == (None, True)


@pytest.mark.parametrize(
    ("run", "task"),
    [
        (ran(Script(("Whole.",))), None),
        (ran(Script((), finish="length")), None),
        (ran(Played(Chunk(1, "reasoning", "Hm."), finish="length")), None),
        (ran(Script(("x",), error=StreamInterruptedError("It broke."))), None),
        (ran(Script(("x",), finish="length"), CompletionRequest("m", "p", Sampling(max_tokens=1))), None),
        (ran(Script(("x",), finish="length"), replace(chat(), response_format={"type": "json_schema"})), None),
        (cut(), "label"),
    ],
    ids=["done", "empty", "thought", "broken", "completion", "schema", "task"],
)
def test_only_a_text_that_its_length_cut_off_can_go_on(run: Run, task: str | None) -> None:
    assert not can_go_on(Turn("q", (run,), task=task))


def test_a_text_that_was_cut_off_can_go_on_more_than_once_and_not_while_it_does() -> None:
    turn = Turn("q", (cut(),))
    assert can_go_on(turn)
    assert can_go_on(turn.went_on(cut(), turn.run.id))
    runs = Runs(Script(go=threading.Semaphore(0)))
    try:
        live = turn.went_on(runs.start("ann", TOGETHER, chat(), message_id="1"), turn.run.id)
        assert not can_go_on(live)
        assert Conversation((live,)).live
    finally:
        runs.close()


def test_what_goes_on_belongs_to_its_version_alone() -> None:
    turn = turn_of_two().answered_again(ran(Script(("Another.",))))
    assert turn.said == "Another."
    assert replace(turn, shown=0).said == "The seal wears because of sand."


def test_exports_show_one_text_both_runs_and_their_sum() -> None:
    talk = Conversation((turn_of_two(),))
    text = as_markdown(talk, now=NOW)
    assert "The seal wears because of sand." in text
    assert "cut off by max_tokens after “The seal wears bec”" in text
    assert "Run 1: " in text
    assert "Run 2: " in text
    assert "2 runs together: 100 → 15 tokens" in text
    (answer,) = json.loads(as_json(talk, now=NOW))["turns"][0]["answers"]
    assert [answer["text"], answer["continued_by"][0]["text"]] == ["The seal wears bec", "ause of sand."]


def test_a_saved_answer_goes_on_after_a_restart() -> None:
    talk = Conversation((replace(turn_of_two(cut("ause")), shown=0),))
    back = from_json(to_json(talk)).turns[0]
    assert (back.said, len(back.parts), can_go_on(back)) == ("The seal wears because", 2, True)


@pytest.fixture
def asked_short(house: Playground) -> Any:
    """(endpoint, model, turn id) after an answer of three tokens."""
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named(MODEL)
    kept = house.conversations
    kept.begin(OWNER)
    setup = Setup(system="Be short.", sampling=Sampling(max_tokens=40))
    kept.update(OWNER, lambda now: replace(now, setup=setup))
    ask(house, OWNER, endpoint, model, "What is a token?").wait(30)
    return endpoint, model, kept.current(OWNER).turns[0].id


def test_the_model_is_shown_its_own_text_and_told_to_go_on(house: Playground, asked_short: Any) -> None:
    endpoint, model, turn_id = asked_short
    first = house.conversations.current(OWNER).turns[0].run
    run = go_on(house, OWNER, endpoint, model, turn_id)
    run.wait(30)
    assert isinstance(run.request, ChatRequest)
    assert [(m.role, m.content) for m in run.request.messages] == [
        ("system", "Be short."),
        ("user", "What is a token?"),
        ("assistant", first.text()),
        ("user", GO_ON),
    ]
    turn = house.conversations.current(OWNER).turns[0]
    assert turn.parts == (first, run)
    assert len(house.conversations.current(OWNER).turns) == 1


def test_many_clicks_let_it_go_on_once(house: Playground, asked_short: Any) -> None:
    endpoint, _, turn_id = asked_short
    model = house.catalog(endpoint).named(f"{MODEL}:fault-crawl")
    made = runs_of_clicks(lambda: go_on(house, OWNER, endpoint, model, turn_id))
    assert len(made) == 1
    assert len(house.conversations.current(OWNER).turns[0].parts) == 2


def test_an_answer_that_is_not_the_last_or_not_cut_off_does_not_go_on(house: Playground, asked_short: Any) -> None:
    endpoint, model, turn_id = asked_short
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup()))
    ask_again(house, OWNER, endpoint, model, turn_id).wait(30)
    with pytest.raises(BadRequestError, match="not cut off"):
        go_on(house, OWNER, endpoint, model, turn_id)
    ask(house, OWNER, endpoint, model, "And its cost?").wait(30)
    with pytest.raises(ConfigError, match="no longer the last"):
        go_on(house, OWNER, endpoint, model, turn_id)
    with pytest.raises(ConfigError):
        go_on(house, "bob", endpoint, model, turn_id)
