"""The Models page as a test reads and uses it."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

from services.visitor import Own
from tests.pages.listing_server import Together, endpoint


def said(test: AppTest) -> str:
    parts = [*test.markdown, *test.error, *test.warning, *test.header, *test.code]
    return "\n".join(str(part.value) for part in parts)


def rows(test: AppTest) -> list[dict[str, Any]]:
    """What stands in the table; None where a cell is empty."""
    found = test.dataframe[0].value.to_dict("records") if test.dataframe else []
    return [{name: _cell(value) for name, value in row.items()} for row in found]


def _cell(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return None if pd.isna(value) else value


def names(test: AppTest) -> list[str]:
    return [str(row["Model"]) for row in rows(test)]


def find(test: AppTest, words: str) -> AppTest:
    return test.text_input(key="models_find").set_value(words).run()


def tick(test: AppTest, *models: str) -> AppTest:
    """Ticks the rows of these names, and no others of those shown."""
    key = test.dataframe[0].proto.id.rsplit("-", 1)[-1]
    shown = names(test)
    test.session_state[key] = {
        "selection": {"rows": [shown.index(name) for name in models], "columns": [], "cells": []}
    }
    test.run()
    assert not test.exception
    return test


def until_checked(test: AppTest) -> AppTest:
    end_s = time.monotonic() + 20
    while any(button.key == "models_check_stop" for button in test.run().button):
        assert time.monotonic() < end_s
    return test


def own(test: AppTest, server: Together) -> AppTest:
    """The visitor's own endpoint of one name, wherever it leads now."""
    test.session_state["session"].mine.own = Own(endpoints=(endpoint("Mine", server),))
    return test.run()
