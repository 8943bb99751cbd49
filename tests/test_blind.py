"""A blind round: shuffled by chance, hidden until one vote, and void where a name slipped out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services import blind
from services.answers.comparisons import Comparison, Panel
from services.comparing import Resolve, ask_all, ask_one
from services.errors import ConfigError
from services.playground import Playground
from services.settings import SANDBOX
from services.wire.types import Sampling

OWNER = "ann"
QWEN, MIXTRAL = "Qwen/Qwen3.5-9B", "mistralai/Mixtral-8x7B-Instruct-v0.1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
Start = Callable[..., Comparison]


@pytest.fixture
def start(house: Playground, resolve: Resolve) -> Start:
    """Asks these panels in a blind round and waits for the answers."""
    house.votes.clear(OWNER)

    def started(*panels: Panel, chance: float = 0.9, on: bool = True) -> Comparison:
        asked = Comparison(panels, prompt="What is a token?", sampling=Sampling(max_tokens=12), blind=on)
        house.comparisons.begin(OWNER, asked)
        ask_all(house, OWNER, resolve, chance=lambda: chance)
        for run in current(house).runs:
            assert run is not None
            run.wait(30)
        return current(house)

    return started


def current(house: Playground) -> Comparison:
    kept = house.comparisons.current(OWNER)
    assert kept is not None
    return kept


def pair() -> tuple[Panel, Panel]:
    return Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL)


@pytest.mark.parametrize(("chance", "models"), [(0.9, [QWEN, MIXTRAL]), (0.1, [MIXTRAL, QWEN])])
def test_chance_decides_who_stands_first_and_it_is_remembered(start: Start, chance: float, models: list[str]) -> None:
    asked = start(*pair(), chance=chance)
    assert [run.request.model for run in asked.runs if run is not None] == models
    assert [panel.model for panel in asked.panels] == models
    assert (asked.hidden, asked.swapped) == (True, chance < 0.5)


def test_a_vote_names_the_models_as_they_stood_and_reveals_them(house: Playground, start: Start) -> None:
    start(*pair(), chance=0.1)
    cast = blind.vote(house, OWNER, "A", now=NOW)
    assert cast is not None
    assert (cast.a.model, cast.b.model, cast.choice, cast.swapped, cast.at) == (MIXTRAL, QWEN, "A", True, NOW)
    assert {cast.a.word, cast.b.word} == {"simulated"}
    assert not current(house).hidden
    assert house.votes.of(OWNER) == (cast,)


def test_the_same_round_is_not_voted_on_twice(house: Playground, start: Start) -> None:
    start(*pair())
    blind.vote(house, OWNER, "A", now=NOW)
    assert blind.vote(house, OWNER, "B", now=NOW) is None
    assert len(house.votes.of(OWNER)) == 1


def test_a_revealed_round_is_not_voted_on(house: Playground, start: Start) -> None:
    start(*pair())
    house.comparisons.update(OWNER, Comparison.revealed)
    assert blind.vote(house, OWNER, "tie", now=NOW) is None


def test_a_failed_answer_cannot_be_judged(house: Playground, start: Start) -> None:
    asked = start(Panel(SANDBOX, f"{QWEN}:fault-503"), Panel(SANDBOX, MIXTRAL))
    assert asked.hidden
    assert blind.vote(house, OWNER, "B", now=NOW) is None
    assert current(house).hidden


def test_an_answer_still_being_written_cannot_be_judged(house: Playground, start: Start, resolve: Resolve) -> None:
    asked = start(*pair())
    crawling = replace(asked.panels[0], model=f"{QWEN}:fault-crawl")
    house.comparisons.update(OWNER, lambda now: replace(now, panels=(crawling, now.panels[1])))
    run = ask_one(house, OWNER, 0, resolve)
    assert blind.vote(house, OWNER, "B", now=NOW) is None
    run.stop()
    assert run.wait(10).state == "stopped"
    assert blind.vote(house, OWNER, "B", now=NOW) is None


@pytest.mark.parametrize(("panels", "on"), [(2, False), (3, True)])
def test_nothing_is_hidden_or_moved_without_the_switch_or_with_three(start: Start, panels: int, on: bool) -> None:
    asked = start(*pair(), *(Panel(SANDBOX, QWEN) for _ in range(panels - 2)), chance=0.1, on=on)
    assert (asked.hidden, asked.swapped) == (False, False)
    assert [panel.model for panel in asked.panels][:2] == [QWEN, MIXTRAL]


def test_a_problem_that_names_a_model_ends_the_round(house: Playground, start: Start) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        start(Panel("nowhere", "m"), Panel(SANDBOX, MIXTRAL))
    assert not current(house).hidden


def test_a_changed_line_up_ends_the_round(start: Start) -> None:
    asked = start(*pair())
    assert not asked.with_panels((*asked.panels, Panel(SANDBOX, QWEN))).hidden


def test_settings_of_its_own_are_part_of_what_was_voted_on(house: Playground, start: Start) -> None:
    start(Panel(SANDBOX, QWEN, Sampling(temperature=0.2)), Panel(SANDBOX, QWEN, Sampling(temperature=1.0)))
    cast = blind.vote(house, OWNER, "tie", now=NOW)
    assert cast is not None
    assert [cast.a.settings, cast.b.settings] == ["temperature 0.2", "temperature 1.0"]
