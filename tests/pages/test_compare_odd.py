"""Answers nobody wants, side by side: each is shown for what it is, and no other panel suffers from it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Comparison, Panel
from services.answers.reports import as_csv, as_json
from services.resources import playground
from tests.faults.server import DONE, USAGE, FaultServer, Peer, delta
from tests.pages.conftest import Open
from tests.pages.test_compare_live import current, owner_of, press

KEY = "tgp_v1_invented-for-odd-answers"
LONG = " ".join(f"word{number}" for number in range(10_000))
HOSTILE = (
    "<img src=http://evil.example/x onerror=alert(1)> ![x](http://evil.example/y) [go](javascript:alert(2)) "
    "<script>alert(3)</script>"
)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
ENDED = delta("", "stop", usage=USAGE) + DONE
PARTS = {
    "house/dies": (delta("Half of an"),),
    "house/swaps": (delta("Hello there", model="house/cheaper") + delta("", "stop", model="house/cheaper") + DONE,),
    "house/empty": (ENDED,),
    "house/long": (delta(LONG), ENDED),
    "house/hostile": (delta(HOSTILE), ENDED),
    "house/plain": (
        delta("Hello there", model="house/plain"),
        delta("", "stop", model="house/plain", usage=USAGE) + DONE,
    ),
}
LISTED = json.dumps([{"id": name, "object": "model", "type": "chat"} for name in PARTS]).encode()


def odd(peer: Peer) -> None:
    while (request := peer.request()).startswith(b"GET"):
        peer.answer(LISTED, "Content-Type: application/json")
    peer.start_stream()
    for part in PARTS[json.loads(request.partition(b"\r\n\r\n")[2])["model"]]:
        peer.send(part)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer((odd,)) as running:
        yield running


def asked(opened: Open, server: FaultServer, *models: str) -> AppTest:
    """Compare, after every panel has ended."""
    test = opened("compare.py", LOCAL_MODEL_PATH=__file__, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=server.url)
    panels = tuple(Panel("Together", f"house/{model}") for model in models)
    playground().comparisons.begin(owner_of(test), Comparison(panels, prompt="What is a token?"))
    press(test.run(), "Run all")
    for run in current(test).runs:
        assert run is not None
        run.wait(20)
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    parts = [*test.markdown, *test.error, *test.warning, *test.code]
    return "\n".join(str(part.value) for part in parts).replace("\\", "").replace("\u2060", "")


def states(test: AppTest) -> list[str]:
    return [run.state for run in current(test).runs if run is not None]


def test_an_endpoint_that_dies_an_empty_and_a_very_long_answer_stand_beside_a_plain_one(
    opened: Open, server: FaultServer
) -> None:
    test = asked(opened, server, "dies", "empty", "long", "plain")
    assert states(test) == ["cut off", "done", "done", "done"]
    shown = said(test)
    assert "Half of an" in shown
    assert "word0 " in shown
    assert "word9999" in shown
    assert "Hello there" in shown
    assert "An empty answer." in shown


def test_a_model_that_answers_as_another_is_named_on_the_page_and_in_what_is_exported(
    opened: Open, server: FaultServer
) -> None:
    test = asked(opened, server, "swaps", "plain")
    assert said(test).count("Asked for ") == 1
    assert "Asked for house/swaps, served by house/cheaper." in said(test)
    kept = current(test)
    answers = json.loads(as_json(kept, now=NOW))["answers"]
    lines = list(csv.DictReader(io.StringIO(as_csv(kept, now=NOW), newline="")))
    assert [answer["served_model"] for answer in answers] == ["house/cheaper", "house/plain"]
    assert [line["served_model"] for line in lines] == ["house/cheaper", "house/plain"]


def test_hostile_markdown_stays_text_and_is_copied_as_it_came(opened: Open, server: FaultServer) -> None:
    test = asked(opened, server, "hostile", "plain")
    panel = current(test).panels[0]
    shown = "\n".join(str(each.value) for each in test.markdown)
    assert "![x](http" not in shown
    assert "](javascript:" not in shown
    assert not any(each.allow_html for each in test.markdown if "evil" in str(each.value))
    test.toggle(key=f"compare_{panel.id}_raw").set_value(True).run()
    assert HOSTILE in [block.value for block in test.code]
