"""An environment is kept while what belongs into it stays the same, and pip's failure is never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.environment import InstallError, kept, lines_of
from tests.beside.conftest import HANA_AI, HERE, ROOT

OFFLINE = ("--no-index",)


def test_it_is_kept_until_its_requirements_or_their_versions_change(tmp_path: Path) -> None:
    held = tmp_path / "constraints.txt"
    held.write_text("")
    mark = tmp_path / "env" / "mark"
    assert kept("env", [], held, cache=tmp_path).is_file()
    mark.touch()
    kept("env", [], held, cache=tmp_path)
    assert mark.exists()
    held.write_text("pydantic==2.12.5")
    kept("env", [], held, cache=tmp_path)
    assert not mark.exists()


def test_what_pip_cannot_find_is_an_error_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(InstallError, match="no-such-distribution-of-anybody"):
            kept("env", ["no-such-distribution-of-anybody"], cache=tmp_path, options=OFFLINE)


def test_the_requirements_of_a_file_are_read_without_its_constraints() -> None:
    lines = lines_of(ROOT / "requirements.txt")
    assert any(line.startswith("streamlit") for line in lines)
    assert not [line for line in lines if line.startswith(("-", "#"))]


def test_the_app_runs_on_its_own_versions_beside_saps_package() -> None:
    own, beside = (versions(folder / "constraints.txt") for folder in (ROOT, HERE))
    direct = {canonicalize_name(Requirement(line).name) for line in lines_of(ROOT / "requirements.txt")}
    assert {name: beside[name] for name in direct} == {name: own[name] for name in direct}
    assert beside["hana-ai"] == HANA_AI


def versions(constraints: Path) -> dict[str, str]:
    pinned = (line.split("==") for line in lines_of(constraints))
    return {canonicalize_name(name): version for name, version in pinned}
