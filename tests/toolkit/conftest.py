"""Clients with settings of their own, and the wheel as a user installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.embedded.on_demand import OnDemand, sandbox_child
from services.errors import UnavailableError
from services.settings import load
from services.toolkit import TogetherAIClient
from services.toolkit.notices import Notices
from services.toolkit.options import ClientOptions
from services.toolkit.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
KEY = "tgp_v1_invented"
PIP = [sys.executable, "-m", "pip", "--quiet", "--no-cache-dir", "--disable-pip-version-check"]


class Said(list[str]):
    """What went to the user beside the answers."""


@pytest.fixture(scope="session")
def no_local() -> Iterator[Servers]:
    """A machine on which Local cannot run; its Sandbox is a real child."""

    def fail() -> object:
        raise UnavailableError("There is no build for this machine.")

    sandbox = OnDemand(sandbox_child)
    yield Servers(OnDemand(fail), sandbox, fail)  # type: ignore[arg-type]
    sandbox.stop()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def client_with(tmp_path: Path, no_local: Servers, said: Said) -> Iterator[Callable[..., TogetherAIClient]]:
    """client_with({variable: value}, **overrides)"""
    with ExitStack() as clients:

        def make(environ: dict[str, str] | None = None, **overrides: object) -> TogetherAIClient:
            options = ClientOptions(**overrides)  # type: ignore[arg-type]
            settings = load(tmp_path, environ or {})
            client = TogetherAIClient(settings, options, servers=lambda: no_local, notices=Notices(said.append))
            return clients.enter_context(client)

        yield make


@pytest.fixture
def at_sandbox(client_with: Callable[..., TogetherAIClient], sandbox_address: str) -> TogetherAIClient:
    """A client whose Together is a Sandbox without waits."""
    return client_with(api_key=KEY, base_url=sandbox_address)


@pytest.fixture(scope="session")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel of this tree was installed."""
    target = tmp_path_factory.mktemp("installed")
    wheel = wheel_built(tmp_path_factory.mktemp("source"))
    subprocess.run([*PIP, "install", "--no-index", "--no-deps", "--target", str(target), str(wheel)], check=True)
    return target


def wheel_built(source: Path) -> Path:
    """The wheel of this tree, made in an empty folder so that nothing is left in the tree."""
    leave_out = shutil.ignore_patterns("__pycache__")
    for name in ("services", "hana_ai", "assets"):
        shutil.copytree(ROOT / name, source / name, ignore=leave_out)
    shutil.copy(ROOT / "pyproject.toml", source)
    subprocess.run(
        [*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", ".", "."], cwd=source, check=True
    )
    (wheel,) = source.glob("*.whl")
    return wheel


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run(code, *folders): a fresh interpreter in an empty folder, with nothing in its environment but the folders."""

    # Windows opens no socket without it.
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}

    def started(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**needed, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return started
