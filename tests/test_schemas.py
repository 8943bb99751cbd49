"""Answers as JSON: the schema is checked before the call, asked for in each endpoint's way, and each answer judged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.answers.conversations import Conversation, Setup
from services.answers.exports import answer_document
from services.answers.runs import Run, Runs
from services.chat import ask, ask_again, asked
from services.errors import AuthError, BadRequestError
from services.playground import Playground
from services.schemas import Schemas, response_format
from services.settings import LOCAL as LOCAL_NAME
from services.settings import SANDBOX
from services.wire.bodies import chat_body
from services.wire.dialects import DIALECTS
from services.wire.types import ChatRequest, Sampling
from tests.answers.scripted import LOCAL, TOGETHER, Script, chat

SCHEMA = {
    "type": "object",
    "properties": {"fault": {"type": "string", "enum": ["leak", "noise"]}},
    "required": ["fault"],
    "additionalProperties": False,
}
TEXT = json.dumps(SCHEMA)
OWNER = "ann"


@pytest.fixture(scope="module")
def schemas() -> Iterator[Schemas]:
    made = Schemas()
    yield made
    made.close()


def said(text: str, *, finish: str = "stop", schema: str = TEXT, **script: Any) -> Run:
    runs = Runs(Script((text,) if text else (), finish=finish, **script))
    try:
        request = replace(chat(), response_format=response_format(schema))
        run = runs.start("ann", TOGETHER, request, message_id="1")
        run.wait(5)
    finally:
        runs.close()
    return run


@pytest.mark.parametrize("text", [TEXT, '{"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}', "{}"])
def test_a_schema_is_taken(schemas: Schemas, text: str) -> None:
    assert schemas.problem(text) is None
    schemas.check(text)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "true",
        "7",
        '"text"',
        '{"type": "objekt"}',
        '{"properties": 3}',
        '{"a": "\\ud800"}',
        '{"minimum": NaN}',
        "[" * 5_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"description": "' + "x" * 20_000 + '"}',
    ],
)
def test_what_is_no_schema_is_refused_in_one_sentence(schemas: Schemas, text: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        schemas.check(text)
    assert len(refused.value.message) < 300


def test_an_empty_text_asks_for_no_schema(schemas: Schemas) -> None:
    schemas.check(" \n")
    assert response_format(" \n") is None
    assert schemas.verdict(said("text", schema="")) is None


@pytest.mark.parametrize(
    ("answer", "fits", "reason"),
    [
        ('{"fault": "leak"}', True, "It fits."),
        ('```json\n{"fault": "noise"}\n```', True, "It fits."),
        ('{"fault": "smell"}', False, "At $.fault"),
        ('{"fault": "leak", "more": 1}', False, "more"),
        ("[]", False, "is not of type 'object'"),
        ("The pump leaks.", False, "no JSON"),
        ("", False, "no JSON"),
        ('{"fault": NaN}', False, "no JSON"),
    ],
)
def test_an_answer_is_judged_by_the_schema_it_was_asked_under(
    schemas: Schemas, answer: str, fits: bool, reason: str
) -> None:
    verdict = schemas.verdict(said(answer))
    assert verdict is not None
    assert (verdict.fits, reason in verdict.reason) == (fits, True)


def test_an_answer_that_was_cut_off_is_said_to_be(schemas: Schemas) -> None:
    verdict = schemas.verdict(said('{"fault": "le', finish="length"))
    assert verdict is not None
    assert verdict.fits is False
    assert verdict.reason.endswith("It was cut off before its end.")


def test_a_failed_answer_and_one_that_is_being_written_are_not_judged(schemas: Schemas) -> None:
    assert schemas.verdict(said("", error=AuthError("No."))) is None
    runs = Runs(Script(go=threading.Semaphore(0)))
    run = runs.start("ann", TOGETHER, replace(chat(), response_format=response_format(TEXT)), message_id="1")
    assert schemas.verdict(run) is None
    runs.close()


def test_a_schema_that_never_ends_judging_is_given_up_and_a_reference_is_never_fetched(schemas: Schemas) -> None:
    slow = '{"type": "string", "pattern": "^(a+)+$"}'
    verdict = schemas.verdict(said('"' + "a" * 40 + 'b"', schema=slow))
    assert verdict is not None
    assert verdict.fits is None
    assert "took more than" in verdict.reason
    away = schemas.verdict(said("{}", schema='{"$ref": "http://127.0.0.1:9/schema.json"}'))
    assert away is not None
    assert "is not in it" in away.reason


def test_each_answer_is_judged_once() -> None:
    schemas = Schemas()
    run = said('{"fault": "leak"}')
    first = schemas.verdict(run)
    schemas.close()
    assert schemas.verdict(run) == first


@pytest.mark.parametrize("kind", list(DIALECTS))
def test_every_kind_of_endpoint_is_asked_for_the_schema_in_the_long_form(kind: Any) -> None:
    request = asked(TOGETHER, "m", Setup(schema=TEXT), Conversation(), "Oil drips.").request
    assert isinstance(request, ChatRequest)
    body = chat_body(request, DIALECTS[kind], stream=True)
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}


def test_a_task_of_local_has_a_form_of_its_own() -> None:
    request = asked(LOCAL, "m", Setup(schema=TEXT, task="fields"), Conversation(), "Oil drips.").request
    assert isinstance(request, ChatRequest)
    assert request.response_format is None


def test_a_schema_that_is_none_stops_the_message_before_any_call(house: Playground) -> None:
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup(schema="{")))
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B")
    with pytest.raises(BadRequestError, match="no JSON"):
        ask(house, OWNER, endpoint, model, "Oil drips.")
    assert house.conversations.current(OWNER).turns == ()


def test_an_answer_of_the_sandbox_fits_its_schema_also_the_second_time(house: Playground) -> None:
    house.conversations.update(OWNER, lambda now: replace(now, setup=Setup(schema=TEXT)))
    endpoint = house.endpoint(SANDBOX)
    model = house.catalog(endpoint).named("Qwen/Qwen3.5-9B")
    run = ask(house, OWNER, endpoint, model, "Oil drips.")
    run.wait(30)
    again = ask_again(house, OWNER, endpoint, model, house.conversations.current(OWNER).turns[-1].id)
    again.wait(30)
    for each in (run, again):
        verdict = house.schemas.verdict(each)
        assert verdict is not None
        assert verdict.fits is True, each.text()
    assert answer_document(run)["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.local_model
def test_local_is_held_to_the_schema(house: Playground) -> None:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    endpoint = house.endpoint(LOCAL_NAME)
    setup = Setup(schema=TEXT, sampling=Sampling(max_tokens=60, temperature=0.0))
    house.conversations.update("bob", lambda now: replace(now, setup=setup))
    run = ask(house, "bob", endpoint, house.catalog(endpoint).chat_models()[0], "Oil drips.")
    run.wait(60)
    verdict = house.schemas.verdict(run)
    assert verdict is not None
    assert verdict.fits is True, run.text()
