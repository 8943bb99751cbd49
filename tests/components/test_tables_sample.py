"""The rows that were read are drawn, whatever stands in their cells."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.tables.rows import odd


def drawn() -> None:
    from components.tables_sample import sample_block
    from services.workspaces import Workspace
    from tests.tables.rows import odd

    sample_block(Workspace(sample=odd()))


def shown() -> Any:
    test = AppTest.from_function(drawn, default_timeout=30).run()
    assert not test.exception
    return test.dataframe[0].value


def test_half_a_character_is_shown_as_one_that_is_missing() -> None:
    assert list(shown()["text"].dropna()) == ['Öl, "quoted"\r\nnext', "nul\0here", "lone \ufffd and pair 😀"]


def test_numbers_that_no_table_of_a_browser_holds_are_shown_as_text() -> None:
    """A DECIMAL of SAP HANA without a scale may hold both at once."""
    found = shown()
    assert list(found["huge"].dropna()) == [str(2**80), "1", "0"]
    assert list(found["apart"].dropna()) == ["1E-300", "1E+300", "12.5"]


def test_every_column_is_there_under_its_name() -> None:
    assert list(shown().columns) == [column.name for column in odd().columns]
