"""Pages run from the shell as Streamlit runs them, on settings of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services.settings import SETTINGS

SHELL = Path(__file__).resolve().parents[2] / "pages" / "shell.py"
Open = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    """opened("chat.py", TOGETHER_API_KEY=...) runs that page; what it started is ended afterwards."""
    for setting in SETTINGS:
        for name in (setting.name, *setting.aliases):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path / "kept"))

    def run(page: str = "home.py", **env: str) -> AppTest:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        test = AppTest.from_file(str(SHELL), default_timeout=30).run()
        return test.switch_page(page).run()

    yield run
    from services.resources import playground

    playground().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def bare(opened: Open, tmp_path: Path) -> Open:
    """As opened, the Models page first, without Local: its weights take longer to load than all the rest."""
    (tmp_path / "no.gguf").write_bytes(b"no weights")

    def run(page: str = "models.py", **env: str) -> AppTest:
        return opened(page, LOCAL_MODEL_PATH=str(tmp_path / "no.gguf"), **env)

    return run
