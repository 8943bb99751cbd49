"""An environment that has SAP's own hana-ai, and processes in it. Not part of the normal run: make beside."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.environment import kept, lines_of

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HANA_AI = "1.1.26081400"
PROCESS_TIMEOUT_S = 120


@pytest.fixture(scope="session")
def beside() -> Path:
    """The interpreter of an environment with what the app needs and SAP's package, all from pip."""
    requirements = [*lines_of(ROOT / "requirements.txt"), f"hana-ai=={HANA_AI}"]
    return kept("beside", requirements, HERE / "constraints.txt")


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def finished(python: Path, code: str, cwd: Path, *folders: Path) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter with code as its script and folders as PYTHONPATH; no keys, no settings, nothing from pip.

    Modules of SAP's that miss a package call pip themselves, which has to fail here and not to change the environment.
    """
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [str(python), "-c", code],
        cwd=cwd,
        env={**passed_on, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=PROCESS_TIMEOUT_S,
    )


@pytest.fixture
def run(beside: Path, tmp_path: Path) -> Run:
    """run(code, *folders, cwd=an empty folder) in the environment."""

    def started(code: str, *folders: Path, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return finished(beside, code, cwd, *folders)

    return started


@pytest.fixture(scope="session")
def saps_folder(beside: Path) -> Path:
    """Where SAP's package was installed."""
    code = "import hana_ai, pathlib; print(pathlib.Path(hana_ai.__file__).parents[1])"
    return Path(finished(beside, code, beside.parent).stdout.strip())
