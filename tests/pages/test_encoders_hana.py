"""The encoders inside SAP HANA join a comparison of encoders as soon as the database offers them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.hana_server.running import HanaServer, hana_server
from tests.pages.conftest import Open
from tests.pages.test_tables import LEDGER, connected, embedded, needs_driver, picked, rerun_until, said
from tests.pages.test_tables_views import shown

pytestmark = needs_driver
IN_HANA = "SAP_NEB.20240715 · SAP HANA"


def compared(opened: Open, server: HanaServer) -> AppTest:
    """The view that compares encoders, on rows that the local one has embedded."""
    test = picked(connected(opened, server), LEDGER)
    test.selectbox(key="tables_rows").set_value(100)
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: len(page.dataframe) > 0, "read")
    return shown(embedded(test), "Compare encoders")


def offered(test: AppTest) -> list[str]:
    return list(test.multiselect(key="encoders_chosen").options)


@pytest.fixture
def server() -> Iterator[HanaServer]:
    with hana_server() as running:
        yield running


def test_the_database_embeds_the_same_rows_and_is_compared(opened: Open, server: HanaServer) -> None:
    test = compared(opened, server)
    rerun_until(test, lambda page: IN_HANA in offered(page), "what the database offers")
    test.multiselect(key="encoders_chosen").select(IN_HANA).run()
    test.button(key="encoders_begin").click().run()
    rerun_until(test, lambda page: "Overlap@10" in said(page), "compared")
    assert not test.exception
    assert not test.error
    assert "Practice:" not in said(test)
    assert any("VECTOR_EMBEDDING" in sql and "'DOCUMENT'" in sql for sql in server.log())


def test_a_database_without_encoders_offers_none_and_the_others_stay(opened: Open) -> None:
    with hana_server(on_premise=True) as server:
        test = compared(opened, server)
        rerun_until(test, lambda _: any("VECTOR" in sql for sql in server.log()), "asked")
        assert not test.run().exception
        assert not any("SAP HANA" in name for name in offered(test))
        assert "Local encoder · free" in offered(test)


def test_a_database_that_is_gone_offers_none_and_breaks_nothing(opened: Open, server: HanaServer) -> None:
    test = compared(opened, server)
    test.button(key="tables_disconnect").click().run()
    assert not test.exception
    assert not any("SAP HANA" in name for name in offered(test))
