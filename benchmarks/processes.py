"""Starts the loopback server and the client processes, all with the same small environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLIENT_TIMEOUT_S = 120


def environment() -> dict[str, str]:
    """No keys, no proxies, no settings: what the system itself needs and nothing more."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}


@contextmanager
def loopback_server() -> Iterator[str]:
    """The address of a running benchmarks.server, without a path."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def client(*arguments: object, module: str = "benchmarks.client") -> dict[str, Any]:
    """What the module printed. Raises CalledProcessError when it failed, TimeoutExpired when it hung."""
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=True, timeout=CLIENT_TIMEOUT_S
    )
    figures = json.loads(done.stdout)
    assert isinstance(figures, dict)
    return figures
