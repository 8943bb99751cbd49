"""The real app as a child process with an empty environment, and a Chromium to look at it with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.processes import ROOT
from scripts.chromium import find

START_TIMEOUT_S, STEP_S, STOP_TIMEOUT_S, DRAWN_TIMEOUT_MS = 60.0, 0.02, 10.0, 30_000


@contextmanager
def app_process(**settings: str) -> Iterator[int]:
    """`streamlit run app.py` on a free port, just started; its output is shown when the benchmark fails."""
    with app_child(**settings) as (port, _):
        yield port


@contextmanager
def app_child(**settings: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of the app, started with these settings and nothing else."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
        environment = {"PATH": os.environ["PATH"], "HOME": home, **settings}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said) as child:
            try:
                yield port, child.pid
            except BaseException:
                said.seek(0)
                sys.stderr.write(said.read())
                raise
            finally:
                _end(child)


def wait_until_served(port: int) -> None:
    """Raises TimeoutError when nothing answers in START_TIMEOUT_S."""
    end_s = time.monotonic() + START_TIMEOUT_S
    while not _served(port):
        if time.monotonic() > end_s:
            raise TimeoutError("the app did not start")
        time.sleep(STEP_S)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = find()
    if path is None:
        raise FileNotFoundError("no Chromium here: python scripts/chromium.py installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def wait_until_drawn(page: Page, heading: str) -> None:
    """The page's heading is there, its script has run to its end, and nothing is being fetched any more."""
    expect(page.get_by_role("heading", name=heading).first).to_be_visible(timeout=DRAWN_TIMEOUT_MS)
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=DRAWN_TIMEOUT_MS
    )
    page.wait_for_load_state("networkidle", timeout=DRAWN_TIMEOUT_MS)


def _served(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=STEP_S * 50)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
