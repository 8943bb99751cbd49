"""A sample of SAP HANA goes the whole way: read, embedded, searched, asked about, compared; with the real driver.

A demo sample and one of SAP HANA are the same to what follows the read only as long as somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from services.answers.comparisons import Panel
from services.asking_rows import _LLAMA, setup_of
from services.resources import playground
from tests.hana_server.running import HanaServer, hana_server
from tests.pages.conftest import Open
from tests.pages.test_asking_rows import ended, owner_of, press
from tests.pages.test_tables import LEDGER, NOTIFICATIONS, connected, embedded, needs_driver, picked, rerun_until, said
from tests.pages.test_tables_views import asked, shown, table, workspace

pytestmark = needs_driver
EVERY_TYPE, UMLAUTS = "EVERY_TYPE", "Übergröße: Dichtung <b>fehlt</b>"


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=50, tables=300) as running:
        yield running


def read(test: AppTest) -> AppTest:
    test.button(key="tables_read").click().run()
    return rerun_until(test, lambda page: len(page.dataframe) > 0 or bool(page.error), "read")


@pytest.fixture
def notifications(opened: Open, server: HanaServer) -> AppTest:
    """The notifications of SALES, read and embedded by the local encoder; texts nobody wrote stay without a vector."""
    return embedded(read(picked(connected(opened, server), NOTIFICATIONS)))


def selected(test: AppTest) -> AppTest:
    test.button(key="tables_search_meaning_add").click().run()
    assert workspace(test).selected
    return test


def test_live_rows_are_found_by_meaning_and_the_database_is_asked_nothing_more(
    notifications: AppTest, server: HanaServer
) -> None:
    before = len(server.received())
    asked(notifications, "water drips at the gasket of the pump")
    assert not notifications.exception
    found = table(notifications, "tables_search_meaning")
    assert found["Text"].iloc[0].startswith("Pump leaks at the seal")
    assert len(server.received()) == before


def test_a_row_of_nulls_has_no_vector_and_is_never_a_hit(notifications: AppTest) -> None:
    sample = workspace(notifications).sample
    empty = [number for number, row in enumerate(sample.rows) if "000010000003" in row]
    assert len(empty) == 1
    asked(notifications, "pump")
    assert "000010000003" not in str(list(table(notifications, "tables_search_meaning")["Row"]))


def test_live_rows_are_asked_of_a_simulated_model_one_of_them_with_half_its_fields(notifications: AppTest) -> None:
    test, mine = notifications, owner_of(notifications)
    setup = replace(setup_of(playground(), mine), panels=(Panel("Sandbox", _LLAMA),), rows=2, max_tokens=20)
    playground().matrix_setups.update(mine, lambda _: setup)
    shown(test, "Ask the rows")
    found = ended(press(test, "Ask 2 cells"))
    assert not test.exception
    assert {cell.state for cell in found.cells} <= {"done", "cut off"}
    assert "Simulated practice" in said(test)


def test_values_of_every_type_at_their_bounds_go_the_whole_way(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), EVERY_TYPE, schema="TECHNICAL")
    embedded(read(test))
    playground().workspaces.update(owner_of(test), lambda kept: replace(kept, selected=(0, 1, 2, 3)))
    test.run()
    test.multiselect(key=next(box.key for box in test.multiselect if box.label == "Columns that go along")).set_value(
        ["DECIMAL", "TIMESTAMP"]
    ).run()
    assert not test.exception
    assert list(test.dataframe[-1].value.columns) == ["ROW", "DECIMAL", "TIMESTAMP"]
    assert "-1E-300" in list(test.dataframe[-1].value["DECIMAL"])


def test_a_selection_of_live_rows_goes_to_compare_as_data(notifications: AppTest) -> None:
    asked(notifications, "Dichtung fehlt")
    test = selected(notifications)
    test.button(key="tables_selection_compare").click().run()
    test.switch_page("compare.py").run()
    assert not test.exception
    sent = next(block.value for block in test.code if "ROWS-" in block.value)
    assert "1 row of the table QMEL" in sent
    assert UMLAUTS in sent


def test_vectors_search_and_selection_outlive_the_connection(notifications: AppTest, server: HanaServer) -> None:
    test = notifications
    test.button(key="tables_disconnect").click().run()
    server.wait_until_open(0)
    asked(test, "leaking seal")
    selected(test)
    test.switch_page("home.py").run().switch_page("tables.py").run()
    assert not test.exception
    assert workspace(test).selected
    assert test.text_input(key="tables_search_question").value == "leaking seal"


def test_a_read_that_is_killed_midway_keeps_what_was_read_before_and_the_next_one_walks_on(
    notifications: AppTest, server: HanaServer
) -> None:
    test = asked(notifications, "leaking seal")
    before = workspace(test).sample
    picked(test, LEDGER)
    server.kill_after_rows(60, matching='FROM "SALES"."BSEG"', reset=True)
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: bool(page.error), "broken")
    assert not test.exception
    assert workspace(test).sample is before
    assert test.text_input(key="tables_search_question").value == "leaking seal"
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: workspace(page).sample is not before, "read again")
    assert not test.error
    assert workspace(test).selected == ()
    asked(embedded(test), "a line of the ledger")
    assert not test.exception
    assert len(table(test, "tables_search_meaning")) > 0
