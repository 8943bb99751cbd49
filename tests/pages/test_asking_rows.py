"""Asking models about the rows of a sample, as a visitor presses through it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from services import asking_rows
from services.answers.comparisons import Panel
from services.matrix.cells import Snapshot
from services.matrix.job import Matrix
from services.matrix_setups import Setup
from services.resources import playground
from services.tables.demo_catalogue import NOTIFICATION
from services.tables.source import Cell, Column, ObjectName, Sample, SampleRequest, TableInfo
from tests.pages.conftest import Open

MODELS = asking_rows._LLAMA, asking_rows._MIXTRAL


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    return test.run()


def job_of(test: AppTest) -> Matrix:
    job = playground().matrices.current(owner_of(test))
    assert job is not None
    return job


def ended(test: AppTest) -> Snapshot:
    """What stands when all is answered and judged, drawn."""
    found = job_of(test).wait(30)
    test.run()
    return found


def markdown(test: AppTest) -> str:
    return "\n".join(element.value for element in test.markdown)


def on(test: AppTest, sample: Sample, **setup: object) -> AppTest:
    """The Tables page with a sample read, two simulated models set up, and the view that asks them."""
    mine, house = owner_of(test), playground()
    house.workspaces.take(mine, SampleRequest(sample.info.object), sample)
    panels = tuple(Panel("Sandbox", model) for model in MODELS)
    text = asking_rows.first_prompt(sample)
    number = house.workspaces.current(mine).number
    made = Setup(**{"panels": panels, "number": number, "text": text, "rows": 2, "max_tokens": 60, **setup})  # type: ignore[arg-type]
    house.matrix_setups.update(mine, lambda _: made)
    test.session_state["tables_view"] = "Ask the rows"
    return test.run()


def notifications(n: int = 3) -> Sample:
    return playground().demo.sample(SampleRequest(NOTIFICATION.name, rows=n))


def made_up(*rows: tuple[Cell, ...], names: tuple[str, ...] = ("ID", "TEXT")) -> Sample:
    columns = tuple(Column(name, "NVARCHAR", key=name == "ID", text=True) for name in names)
    return Sample("Demo tables", False, TableInfo(ObjectName("Z", "ZT"), "table"), columns, rows, "All rows.")


@pytest.fixture
def tables(opened: Open) -> AppTest:
    return opened("tables.py")


def test_rows_are_asked_of_each_model_and_the_score_says_it_is_practice(tables: AppTest) -> None:
    test = on(tables, notifications())
    assert "4 calls" in markdown(test)
    found = ended(press(test, "Ask 4 cells"))
    assert [cell.state for cell in found.cells] == ["done"] * 4
    table = test.table[0].value
    assert list(table["Answered"]) == ["2\u00a0of\u00a02"] * 2 or list(table["Answered"]) == ["2 of 2"] * 2
    assert "simulated" in table["Model"][0]
    assert "Simulated practice" in markdown(test)
    assert not test.exception
