"""Panels while they are written: nothing can be changed in them, and nothing that was chosen is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.metrics_line import LABELS
from services.answers.comparisons import Comparison, Panel
from services.answers.timing import DEFINITIONS
from services.resources import playground
from services.wire.types import Sampling
from tests.faults.server import FaultServer, Peer, delta
from tests.pages.conftest import Open

KEY = "tgp_v1_invented-for-live-panels"
LISTED = json.dumps([{"id": name, "object": "model", "type": "chat"} for name in ("house/a", "house/b")]).encode()
OWN = Sampling(temperature=0.3, max_tokens=9, stop=("END",))


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def current(test: AppTest) -> Comparison:
    kept = playground().comparisons.current(owner_of(test))
    assert kept is not None
    return kept


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    return test.run()


def test_what_was_chosen_in_a_panel_outlives_its_being_written(opened: Open) -> None:
    test = opened("compare.py")
    crawling = Panel("Sandbox", "Qwen/Qwen3.5-9B:fault-crawl"), Panel("Sandbox", "Qwen/Qwen3.5-9B:fault-crawl", OWN)
    playground().comparisons.begin(owner_of(test), Comparison(crawling, prompt="What is a token?"))
    own = f"compare_{crawling[1].id}_own"
    assert test.run().toggle(key=own).value is True
    press(test, "Run all")
    assert current(test).live
    assert own not in [toggle.key for toggle in test.toggle]
    press(test, "Stop all")
    for run in current(test).runs:
        assert run is not None
        assert run.wait(10).state == "stopped"
    assert [(panel.model, panel.sampling) for panel in current(test.run()).panels] == [
        (panel.model, panel.sampling) for panel in crawling
    ]
    assert test.toggle(key=own).value is True
    assert test.number_input(key=f"compare_{crawling[1].id}_sampling_temperature").value == 0.3
    assert not test.exception


def endless(peer: Peer) -> None:
    while peer.request().startswith(b"GET"):
        peer.answer(LISTED, "Content-Type: application/json")
    peer.start_stream()
    peer.repeat(delta("word "), 0.01)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer((endless,)) as running:
        yield running


@pytest.fixture
def writing(opened: Open, server: FaultServer) -> AppTest:
    """Two panels that write until they are stopped."""
    test = opened("compare.py", LOCAL_MODEL_PATH=__file__, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=server.url)
    panels = tuple(Panel("Together", name) for name in ("house/a", "house/b"))
    playground().comparisons.begin(owner_of(test), Comparison(panels, prompt="What is a token?"))
    return press(test.run(), "Run all")


def sent(server: FaultServer) -> int:
    return sum(request.startswith(b"POST") for request in server.requests)


def undisturbed(test: AppTest, server: FaultServer, before: Comparison) -> None:
    """The same answers go on, and none was asked for besides."""
    lengths = [len(run.chunks()) for run in before.runs if run is not None]
    assert current(test).runs == before.runs
    for run, length in zip(before.runs, lengths, strict=True):
        assert run is not None
        while len(run.chunks()) == length:
            assert run.state == "writing"
            run.call.wait(0.01)
    assert sent(server) == 2
    assert not test.exception


def test_leaving_compare_while_panels_write_disturbs_nothing(writing: AppTest, server: FaultServer) -> None:
    before = current(writing)
    undisturbed(writing.switch_page("settings.py").run(), server, before)
    undisturbed(writing.switch_page("compare.py").run(), server, before)


def test_another_widget_touched_while_panels_write_disturbs_nothing(writing: AppTest, server: FaultServer) -> None:
    before = current(writing)
    writing.text_area(key="compare_system").set_value("Be brief.").run()
    writing.text_area(key="compare_prompt").set_value("Something else?").run()
    undisturbed(writing, server, before)


def test_run_all_pressed_again_while_panels_write_sends_nothing_more(writing: AppTest, server: FaultServer) -> None:
    before = current(writing)
    undisturbed(press(writing, "Run all"), server, before)


def test_fields_that_are_left_by_the_click_on_run_all_are_sent_as_they_are(opened: Open) -> None:
    """The page is not drawn between the two."""
    test = opened("compare.py").run()
    test.text_area(key="compare_prompt").set_value("What is a schema?")
    test.text_area(key="compare_system").set_value("Be brief.")
    test.number_input(key="compare_sampling_max_tokens").set_value(7)
    press(test, "Run all")
    sent = [run.request for run in current(test).runs if run is not None]
    assert [[message.content for message in request.messages] for request in sent] == [
        ["Be brief.", "What is a schema?"]
    ] * 2
    assert [request.sampling.max_tokens for request in sent] == [7, 7]


def test_every_figure_of_every_panel_says_on_hover_what_it_means(writing: AppTest) -> None:
    helps = [each.help for each in writing.markdown if each.help in DEFINITIONS.values()]
    assert helps == [DEFINITIONS[label] for label in LABELS] * 2
