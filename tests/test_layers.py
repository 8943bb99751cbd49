"""Which part may know which: pages -> components -> services, and nothing upwards or sideways."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {"httpx", "httpcore", "hdbcli", "requests", "socket", "subprocess", "threading", "asyncio"}
FORBIDDEN = {
    "services": {"components", "pages", "app", "tests", "streamlit"},
    "components": {"pages", "app", "tests"} | OUTSIDE,
    "pages": {"app", "tests", "pages"} | OUTSIDE,
}
# Streamlit's caches stand here and nowhere else in services.
ALLOWED = {("services/resources.py", "streamlit")}
# Inside services, from the top down: what each folder may know of the others.
MAY_USE = {
    "wire": {"wire"},
    "models": {"models", "wire"},
    "embedding": {"embedding", "wire", "tables"},
    "settings": {"settings"},
    "answers": {"answers", "wire", "models", "embedding"},
    "tables": {"tables", "settings"},
    "matrix": {"matrix", "answers", "wire", "models", "tables", "embedding"},
    "embedded": {"embedded", "wire"},
    "toolkit": {"toolkit", "answers", "wire", "models", "embedding", "embedded", "settings"},
}


def imports(path: Path) -> Iterator[str]:
    """Every imported module, those in functions and under TYPE_CHECKING included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_knows_nothing_above_it(layer: str) -> None:
    found = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in sources(layer)
        for name in imports(path)
        if name.split(".")[0] in FORBIDDEN[layer]
    ]
    assert [(path, name) for path, name in found if (path, name.split(".")[0]) not in ALLOWED] == []


@pytest.mark.parametrize("folder", MAY_USE)
def test_arrows_inside_services_point_down(folder: str) -> None:
    folders = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
    used = {
        name.split(".")[1]
        for path in sources(f"services/{folder}")
        for name in imports(path)
        if name.startswith("services.") and name.split(".")[1] in folders
    }
    assert used <= MAY_USE[folder]


def test_the_sandbox_shares_no_code_with_the_client() -> None:
    used = {name for path in sources("services/embedded/sandbox") for name in imports(path)}
    ours = {name for name in used if name.startswith("services.")}
    assert {name for name in ours if not name.startswith("services.embedded.sandbox")} == set()


def test_session_state_has_one_reader() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("pages", "components", "services")
        for path in sources(folder)
        if "session_state" in path.read_text("utf-8").replace("session_state.", "")
    ]
    assert readers == ["components/state.py"]


def test_pages_reach_endpoints_through_the_visitor_alone() -> None:
    """Whoever asks the playground itself passes over the visitor's own endpoints, key and patience."""
    doors = re.compile(r"\b(playground\(\)|house)\.(endpoint|endpoint_names|route)\(|\bimport .*\blisting_of\b")
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("pages", "components")
        for path in sources(folder)
        if doors.search(path.read_text("utf-8"))
    ]
    assert found == ["components/visitor.py"]


def test_asking_a_model_from_a_script_loads_no_page_framework() -> None:
    code = "import sys, services.answers.gateway, services.routing; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_home_and_chat_draw_nothing_with_plotly() -> None:
    """It weighs more than all the rest of a page; only what Compare, Models and Tables are made of may use it."""
    drawing = {"plotly", "components.charts", "components.compare_result", "components.vector_map"}
    drawing.add("components.models_chart")
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in ("pages", "components")
        for path in sources(folder)
        if any(name in drawing or name.split(".")[0] == "plotly" for name in imports(path))
    }
    compare = {"components/charts.py", "components/compare_result.py", "pages/compare.py"}
    tables = {"components/vector_map.py", "components/tables_map.py"}
    models = {"components/models_chart.py", "components/models_views.py"}
    assert users == compare | tables | models
