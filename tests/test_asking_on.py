"""A further question to panels that have answered: each after its own turns, and nothing changed where it fails."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.answers.comparisons import Comparison, Panel
from services.answers.reports import DIFFERENT, as_csv, as_json, as_markdown
from services.comparing import Resolve, ask_all, ask_on, ask_one
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError
from services.models.model import Model
from services.playground import Playground
from services.settings import SANDBOX
from services.wire.types import Sampling

OWNER, PROMPT, NEXT = "ann", "What is a token?", "And a row?"
LLAMA, MIXTRAL = "meta-llama/Llama-3.3-70B-Instruct-Turbo", "mistralai/Mixtral-8x7B-Instruct-v0.1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def answered(house: Playground, resolve: Resolve) -> Comparison:
    """Two panels that have answered the prompt, under a system prompt."""
    panels = Panel(SANDBOX, LLAMA), Panel(SANDBOX, MIXTRAL)
    begun = Comparison(panels, prompt=PROMPT, system="Be short.", sampling=Sampling(max_tokens=8))
    house.comparisons.begin(OWNER, begun)
    ask_all(house, OWNER, resolve)
    return finished(house)


def finished(house: Playground) -> Comparison:
    kept = house.comparisons.current(OWNER)
    assert kept is not None
    for run in kept.runs:
        if run is not None:
            run.wait(30)
    return kept


def messages(comparison: Comparison, place: int) -> list[tuple[str, object]]:
    run = comparison.run_at(place)
    assert run is not None
    return [(message.role, message.content) for message in run.request.messages]


def text(comparison: Comparison, place: int) -> str:
    run = comparison.run_at(place)
    assert run is not None
    return run.text()


def test_each_panel_goes_on_from_its_own_answer(house: Playground, resolve: Resolve, answered: Comparison) -> None:
    ask_on(house, OWNER, NEXT, (0, 1), resolve)
    after = finished(house)
    for place in (0, 1):
        assert messages(after, place) == [
            ("system", "Be short."),
            ("user", PROMPT),
            ("assistant", text(answered, place)),
            ("user", NEXT),
        ]


def test_turns_add_up_though_the_prompt_was_edited_since(
    house: Playground, resolve: Resolve, answered: Comparison
) -> None:
    house.comparisons.update(OWNER, lambda now: replace(now, prompt="Edited"))
    ask_on(house, OWNER, NEXT, (0,), resolve)
    finished(house)
    ask_on(house, OWNER, "Third?", (0,), resolve)
    asked = [content for role, content in messages(finished(house), 0) if role == "user"]
    assert asked == [PROMPT, NEXT, "Third?"]


def test_one_panel_goes_on_alone(house: Playground, resolve: Resolve, answered: Comparison) -> None:
    ask_on(house, OWNER, NEXT, (1,), resolve)
    after = finished(house)
    assert after.runs[0] is answered.runs[0]
    assert (after.panels[0].follow_up, messages(after, 1)[-1]) == (None, ("user", NEXT))


def test_again_repeats_the_further_question_and_run_all_begins_anew(
    house: Playground, resolve: Resolve, answered: Comparison
) -> None:
    ask_on(house, OWNER, NEXT, (0,), resolve)
    once = finished(house)
    ask_one(house, OWNER, 0, resolve)
    assert messages(finished(house), 0) == messages(once, 0)
    ask_all(house, OWNER, resolve)
    after = finished(house)
    assert messages(after, 0) == [("system", "Be short."), ("user", PROMPT)]
    assert after.panels[0].follow_up is None


@pytest.mark.parametrize("question", ["", "  ", "x" * 200_001])
def test_a_question_that_cannot_be_sent_changes_nothing(
    house: Playground, resolve: Resolve, answered: Comparison, question: str
) -> None:
    with pytest.raises(BadRequestError):
        ask_on(house, OWNER, question, (0, 1), resolve)
    assert finished(house) == answered


def test_a_panel_that_cannot_be_asked_stays_and_keeps_no_other_from_it(
    house: Playground, resolve: Resolve, answered: Comparison
) -> None:
    def closed(endpoint: str, model: str) -> tuple[Endpoint, Model]:
        return resolve("nowhere" if model == LLAMA else endpoint, model)

    with pytest.raises(ConfigError, match="nowhere"):
        ask_on(house, OWNER, NEXT, (0, 1), closed)
    after = finished(house)
    assert (after.panels[0], after.runs[0]) == (answered.panels[0], answered.runs[0])
    assert messages(after, 1)[-1] == ("user", NEXT)


def test_there_is_nothing_to_go_on_from_without_an_answer(house: Playground, resolve: Resolve) -> None:
    house.comparisons.begin(OWNER, Comparison((Panel(SANDBOX, LLAMA), Panel(SANDBOX, MIXTRAL)), prompt=PROMPT))
    with pytest.raises(BadRequestError, match="A has no finished answer"):
        ask_on(house, OWNER, NEXT, (0,), resolve)


def test_a_blind_round_is_voted_on_first(house: Playground, resolve: Resolve, answered: Comparison) -> None:
    house.comparisons.update(OWNER, lambda now: replace(now, hidden=True))
    with pytest.raises(BadRequestError, match="blind"):
        ask_on(house, OWNER, NEXT, (0, 1), resolve)


def test_a_report_holds_the_turns_before_the_answer(house: Playground, resolve: Resolve, answered: Comparison) -> None:
    ask_on(house, OWNER, NEXT, (0,), resolve)
    after = finished(house)
    first, second = json.loads(as_json(after, now=NOW))["answers"]
    assert first["follow_up"] == {"question": NEXT, "earlier": [[PROMPT, text(answered, 0)]]}
    assert second["follow_up"] is None
    written = as_markdown(after, now=NOW)
    assert f"> {PROMPT}\n\n{text(answered, 0)}\n\n> {NEXT}\n\n{text(after, 0)}" in written


def test_a_report_says_where_the_figures_are_of_different_questions(
    house: Playground, resolve: Resolve, answered: Comparison
) -> None:
    assert answered.one_question
    ask_on(house, OWNER, NEXT, (0,), resolve)
    after = finished(house)
    assert not after.one_question
    assert DIFFERENT in as_markdown(after, now=NOW)
    assert f"> {PROMPT}\n\n{text(after, 1)}" in as_markdown(after, now=NOW)
    assert json.loads(as_json(after, now=NOW))["one_question"] is False
    lines = list(csv.DictReader(io.StringIO(as_csv(after, now=NOW), newline="")))
    assert [line["question"] for line in lines] == [NEXT, PROMPT]
    ask_on(house, OWNER, NEXT, (1,), resolve)
    alike = finished(house)
    assert alike.one_question
    assert DIFFERENT not in as_markdown(alike, now=NOW)


def test_a_report_holds_what_was_sent_not_what_was_typed_since(
    house: Playground, resolve: Resolve, answered: Comparison
) -> None:
    house.comparisons.update(OWNER, lambda now: replace(now, prompt="=1+1", system=""))
    typed = finished(house)
    assert f"Prompt:\n\n> {PROMPT}" in as_markdown(typed, now=NOW)
    document = json.loads(as_json(typed, now=NOW))
    assert (document["prompt"], document["system"]) == (PROMPT, "Be short.")
    ask_one(house, OWNER, 1, resolve)
    again = finished(house)
    assert not again.one_question
    document = json.loads(as_json(again, now=NOW))
    assert (document["prompt"], document["system"]) == (None, None)
    assert [answer["question"] for answer in document["answers"]] == [PROMPT, "=1+1"]
    assert ",'=1+1," in as_csv(again, now=NOW)
    written = as_markdown(again, now=NOW)
    assert f"System prompt:\n\n> Be short.\n\n> {PROMPT}\n\n{text(again, 0)}" in written
    assert f"> =1+1\n\n{text(again, 1)}" in written
