"""The app as it is served: packed, with its headers and its cookie, and ready when it says so."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.server import OWNER_COOKIE

ROOT = Path(__file__).resolve().parents[1]
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "TEMP")
START_S = 60


@pytest.fixture(scope="module")
def served() -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(port)],
        cwd=ROOT,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
            wait_until_healthy(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(10)


def wait_until_healthy(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        assert process.poll() is None
        try:
            if client.get("/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"not healthy within {START_S} s")


def test_a_page_comes_with_its_policy_and_a_name_for_the_browser(served: httpx.Client) -> None:
    page = served.get("/chat")
    assert page.status_code == 200
    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert OWNER_COOKIE in page.headers["set-cookie"]


def test_scripts_come_packed_and_with_the_headers_too(served: httpx.Client) -> None:
    found = re.search(r'src="([^"]+\.js)"', served.get("/").text)
    assert found is not None
    script = served.get(f"/{found[1].lstrip('./')}")
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["x-content-type-options"] == "nosniff"
    assert script.headers["referrer-policy"] == "no-referrer"


def test_readiness_is_told(served: httpx.Client) -> None:
    ready = served.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
