"""The six cells: drawn once, then brought up to date where they stand."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.metrics_line import LABELS
from services.answers.timing import DEFINITIONS


def figures(test: AppTest) -> list[str]:
    return [each.value for each in test.markdown if each.value.startswith("**")]


def badges(test: AppTest) -> list[str]:
    return [each.value for each in test.markdown if "badge[" in each.value]


def grown(hidden: bool, further_ms: int) -> None:
    """A replay after 60 ms, and further_ms later."""
    from dataclasses import replace

    from components.metrics_line import metric_cells
    from services.answers.replays import Playhead, Playing
    from tests.answers.recorded import MS, panel, recording

    now_ns = [60 * MS]
    kept = recording(panel("A"), replace(panel("B"), model="other"))
    run = Playing.start(kept, Playhead(0, clock_ns=lambda: now_ns[0])).comparison.runs[0]
    assert run is not None
    update = metric_cells(run, columns=3, min_column_width=64, hidden=hidden)
    now_ns[0] += further_ms * MS
    update(run)
    update(run)


def drawn(*, hidden: bool = False, further_ms: int = 0) -> AppTest:
    return AppTest.from_function(grown, kwargs={"hidden": hidden, "further_ms": further_ms}).run()


def test_cells_are_brought_up_to_date_where_they_stand() -> None:
    before, after = drawn(), drawn(further_ms=60)
    assert figures(before) == ["**0.06\u202fs**", "**0.1\u202fs**", "**…**", "**…**", "**…**", "**writing**"]
    assert figures(after) == [
        "**0.06\u202fs**",
        "**0.12\u202fs**",
        "**–**",
        "**10 → 2**",
        r"**\$0.000011**",
        "**done**",
    ]
    assert badges(after) == badges(before)
    assert len(badges(after)) == 6


def test_hidden_cells_stay_hidden_when_they_are_brought_up_to_date() -> None:
    assert figures(drawn(hidden=True, further_ms=60)) == ["**–**"] * 5 + ["**done**"]


def test_each_cell_says_on_hover_what_its_figure_means() -> None:
    for test in (drawn(), drawn(hidden=True), drawn(further_ms=60)):
        assert [each.help for each in test.markdown if "badge[" in each.value] == [DEFINITIONS[name] for name in LABELS]
