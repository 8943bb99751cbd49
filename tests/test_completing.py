"""From a prompt to its continuations, against the real Sandbox, the real local model and servers that misbehave."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.answers.completion_exports import as_json, as_markdown, fenced
from services.answers.completions import KEPT_RUNS, Sheet, continuation
from services.answers.runs import Run, Runs
from services.completing import (
    complete,
    complete_again,
    defaults,
    forecast,
    form_of,
    go_on,
    ignored,
    refused,
    request_of,
    said_chat_only,
)
from services.embedded.local import tasks
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, NotFoundError
from services.examples import EXAMPLES
from services.models.model import Model
from services.models.prices import Price
from services.playground import Playground
from services.settings import SANDBOX
from services.wire.types import CompletionRequest, Sampling, TokenLogprob
from tests.answers.scripted import LOCAL, TOGETHER, Script
from tests.clicks import runs_of_clicks
from tests.faults.server import DONE, FaultServer, event, says_no, streams

OWNER = "ann"
MODEL = "Qwen/Qwen3.5-9B"
PROMPT = "The port of SAP HANA Cloud is"
NOT_FOR_COMPLETIONS = (
    "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?"
)


@pytest.fixture(autouse=True)
def nothing_kept(house: Playground) -> None:
    house.completions.update(OWNER, lambda _: Sheet())


def typed(house: Playground, prompt: str, **sampling: Any) -> None:
    house.completions.update(OWNER, lambda now: replace(now, prompt=prompt, sampling=Sampling(**sampling)))


def sheet(house: Playground) -> Sheet:
    return house.completions.get(OWNER)


def sandbox(house: Playground, model_id: str = MODEL) -> tuple[Endpoint, Model]:
    endpoint = house.endpoint(SANDBOX)
    return endpoint, house.catalog(endpoint).named(model_id)


def done(run: Run) -> Run:
    run.wait(60)
    return run


def scripted(words: tuple[str, ...] = (" world",), prompt: str = "Hello", **sampling: Any) -> Run:
    """A finished run of one prompt; the script continues it with words."""
    runs = Runs(Script(words))
    try:
        request = CompletionRequest("org/model", prompt, Sampling(**sampling))
        run = runs.start(OWNER, TOGETHER, request, message_id="1")
        run.wait(5)
    finally:
        runs.close()
    return run


def test_a_prompt_is_sent_as_it_stands_and_its_continuation_kept(house: Playground) -> None:
    typed(house, "  two\tblanks \n")
    run = done(complete(house, OWNER, *sandbox(house)))
    assert isinstance(run.request, CompletionRequest)
    assert run.request.prompt == "  two\tblanks \n"
    assert sheet(house).run is run
    assert run.state == "done"


@pytest.mark.parametrize(
    ("prompt", "sampling", "said"),
    [
        ("", {}, "empty"),
        (" \n\t", {}, "empty"),
        ("x" * 200_001, {}, "200,001 characters"),
        ("Hello", {"n": 9}, "at most 8 alternatives"),
    ],
)
def test_what_cannot_be_sent_changes_nothing(house: Playground, prompt: str, sampling: Any, said: str) -> None:
    typed(house, prompt, **sampling)
    before = sheet(house)
    with pytest.raises(BadRequestError, match=said):
        complete(house, OWNER, *sandbox(house))
    assert sheet(house) == before


def test_a_model_that_writes_no_text_is_refused_before_anything_is_sent(house: Playground) -> None:
    typed(house, PROMPT)
    endpoint, _ = sandbox(house)
    with pytest.raises(BadRequestError, match="listed as rerank"):
        complete(house, OWNER, endpoint, Model(SANDBOX, "org/sorter", type="rerank"))


def test_local_takes_no_more_alternatives_than_it_has_slots(house: Playground) -> None:
    typed(house, PROMPT, n=3)
    with pytest.raises(BadRequestError, match="at most 2"):
        complete(house, OWNER, LOCAL, Model("Local", "m"))


def test_nothing_is_sent_while_one_is_being_written(house: Playground) -> None:
    typed(house, PROMPT)
    slow = sandbox(house, f"{MODEL}:fault-crawl")
    run = complete(house, OWNER, *slow)
    with pytest.raises(BadRequestError, match="still being written"):
        complete(house, OWNER, *slow)
    with pytest.raises(BadRequestError, match="still being written"):
        go_on_when_there_is_text(house, run, slow)
    run.stop()
    assert run.wait(10).state == "stopped"
    assert len(sheet(house).runs) == 1


def test_eight_tabs_that_press_at_once_send_it_once(house: Playground) -> None:
    typed(house, PROMPT)
    slow = sandbox(house, f"{MODEL}:fault-crawl")
    runs = runs_of_clicks(lambda: complete(house, OWNER, *slow))
    assert set(sheet(house).runs) == runs
    assert len(runs) == 1


def go_on_when_there_is_text(house: Playground, run: Run, picked: tuple[Endpoint, Model]) -> None:
    while not run.text():
        run.call.wait(0.01)
    go_on(house, OWNER, *picked)


def test_again_sends_the_prompt_that_is_shown_and_leaves_the_field_alone(house: Playground) -> None:
    typed(house, PROMPT)
    done(complete(house, OWNER, *sandbox(house)))
    typed(house, "Something else")
    run = done(complete_again(house, OWNER, *sandbox(house)))
    assert continuation(run).prompt == PROMPT
    assert sheet(house).prompt == "Something else"
    assert (len(sheet(house).runs), sheet(house).shown) == (2, 1)


def test_going_on_sends_prompt_and_text_and_the_next_goes_on_from_there(house: Playground) -> None:
    typed(house, PROMPT, max_tokens=5)
    first = done(complete(house, OWNER, *sandbox(house)))
    second = done(go_on(house, OWNER, *sandbox(house)))
    assert continuation(second).prompt == PROMPT + first.text()
    assert sheet(house).prompt == PROMPT + first.text()


def test_going_on_from_another_alternative_appends_that_one(house: Playground) -> None:
    typed(house, PROMPT, n=2, temperature=1.0, max_tokens=8)
    first = done(complete(house, OWNER, *sandbox(house)))
    texts = [choice.text for choice in first.wait(1).answer.choices]
    assert len(texts) == 2
    second = done(go_on(house, OWNER, *sandbox(house), alternative=1))
    assert continuation(second).prompt == PROMPT + texts[1]


@pytest.mark.parametrize("alternative", [5, 10**9])
def test_an_alternative_that_is_not_there_cannot_be_appended(house: Playground, alternative: int) -> None:
    typed(house, PROMPT)
    done(complete(house, OWNER, *sandbox(house)))
    with pytest.raises(BadRequestError, match="no text to append"):
        go_on(house, OWNER, *sandbox(house), alternative=alternative)


def test_without_any_continuation_there_is_nothing_to_repeat_or_go_on_from(house: Playground) -> None:
    for act in (complete_again, go_on):
        with pytest.raises(ConfigError):
            act(house, OWNER, *sandbox(house))


def test_one_person_does_not_see_the_others_prompt(house: Playground) -> None:
    typed(house, PROMPT)
    assert house.completions.get("bob") == replace(Sheet(), id=house.completions.get("bob").id)


def test_the_oldest_continuations_go_and_one_that_is_here_is_shown_again() -> None:
    runs = [scripted() for _ in range(KEPT_RUNS + 2)]
    kept = Sheet()
    for run in runs:
        kept = kept.with_run(run)
    assert kept.runs == tuple(runs[2:])
    assert (kept.run, kept.asked) == (runs[-1], KEPT_RUNS + 2)
    again = kept.with_run(runs[5])
    assert (again.run, len(again.runs), again.asked) == (runs[5], KEPT_RUNS, kept.asked)


def test_what_was_cleared_comes_back_once() -> None:
    kept = Sheet(prompt="Hello").with_run(scripted())
    empty = kept.emptied()
    assert (empty.prompt, empty.runs, empty.run) == ("", (), None)
    back = replace(empty, model="other").restored()
    assert (back.prompt, back.runs, back.model) == ("Hello", kept.runs, "other")
    assert back.restored() == back


def test_an_empty_sheet_that_is_cleared_again_keeps_what_can_come_back() -> None:
    kept = Sheet(prompt="Hello").with_run(scripted()).emptied()
    assert kept.emptied().restored().prompt == "Hello"


def test_max_tokens_is_always_set_and_choices_win() -> None:
    assert request_of(TOGETHER, "m", Sheet(prompt="x")).sampling == Sampling(max_tokens=256)
    assert defaults("local").max_tokens == 100
    chosen = Sheet(prompt="x", sampling=Sampling(max_tokens=0, temperature=0.0))
    assert request_of(LOCAL, "m", chosen).sampling.temperature == 0.0
    assert request_of(LOCAL, "m", chosen).sampling.max_tokens == 0


def test_the_forecast_counts_every_alternative() -> None:
    model = Model("Together", "m", price=Price(Decimal(1), Decimal(2)))
    one = forecast(CompletionRequest("m", "x" * 400, Sampling(max_tokens=100)), model)
    four = forecast(CompletionRequest("m", "x" * 400, Sampling(max_tokens=100, n=4)), model)
    assert one[0] == four[0] == 100
    assert one[1] is not None
    assert four[1] is not None
    assert four[1] - one[1] == Decimal("0.0006")
    assert forecast(CompletionRequest("m", "x"), Model("Together", "m"))[1] is None


@pytest.mark.parametrize("prompt", ["x", PROMPT, "word " * 500, '{"a": [1, 2, 3]}', "Wörter für Äpfel", "ベクトル"])
def test_what_a_completion_costs_stays_within_its_forecast(house: Playground, prompt: str) -> None:
    typed(house, prompt, n=2, max_tokens=40)
    endpoint, model = sandbox(house)
    _, most = forecast(request_of(endpoint, model.id, sheet(house)), model)
    cost = done(complete(house, OWNER, endpoint, model)).wait(1).cost_usd
    assert most is not None
    assert cost is not None
    assert 0 < cost <= most


def test_what_has_no_effect_at_an_endpoint_is_named() -> None:
    assert ignored(LOCAL, Sampling(echo=True, n=2)) == ("echo",)
    assert ignored(TOGETHER, Sampling(echo=True, n=2)) == ()


@pytest.mark.parametrize(
    ("type_", "form"),
    [(None, "text"), ("language", "text"), ("code", "text"), ("chat", "chat"), ("embedding", "other"), ("x", "other")],
)
def test_a_model_is_taken_for_what_its_server_lists_it_for(type_: str | None, form: str) -> None:
    assert form_of(Model("Together", "m", type=type_)) == form


@pytest.mark.parametrize(
    ("status", "message", "chat_only"),
    [
        (404, NOT_FOR_COMPLETIONS, True),
        (400, "Use the chat completions API for org/model.", True),
        (400, "temperature is out of range", False),
        (404, "The model org/model-chat does not exist.", False),
        (404, "org/chat-model is not here.", False),
        (401, NOT_FOR_COMPLETIONS, False),
    ],
)
def test_a_server_that_sends_a_model_to_chat_is_believed_from_then_on(
    house: Playground, status: int, message: str, chat_only: bool
) -> None:
    name = "org/chat-model" if "org/chat-model" in message else "org/model"
    typed(house, PROMPT)
    with FaultServer((says_no(status, {"error": {"message": message}}),)) as server:
        endpoint = Endpoint("Acme", "openai", server.url, "invented")
        model = Model("Acme", name)
        run = complete(house, OWNER, endpoint, model)
        run.wait(10)
    assert said_chat_only(run) is chat_only
    assert refused(sheet(house), endpoint, model) is chat_only
    assert not refused(sheet(house), endpoint, replace(model, id="another"))
    assert not refused(sheet(house), replace(endpoint, name="Elsewhere"), model)


def echoing(prompt: str, text: str) -> Any:
    choice = {"index": 0, "text": prompt + text, "finish_reason": "stop"}
    return streams(event({"id": "a", "model": "org/model", "choices": [choice]}), DONE)


@pytest.mark.parametrize(
    ("sent_back", "text", "echoed"), [(PROMPT, " 443.", True), ("", " 443.", False), ("The port", " is 443.", False)]
)
def test_an_echoed_prompt_is_told_from_the_continuation(
    house: Playground, sent_back: str, text: str, echoed: bool
) -> None:
    typed(house, PROMPT, echo=True)
    with FaultServer((echoing(sent_back, text),)) as server:
        run = done(complete(house, OWNER, Endpoint("Acme", "openai", server.url, "x"), Model("Acme", "org/model")))
        assert b'"echo":true' in server.requests[0].replace(b" ", b"")
    found = continuation(run)
    assert found.echoed is echoed
    assert found.text == (text if echoed else sent_back + text)
    assert found.whole == PROMPT + found.text


def test_a_text_that_begins_like_the_prompt_is_whole_where_no_echo_was_asked_for() -> None:
    assert continuation(scripted(("Hello", " Hello"))).text == "Hello Hello"


def test_the_export_keeps_every_alternative_with_its_tokens(house: Playground) -> None:
    typed(house, PROMPT, n=2, logprobs=2, temperature=1.0, stop=("\n\n",), max_tokens=12)
    run = done(complete(house, OWNER, *sandbox(house)))
    document = json.loads(as_json(sheet(house), now=datetime(2026, 1, 2, tzinfo=UTC)))
    [kept] = document["completions"]
    assert (kept["prompt"], kept["origin"]) == (PROMPT, "simulated")
    choices = run.wait(1).answer.choices
    assert [a["text"] for a in kept["alternatives"]] == [choice.text for choice in choices]
    assert all(len(token["top"]) == 2 for a in kept["alternatives"] for token in a["logprobs"])
    text = as_markdown(sheet(house), now=datetime(2026, 1, 2, tzinfo=UTC))
    assert "Simulated answers" in text
    assert all(fenced(choice.text) in text for choice in choices)
    assert "Continuation 2 of 2" in text


def test_an_export_holds_neither_key_nor_address(house: Playground) -> None:
    typed(house, PROMPT)
    endpoint, model = sandbox(house)
    done(complete(house, OWNER, endpoint, model))
    files = as_markdown(sheet(house), now=datetime.now(UTC)) + as_json(sheet(house), now=datetime.now(UTC)).decode()
    assert endpoint.api_key is not None
    assert endpoint.api_key not in files
    assert endpoint.base_url not in files


@pytest.mark.parametrize("text", ["```\n# not a heading", "`````", "", "a\n```python\nx\n```\n"])
def test_a_fence_is_longer_than_any_in_the_text(text: str) -> None:
    fence = fenced(text).split("\n")[0]
    assert set(fence) == {"`"}
    assert len(fence) >= 3
    assert fence not in text
    assert fenced(text) == f"{fence}\n{text}\n{fence}"


def test_a_run_that_failed_exports_its_reason(house: Playground) -> None:
    typed(house, PROMPT)
    with FaultServer((says_no(404, {"error": {"message": "no such model"}}),)) as server:
        run = done(complete(house, OWNER, Endpoint("Acme", "openai", server.url, "x"), Model("Acme", "m")))
    result = run.wait(1)
    assert isinstance(result.error, NotFoundError)
    assert result.error.message in as_markdown(sheet(house), now=datetime.now(UTC))


def local(house: Playground) -> tuple[Endpoint, Model]:
    if house.local_problem() is not None:
        pytest.skip(f"NO LOCAL MODEL: {house.local_problem()}")
    endpoint = house.endpoint("Local")
    return endpoint, house.catalog(endpoint).text_models()[0]


def example(house: Playground, example_id: str) -> Run:
    found = next(example for example in EXAMPLES if example.id == example_id)
    house.completions.update(OWNER, lambda now: replace(now, prompt=found.prompt, sampling=found.sampling))
    return done(complete(house, OWNER, *local(house)))


def shares(tokens: tuple[TokenLogprob, ...]) -> list[int]:
    return [len(token.top) for token in tokens]


@pytest.mark.local_model
@pytest.mark.parametrize(("example_id", "words"), [("pattern", ("batteries",)), ("label", tasks.LABELS)])
def test_local_goes_on_with_the_patterns_of_the_examples(
    house: Playground, example_id: str, words: tuple[str, ...]
) -> None:
    run = example(house, example_id)
    assert run.text().strip() in words
    [choice] = run.wait(1).answer.choices
    assert choice.finish_reason == "stop"
    assert set(shares(choice.logprobs)) == {5}
    assert "".join(token.token for token in choice.logprobs) == run.text()


@pytest.mark.local_model
def test_local_writes_two_alternatives_with_probabilities_of_their_own(house: Playground) -> None:
    choices = example(house, "ways").wait(1).answer.choices
    assert len(choices) == 2
    assert choices[0].text != choices[1].text
    assert all(set(shares(choice.logprobs)) == {5} for choice in choices)
