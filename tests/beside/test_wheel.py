"""Our wheel and SAP's package installed into one folder: neither takes anything of the other with it when it goes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from scripts.environment import python_of
from tests.beside.conftest import HANA_AI, finished
from tests.beside.test_imports import OURS, SAPS
from tests.toolkit.conftest import wheel_built

PROJECT = "together-playground-hana"
BOTH = f"{OURS}\n{SAPS}\nimport hana_ai; assert hana_ai.__version__ == {HANA_AI!r}; print('both')"
Site = tuple[Path, Path]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_built(tmp_path_factory.mktemp("source"))


@pytest.fixture
def site(tmp_path: Path, saps_folder: Path) -> Site:
    """(interpreter, site-packages) of an environment that has SAP's package as installed, and links to all else."""
    venv.create(tmp_path / "env", with_pip=False)
    python = python_of(tmp_path / "env")
    found = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], stdout=subprocess.PIPE, text=True
    )
    folder = Path(found.stdout.strip())
    for entry in saps_folder.iterdir():
        if entry.name.startswith("hana_ai"):
            shutil.copytree(entry, folder / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif not entry.name.startswith(("pip", "__pycache__")):
            (folder / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    return python, folder


def pip(python: Path, *arguments: object) -> None:
    """The test's own pip at work on another environment."""
    command = [sys.executable, "-m", "pip", "--python", str(python), "-q", "--disable-pip-version-check"]
    subprocess.run([*command, *map(str, arguments)], check=True)


def install(site: Site, wheel: Path) -> None:
    pip(site[0], "install", "--no-index", "--no-deps", wheel)


def contents(folder: Path) -> dict[str, str]:
    """Every file of SAP's package and what is in it; caches of compiled modules come and go."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for package in folder.glob("hana_ai*")
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_beside_saps_our_wheel_adds_one_file_and_takes_only_that_away(site: Site, wheel: Path, tmp_path: Path) -> None:
    python, folder = site
    before = contents(folder)
    assert len(before) > 50
    install(site, wheel)
    assert set(contents(folder)) - set(before) == {"hana_ai/api/together_ai.py"}
    assert {name: digest for name, digest in contents(folder).items() if name in before} == before
    done = finished(python, BOTH, tmp_path)
    assert done.stdout == "both\n", done.stderr
    pip(python, "uninstall", "-y", PROJECT)
    assert contents(folder) == before
    done = finished(python, f"{SAPS}\nprint('theirs')", tmp_path)
    assert done.stdout == "theirs\n", done.stderr


def test_when_saps_package_goes_ours_stays(site: Site, wheel: Path, tmp_path: Path) -> None:
    python, folder = site
    install(site, wheel)
    pip(python, "uninstall", "-y", "hana-ai")
    assert list(contents(folder)) == ["hana_ai/api/together_ai.py"]
    done = finished(python, f"{OURS}\nprint('ours')", tmp_path)
    assert done.stdout == "ours\n", done.stderr


@pytest.mark.parametrize("order", [f"{OURS}\n{SAPS}", f"{SAPS}\n{OURS}"])
def test_installed_into_one_folder_no_order_of_imports_matters(
    order: str, site: Site, wheel: Path, tmp_path: Path
) -> None:
    install(site, wheel)
    done = finished(site[0], f"{order}\n{BOTH}", tmp_path)
    assert done.stdout == "both\n", done.stderr
