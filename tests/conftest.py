"""What tests of several parts stand on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from services.comparing import Resolve
from services.endpoints import Endpoint
from services.models.model import Model
from services.playground import Playground
from services.settings import load

ROOT = Path(__file__).resolve().parents[1]


class _BrowserApart(LoadScopeScheduling):
    """Of two processes one takes the browser, which mostly waits, and the other file after file."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _BrowserApart(config, log)


@pytest.fixture(scope="session")
def sandbox_address() -> Iterator[str]:
    """The address of a Sandbox that takes any key."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.embedded.sandbox", "--port", "0", "--pace", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = next(word for line in process.stdout for word in line.split() if word.endswith("/v1"))
    yield address
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """A process with nothing configured, and a data folder of its own."""
    root = tmp_path_factory.mktemp("root")
    made = Playground(load(root, {"PLAYGROUND_DATA_DIR": str(root)}))
    yield made
    made.close()


@pytest.fixture
def resolve(house: Playground) -> Resolve:
    """What answers there, of the endpoints that the house has without being set up."""

    def found(endpoint: str, model: str) -> tuple[Endpoint, Model]:
        at = house.endpoint(endpoint)
        return at, house.catalog(at).named(model)

    return found
