"""From a message to a run and back into the conversation, against the real Sandbox and the real local model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.answers.conversations import Conversation, Setup, Turn
from services.answers.runs import Runs
from services.chat import ask, ask_again, asked, defaults
from services.embedded.local import tasks
from services.errors import BadRequestError, ConfigError
from services.models.model import Model
from services.playground import Playground
from services.settings import SANDBOX
from services.starters import starters
from services.wire.types import ChatRequest, CompletionRequest, Sampling
from tests.answers.scripted import LOCAL, TOGETHER, Script, chat
from tests.clicks import runs_of_clicks

OWNER = "ann"


@pytest.fixture
def talk(house: Playground) -> Iterator[Any]:
    """Asks the Sandbox as a fresh owner; returns the finished run."""
    house.conversations.rewind(OWNER)
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B")

    def send(text: str) -> Any:
        run = ask(house, OWNER, endpoint, model, text)
        run.wait(30)
        return run

    yield send
    house.conversations.rewind(OWNER)


def test_a_message_and_its_answer_join_the_conversation(house: Playground, talk: Any) -> None:
    run = talk("What is a token?")
    turns = house.conversations.current(OWNER).turns
    assert [(turn.text, turn.run.id) for turn in turns] == [("What is a token?", run.id)]
    assert run.result.state == "done"


def test_the_next_message_carries_the_earlier_ones(house: Playground, talk: Any) -> None:
    first = talk("What is a token?")
    second = talk("And what does one cost?")
    assert [m.content for m in second.request.messages] == ["What is a token?", first.text(), "And what does one cost?"]


def test_answering_again_does_not_read_the_answer_it_replaces(house: Playground, talk: Any) -> None:
    talk("What is a token?")
    endpoint = house.endpoint(SANDBOX)
    turn = house.conversations.current(OWNER).turns[0]
    run = ask_again(house, OWNER, endpoint, house.catalog(endpoint).named("Qwen/Qwen3.5-9B"), turn.id)
    run.wait(30)
    assert [m.content for m in run.request.messages] == ["What is a token?"]
    assert len(house.conversations.current(OWNER).turns[0].runs) == 2


@pytest.mark.parametrize("text", ["", "  \n", "x" * 200_001])
def test_a_message_that_cannot_be_sent_changes_nothing(house: Playground, talk: Any, text: str) -> None:
    with pytest.raises(BadRequestError):
        talk(text)
    assert house.conversations.current(OWNER).turns == ()


def test_nothing_is_sent_while_an_answer_is_being_written(house: Playground, talk: Any) -> None:
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B:fault-crawl")
    run = ask(house, OWNER, endpoint, model, "What is a token?")
    with pytest.raises(BadRequestError):
        ask(house, OWNER, endpoint, model, "Another one")
    run.stop()
    assert run.wait(10).state == "stopped"
    assert len(house.conversations.current(OWNER).turns) == 1


def test_a_message_that_is_gone_cannot_be_answered_again(house: Playground, talk: Any) -> None:
    endpoint = house.endpoint(SANDBOX)
    with pytest.raises(ConfigError):
        ask_again(house, OWNER, endpoint, Model(SANDBOX, "m"), "unknown")


def test_max_tokens_is_always_set_and_choices_win() -> None:
    request = asked(TOGETHER, "m", Setup(), Conversation(), "Hello").request
    assert request.sampling.max_tokens == 2_048
    chosen = Setup(sampling=Sampling(max_tokens=5, temperature=0.0), system="Be short.")
    request = asked(TOGETHER, "m", chosen, Conversation(), "Hello").request
    assert (request.sampling.max_tokens, request.sampling.temperature) == (5, 0.0)
    assert isinstance(request, ChatRequest)
    assert request.messages[0].content == "Be short."


def test_local_has_defaults_of_its_own_and_they_give_way() -> None:
    assert defaults("local").repetition_penalty == 1.1
    setup = Setup(sampling=Sampling(temperature=0.9))
    request = asked(LOCAL, "m", setup, Conversation(), "Hello").request
    assert (request.sampling.temperature, request.sampling.max_tokens) == (0.9, 200)


def test_a_task_shapes_the_request_for_local_only() -> None:
    setup = Setup(task="label")
    assert isinstance(asked(LOCAL, "m", setup, Conversation(), "Oil drips.").request, CompletionRequest)
    request = asked(TOGETHER, "m", setup, Conversation(), "Oil drips.").request
    assert isinstance(request, ChatRequest)
    assert request.messages[-1].content == "Oil drips."


def test_every_kind_of_endpoint_has_three_starters_and_locals_are_its_tasks() -> None:
    for kind in ("together", "openai", "local", "sandbox"):
        assert len(starters(kind)) == 3
    assert [starter.task for starter in starters("local")] == [task.id for task in tasks.TASKS]


def test_the_sandboxs_starters_are_answered_from_its_notes(talk: Any) -> None:
    for starter in starters("sandbox"):
        text = talk(starter.text).text()
        assert len(text) > 60
        assert "can answer" not in text


@pytest.mark.local_model
def test_a_task_of_local_is_answered_and_no_part_of_later_history(house: Playground, talk: Any) -> None:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup(task="label")))
    endpoint = house.endpoint("Local")
    model = house.catalog(endpoint).chat_models()[0]
    run = ask(house, OWNER, endpoint, model, tasks.TASKS[0].example)
    assert tasks.TASKS[0].read(run.wait(60).answer.text) in tasks.LABELS
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup()))
    talk_on = asked(endpoint, model.id, Setup(), house.conversations.current(OWNER), "Hello").request
    assert isinstance(talk_on, ChatRequest)
    assert [m.role for m in talk_on.messages] == ["system", "user"]


def test_the_notes_that_answer_a_question_come_with_locals_answer(house: Playground, talk: Any) -> None:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup()))
    endpoint = house.endpoint("Local")
    run = ask(house, OWNER, endpoint, house.catalog(endpoint).chat_models()[0], "Which port does HANA Cloud use?")
    run.stop()
    run.wait(30)
    assert "443" in house.conversations.current(OWNER).turns[0].notes[0].note.text


def long_history() -> Conversation:
    """Six turns of about two hundred tokens each."""
    runs = Runs(Script())
    try:
        run = runs.start(OWNER, LOCAL, chat(), message_id="1")
        run.wait(5)
    finally:
        runs.close()
    return Conversation(tuple(Turn("word " * 200, (run,)) for _ in range(6)))


def test_only_the_small_model_is_spared_a_long_history() -> None:
    talk = long_history()
    assert 0 < asked(LOCAL, "m", Setup(), talk, "Now").left_out < 6
    assert asked(TOGETHER, "m", Setup(), talk, "Now").left_out == 0


def test_what_was_left_out_for_the_small_model_is_kept_with_the_turn(house: Playground, talk: Any) -> None:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    house.conversations.update(OWNER, lambda now: replace(now, turns=long_history().turns, setup=Setup()))
    endpoint = house.endpoint("Local")
    run = ask(house, OWNER, endpoint, house.catalog(endpoint).chat_models()[0], "Now")
    run.stop()
    run.wait(30)
    assert house.conversations.current(OWNER).turns[-1].left_out > 0


def test_a_task_chosen_for_local_and_its_notes_leave_other_endpoints_alone(house: Playground, talk: Any) -> None:
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup(task="label")))
    talk("Which port does HANA Cloud use?")
    turn = house.conversations.current(OWNER).turns[0]
    assert (turn.task, turn.notes) == (None, ())


def test_a_task_stays_that_of_its_question_and_shows_no_notes(house: Playground, talk: Any) -> None:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    endpoint = house.endpoint("Local")
    model = house.catalog(endpoint).chat_models()[0]
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup(task="label")))
    ask(house, OWNER, endpoint, model, "Which port does HANA Cloud use?").wait(60)
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup()))
    turn = house.conversations.current(OWNER).turns[0]
    assert turn.notes == ()
    run = ask_again(house, OWNER, endpoint, model, turn.id)
    run.stop()
    assert isinstance(run.request, CompletionRequest)
    run.wait(30)


def test_an_answer_is_priced_as_its_model_is_also_the_second_time(house: Playground, talk: Any) -> None:
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B")
    assert model.price is not None
    first = talk("What is a token?")
    again = ask_again(house, OWNER, endpoint, model, house.conversations.current(OWNER).turns[0].id)
    again.wait(30)
    assert (first.price, again.price) == (model.price, model.price)


def test_a_message_sent_by_many_clicks_at_once_is_sent_once(house: Playground, talk: Any) -> None:
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B:fault-crawl")
    made = runs_of_clicks(lambda: ask(house, OWNER, endpoint, model, "What is a token?"))
    assert len(made) == 1
    assert len(house.conversations.current(OWNER).turns) == 1
