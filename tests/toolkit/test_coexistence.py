"""Beside SAP's own package hana_ai, both import, whatever comes first.

A small package plays SAP's: what matters is that it is a regular one. The real one is tried by tests/beside.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.toolkit.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
SAPS = "import hana_ai.agents; assert hana_ai.agents.AGENT == 'theirs'"
OURS = "from hana_ai.api.together_ai import get_together_ai_client"
SERVICES = "import services"
KEPT = "import hana_ai; assert hana_ai.__version__ == '1.1.0'"


@pytest.fixture
def saps(tmp_path: Path) -> Path:
    package = tmp_path / "site" / "hana_ai"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = '1.1.0'\n")
    (package / "agents.py").write_text("AGENT = 'theirs'\n")
    return package.parent


@pytest.mark.parametrize("order", [(OURS, SAPS), (SAPS, OURS)])
def test_installed_side_by_side_both_import_in_any_order(
    order: tuple[str, ...], wheel_folder: Path, saps: Path, run: Run
) -> None:
    shutil.copytree(wheel_folder, saps, dirs_exist_ok=True)
    done = run("\n".join((*order, KEPT)), saps)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("ours", ["checkout", "wheel in a folder of its own"])
@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize("order", [(SERVICES, OURS, SAPS), (SERVICES, SAPS, OURS), (SAPS, SERVICES, OURS)])
def test_in_two_folders_both_import_once_services_was(
    order: tuple[str, ...], ours_first: bool, ours: str, wheel_folder: Path, saps: Path, run: Run
) -> None:
    folder = ROOT if ours == "checkout" else wheel_folder
    done = run("\n".join((*order, KEPT)), *((folder, saps) if ours_first else (saps, folder)))
    assert (done.returncode, done.stderr) == (0, "")


def test_saps_package_may_grow_an_api_of_its_own(saps: Path, run: Run) -> None:
    (saps / "hana_ai" / "api").mkdir()
    (saps / "hana_ai" / "api" / "__init__.py").write_text("WHOSE = 'theirs'\n")
    done = run(f"{SERVICES}\n{OURS}\nimport hana_ai.api; assert hana_ai.api.WHOSE == 'theirs'", saps, ROOT)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("where", ["checkout", "wheel"])
def test_without_saps_package_ours_imports_alone(where: str, wheel_folder: Path, run: Run) -> None:
    done = run(OURS, ROOT if where == "checkout" else wheel_folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_nobody_has_is_still_missing(run) -> None:
    done = run(f"{SERVICES}\nimport hana_ai.agents", ROOT)
    assert "No module named 'hana_ai.agents'" in done.stderr


def test_no_init_is_shipped_below_hana_ai(wheel_folder: Path) -> None:
    shipped = [path.relative_to(wheel_folder).as_posix() for path in (wheel_folder / "hana_ai").rglob("*.py")]
    assert shipped == ["hana_ai/api/together_ai.py"]
    assert list((ROOT / "hana_ai").rglob("__init__.py")) == []


def test_the_wheel_asks_for_nothing_that_the_app_does_not(wheel_folder: Path) -> None:
    (metadata,) = wheel_folder.glob("*.dist-info/METADATA")
    lines = metadata.read_text("utf-8").splitlines()
    needed = {
        str(Requirement(line.removeprefix("Requires-Dist: "))) for line in lines if line.startswith("Requires-Dist")
    }
    listed = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    app = {str(Requirement(line)) for line in listed if line and not line.startswith(("#", "-"))}
    assert needed
    assert needed <= app
