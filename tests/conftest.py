"""What tests of several parts stand on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


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
