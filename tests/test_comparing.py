"""One prompt to several models: each panel on its own, nothing retried, nothing sent twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from components.metrics_line import LABELS
from services.answers.comparisons import Comparison, Panel
from services.answers.reports import as_csv, as_json, as_markdown, rows
from services.comparing import Resolve, ask_all, ask_one, from_link, line_ups, request_of, to_link
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, ServiceError
from services.models.model import Model
from services.playground import Playground
from services.settings import LOCAL, SANDBOX, load
from services.visitor import Visitor
from services.wire.types import Sampling
from tests.answers.scripted import LOCAL as LOCAL_ENDPOINT
from tests.clicks import runs_of_clicks

OWNER = "ann"
QWEN = "Qwen/Qwen3.5-9B"
MIXTRAL = "mistralai/Mixtral-8x7B-Instruct-v0.1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def compare(house: Playground, resolve: Resolve) -> Any:
    """Asks these models of the Sandbox; returns the comparison as it stands."""

    def asked(*panels: Panel, prompt: str = "What is a token?") -> Comparison:
        house.comparisons.begin(OWNER, Comparison(panels, prompt=prompt))
        ask_all(house, OWNER, resolve)
        return current(house)

    return asked


def current(house: Playground) -> Comparison:
    kept = house.comparisons.current(OWNER)
    assert kept is not None
    return kept


def finished(comparison: Comparison) -> list[Any]:
    return [run.wait(30) for run in comparison.runs if run is not None]


def test_every_panel_answers_the_same_prompt(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL))
    assert [result.state for result in finished(asked)] == ["done", "done"]
    assert {run.request.messages for run in asked.runs} == {asked.runs[0].request.messages}
    assert [run.request.model for run in asked.runs] == [QWEN, MIXTRAL]


def test_a_slow_or_failing_panel_neither_delays_nor_hides_another(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, f"{QWEN}:fault-crawl"), Panel(SANDBOX, MIXTRAL), Panel(SANDBOX, f"{QWEN}:fault-503"))
    crawling, quick, failing = asked.runs
    assert quick.wait(30).state == "done"
    assert failing.wait(30).state == "failed"
    assert crawling.live
    crawling.stop()
    assert crawling.wait(10).state == "stopped"


def test_nothing_is_retried(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, f"{QWEN}:fault-503"), Panel(SANDBOX, MIXTRAL))
    assert [result.attempts for result in finished(asked)] == [1, 1]


def test_a_panel_that_cannot_be_asked_keeps_no_other_from_it(house: Playground, compare: Any) -> None:
    with pytest.raises(ServiceError, match="nowhere"):
        compare(Panel("nowhere", "m"), Panel(SANDBOX, MIXTRAL))
    assert current(house).run_at(0) is None
    assert current(house).run_at(1).wait(30).state == "done"


def test_one_panel_is_asked_again_alone(house: Playground, resolve: Resolve, compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL))
    finished(asked)
    again = ask_one(house, OWNER, 1, resolve)
    again.wait(30)
    assert current(house).run_at(0) is asked.runs[0]
    assert current(house).run_at(1) is again is not asked.runs[1]


def test_a_panel_still_writing_is_not_asked_again(house: Playground, resolve: Resolve, compare: Any) -> None:
    asked = compare(Panel(SANDBOX, f"{QWEN}:fault-crawl"), Panel(SANDBOX, MIXTRAL))
    with pytest.raises(BadRequestError):
        ask_one(house, OWNER, 0, resolve)
    asked.runs[0].stop()
    finished(asked)


def test_a_panel_asked_again_by_many_clicks_at_once_is_sent_once(
    house: Playground, resolve: Resolve, compare: Any
) -> None:
    asked = compare(Panel(SANDBOX, f"{QWEN}:fault-crawl"), Panel(SANDBOX, MIXTRAL))
    asked.runs[0].stop()
    finished(asked)
    assert len(runs_of_clicks(lambda: ask_one(house, OWNER, 0, resolve))) == 1


@pytest.fixture
def two_crawling(house: Playground) -> None:
    panels = Panel(SANDBOX, f"{QWEN}:fault-crawl"), Panel(SANDBOX, f"{MIXTRAL}:fault-crawl")
    house.comparisons.begin(OWNER, Comparison(panels, prompt="What is a token?"))


@pytest.mark.usefixtures("two_crawling")
def test_a_prompt_sent_to_all_by_many_clicks_at_once_is_sent_to_each_once(house: Playground, resolve: Resolve) -> None:
    asked: list[str] = []

    def noted(endpoint: str, model: str) -> tuple[Endpoint, Model]:
        asked.append(model)
        return resolve(endpoint, model)

    def click() -> Any:
        ask_all(house, OWNER, noted)
        return current(house).run_at(0)

    assert len(runs_of_clicks(click)) == 1
    assert asked == [panel.model for panel in current(house).panels]
    stopped(current(house))


@pytest.mark.usefixtures("two_crawling")
def test_another_prompt_is_sent_at_once_and_what_was_being_written_is_stopped(
    house: Playground, resolve: Resolve
) -> None:
    ask_all(house, OWNER, resolve)
    before = current(house)
    house.comparisons.update(OWNER, lambda now: replace(now, prompt="And what is a column?"))
    ask_all(house, OWNER, resolve)
    assert [result.state for result in finished(before)] == ["stopped", "stopped"]
    assert current(house).live
    assert not set(current(house).runs) & set(before.runs)
    stopped(current(house))


def stopped(comparison: Comparison) -> None:
    for run in comparison.runs:
        assert run is not None
        run.stop()
    finished(comparison)


@pytest.mark.parametrize("prompt", ["", "  ", "x" * 200_001])
def test_a_prompt_that_cannot_be_sent_asks_nobody(house: Playground, compare: Any, prompt: str) -> None:
    with pytest.raises(BadRequestError):
        compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL), prompt=prompt)
    assert not current(house).asked


def test_settings_of_its_own_hold_for_one_panel_only(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN, Sampling(max_tokens=3)), Panel(SANDBOX, MIXTRAL))
    finished(asked)
    assert [run.request.sampling.max_tokens for run in asked.runs] == [3, 2_048]
    assert [run.state for run in asked.runs] == ["cut off", "done"]


def test_a_moved_panel_takes_its_answer_along_and_a_changed_one_loses_it(compare: Any) -> None:
    one, two = Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL)
    asked = compare(one, two)
    finished(asked)
    assert asked.with_panels((two, one)).runs == (asked.runs[1], asked.runs[0])
    assert asked.with_panels((one, Panel(SANDBOX, QWEN))).runs == (asked.runs[0], None)
    assert asked.with_panels((one, two, Panel(SANDBOX, QWEN))).runs == (*asked.runs, None)


def test_the_first_line_up_is_practice_on_llama_and_mixtral(house: Playground) -> None:
    first = line_ups(Visitor(house))[0]
    assert first.title == "Llama | Mixtral, simulated practice"
    assert [panel.endpoint for panel in first.panels] == [SANDBOX, SANDBOX]
    listed = {model.id for model in house.catalog(house.endpoint(SANDBOX)).models}
    assert {panel.model for panel in first.panels} <= listed


def test_a_key_adds_the_successors(tmp_path: Any) -> None:
    made = Playground(load(tmp_path, {"TOGETHER_API_KEY": "tgp_v1_invented"}))
    try:
        first = line_ups(Visitor(made))[0]
        assert first.title == "Llama successor | Mixtral successor"
        assert len({panel.model for panel in first.panels}) == 2
    finally:
        made.close()


def test_local_at_two_temperatures_is_asked_at_these(house: Playground) -> None:
    (found,) = [each for each in line_ups(Visitor(house)) if each.title == "Local at temperature 0.2 | 1.0"]
    assert [(panel.endpoint, panel.sampling) for panel in found.panels] == [
        (LOCAL, Sampling(temperature=0.2)),
        (LOCAL, Sampling(temperature=1.0)),
    ]
    sent = [request_of(Comparison(found.panels, prompt="Hi"), place, LOCAL_ENDPOINT) for place in range(2)]
    assert [request.sampling.temperature for request in sent] == [0.2, 1.0]


def test_a_link_carries_the_models_and_nothing_else() -> None:
    panels = (Panel(SANDBOX, QWEN, Sampling(temperature=1.0)), Panel("my gateway", "a/b:c"))
    opened = from_link(to_link(panels))
    assert [(panel.endpoint, panel.model, panel.sampling) for panel in opened] == [
        (SANDBOX, QWEN, None),
        ("my gateway", "a/b:c", None),
    ]


@pytest.mark.parametrize("text", ["", "Sandbox~m", "a~b,c", "a~b,c~d,e~f,g~h,i~j", f"a~{'x' * 300},b~c", "~,~"])
def test_a_link_that_names_no_line_up_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        from_link(text)


def test_a_report_carries_words_figures_and_definitions(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, f"{MIXTRAL}:fault-401"))
    finished(asked)
    text, document = as_markdown(asked, now=NOW), json.loads(as_json(asked, now=NOW))
    assert "Practice: simulated answers" in text
    assert "n = 1" in text
    assert [answer["origin"] for answer in document["answers"]] == ["simulated", "simulated"]
    assert document["answers"][1]["state"] == "failed"
    assert document["answers"][1]["cost_usd"] is None
    assert len(as_csv(asked, now=NOW).splitlines()) == 3
    assert rows(asked)[0].wait_s is not None


def test_a_report_says_what_each_of_its_figures_means(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, MIXTRAL))
    finished(asked)
    defined = json.loads(as_json(asked, now=NOW))["definitions"]
    below = as_markdown(asked, now=NOW).partition("\nDefinitions\n")[2]
    assert set(LABELS) <= set(defined)
    for meaning in defined.values():
        assert f"\n- {meaning}\n" in below


def test_a_csv_holds_no_formula(compare: Any) -> None:
    asked = compare(Panel(SANDBOX, QWEN), Panel(SANDBOX, "=HYPERLINK(1)"))
    finished(asked)
    assert ",=HYPERLINK" not in as_csv(asked, now=NOW)
    assert "'=HYPERLINK(1)" in as_csv(asked, now=NOW)
