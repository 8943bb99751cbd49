"""The charts of Compare hold the figures of the table beside them, and the times at which text came."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Comparison, Panel
from services.answers.runs import Runs
from services.wire.types import Chunk
from tests.answers.recorded import MS, PRICE
from tests.answers.scripted import TOGETHER, Played, chat

WORDS = "word " * 10


@pytest.fixture
def comparison() -> Comparison:
    """A wrote for 1 s and B for 2 s; what B costs is not known."""
    made = Comparison((Panel("Together", "org/model"), Panel("Together", "org/model")), prompt="Hello")
    for place, (gap_ms, price) in enumerate(((200, PRICE), (400, None))):
        played = Played(*(Chunk(number * gap_ms * MS, "answer", WORDS) for number in range(1, 6)))
        runs = Runs(played)
        run = runs.start("ann", TOGETHER, chat(), message_id="1", price=price)
        run.wait(5)
        runs.close()
        made = made.with_run(place, run)
    return made


def below(comparison) -> None:  # type: ignore[no-untyped-def]  # run from its text, without the names above
    from components.compare_result import result

    result(comparison)


def drawn(comparison: Comparison) -> AppTest:
    test = AppTest.from_function(below, kwargs={"comparison": comparison}).run()
    assert not test.exception
    return test


def traces(test: AppTest, number: int) -> list[dict[str, Any]]:
    """What the chart draws, in order."""
    found: list[dict[str, Any]] = json.loads(test.get("plotly_chart")[number].proto.spec)["data"]
    return found


def test_bars_have_the_figures_of_the_table(comparison: Comparison) -> None:
    test = drawn(comparison)
    table = test.table[0].value
    bars = traces(test, 1)
    assert [bar["x"] for bar in bars] == [["A", "B"]] * 5
    for bar, column in zip(bars, table.columns[1:6], strict=True):
        known = [None if math.isnan(float(value)) else value for value in table[column]]
        assert bar["y"] == known, column
    assert bars[0]["y"] == [0.2, 0.4]
    assert bars[1]["y"] == [1.0, 2.0]
    assert bars[4]["y"][1] is None


def test_the_timeline_has_every_piece_of_text_when_it_came(comparison: Comparison) -> None:
    lines = [trace for trace in traces(drawn(comparison), 0) if trace["mode"] == "lines"]
    assert [line["x"] for line in lines] == [[0, 0.2, 0.4, 0.6, 0.8, 1.0], [0, 0.4, 0.8, 1.2, 1.6, 2.0]]
    assert [line["y"] for line in lines] == [[0, 50, 100, 150, 200, 250]] * 2


def test_the_letter_stands_at_the_last_text_of_its_line(comparison: Comparison) -> None:
    ends = [trace for trace in traces(drawn(comparison), 0) if trace["mode"] == "markers+text"]
    assert [(end["text"], end["x"], end["y"]) for end in ends] == [
        (["<b>A</b>"], [1.0], [250]),
        (["<b>B</b>"], [2.0], [250]),
    ]
