"""The real app in its own process, servers for it to talk to, and a real Chromium to look at it."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotThere

from scripts.chromium import find

ROOT = Path(__file__).resolve().parents[2]
KEY = "tgp_v1_invented-for-browser-tests"
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "TEMP")
START_S = 60
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def until(is_true: Callable[[], Any], what: str, deadline_s: float = 20) -> Any:
    """The first true value of is_true."""
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s:
        if value := is_true():
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {deadline_s} s")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Server:
    """A process of ours that serves on loopback, and what it wrote on the console."""

    process: subprocess.Popen[str]
    port: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        return "".join(self.lines)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {KEY}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def healthy(self) -> bool:
        assert self.process.poll() is None, self.console
        try:
            return self.get("/_stcore/health")[0] == 200
        except OSError:
            return False

    def counts(self) -> Any:
        return json.loads(self.get("/sandbox/requests")[1])

    def chats(self) -> int:
        return int(self.counts()["requests"].get("/v1/chat/completions", 0))


@contextmanager
def running(argv: list[str], env: dict[str, str]) -> Iterator[Server]:
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, *argv],
        cwd=ROOT,
        env={**inherited, "PYTHONUNBUFFERED": "1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = Server(process)
    reader = threading.Thread(target=lambda: server.lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def app_running(**env: str) -> Iterator[Server]:
    port = free_port()
    argv = ["-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (
        tempfile.TemporaryDirectory() as kept,
        running(argv, {"PLAYGROUND_DATA_DIR": kept, **env}) as server,
    ):
        server.port = port
        until(server.healthy, "the app answers", START_S)
        yield server
    assert "Traceback" not in server.console, server.console


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Server]:
    """A Sandbox of its own, slow enough to be looked at; to the app it is Together."""
    port = free_port()
    with running(["-m", "services.embedded.sandbox", "--port", str(port), "--pace", "2"], {}) as server:
        server.port = port
        until(lambda: "/v1" in server.console, "the Sandbox answers", START_S)
        yield server


@pytest.fixture(scope="session")
def plain() -> Iterator[Server]:
    """Nothing configured: Local answers, the Sandbox can be picked."""
    with app_running() as server:
        yield server


@pytest.fixture(scope="session")
def keyed(sandbox: Server) -> Iterator[Server]:
    """A key, and a default model that left the serverless offer."""
    with app_running(
        TOGETHER_API_KEY=KEY,
        TOGETHER_BASE_URL=f"{sandbox.url}/v1",
        TOGETHER_DEFAULT_MODEL="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    ) as server:
        yield server
    assert KEY not in server.console


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        assert not os.environ.get("CI"), "CI has no Chromium: install it, these tests are not optional there"
        pytest.skip("NO BROWSER: no Chromium found; set CHROMIUM_PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own: no cookies, nothing remembered."""
    made = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def settled(page: Page) -> None:
    """The script has run and nothing is left to draw but what streams."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=START_S * 1_000)


def opened(page: Page, server: Server, path: str = "/") -> Page:
    page.goto(server.url + path)
    settled(page)
    return page


def ask(page: Page, text: str) -> None:
    field_ = page.get_by_test_id("stChatInputTextArea")
    expect(field_).to_be_enabled()
    field_.fill(text)
    field_.press("Enter")


def answer(page: Page, number: int = -1) -> Any:
    """The message of an answer: the last one, or that of the number-th turn."""
    messages = page.get_by_test_id("stChatMessage")
    return messages.last if number < 0 else messages.nth(2 * number + 1)


def panel_heads(page: Page) -> Locator:
    """The headings of Compare's panels: a letter and a name."""
    return page.get_by_role("heading", level=2).filter(has_text=re.compile("^[A-D] "))


def unfolded(page: Page, button: Locator, item: Locator, *, press: bool = False) -> None:
    """Opens what stands behind a button, until an item in it is seen or pressed.

    What comes in the background draws the page anew, and what was open may be closed by it: then it is opened again, as
    a person would.
    """

    def done() -> bool:
        try:
            if not item.is_visible():
                button.click(timeout=4_000)
            item.wait_for(state="visible", timeout=4_000)
            if press:
                item.click(timeout=4_000)
        except NotThere:
            return False
        return True

    until(done, f"{item} behind {button}", 40)


def setup_button(page: Page) -> Locator:
    """Of Chat, beside the message field: it names the model."""
    return page.locator(".st-key-chat_setup button").locator("visible=true").first


def temperature(page: Page) -> Locator:
    """Chat's field, with what it stands in opened."""
    field_ = page.get_by_role("spinbutton", name="temperature")
    unfolded(page, setup_button(page), field_)
    return field_


def pick(page: Page, endpoint: str) -> None:
    """Chooses who answers, in Chat."""
    box = page.get_by_role("combobox", name="Endpoint")
    unfolded(page, setup_button(page), box)
    unfolded(page, box, page.get_by_role("option", name=endpoint), press=True)
    page.keyboard.press("Escape")
    settled(page)
