"""Conversations that outlive the server, seen by the browser that asked for it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    Server,
    answer,
    app_running,
    ask,
    free_port,
    opened,
    pick,
    running,
    settled,
    unfolded,
    until,
)


def inside(page: Page, item: Locator) -> None:
    """Presses it in the list of conversations."""
    unfolded(page, page.get_by_role("button", name="Conversations"), item, press=True)


def asked_of_the_sandbox(page: Page, server: Server, text: str) -> None:
    pick(page, "Sandbox")
    ask(page, text)
    expect(answer(page).get_by_text("done", exact=True)).to_be_visible(timeout=60_000)


def test_a_saved_conversation_is_found_again_after_a_restart_with_its_figures(page: Page, tmp_path: Path) -> None:
    port = free_port()
    argv = ["-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    env = {"PLAYGROUND_DATA_DIR": str(tmp_path)}
    with running(argv, env) as first:
        first.port = port
        until(first.healthy, "the app answers", 60)
        opened(page, first, "/chat")
        inside(page, page.get_by_text("Save my conversations"))
        expect(page.get_by_text("erased from the file at once")).to_be_visible()
        page.keyboard.press("Escape")
        asked_of_the_sandbox(page, first, "What is a token?")
        said = answer(page).inner_text()
    with running(argv, env) as second:
        second.port = port
        until(second.healthy, "the app answers again", 60)
        opened(page, second, "/chat")
        expect(page.get_by_text("What is a token?").first).to_be_visible()
        figures = re.findall(r"[\d.,]+\s?s\b|\d+ → \d+", said)
        assert figures
        for figure in figures:
            expect(answer(page)).to_contain_text(figure)
        ask(page, "And what does one cost?")
        expect(answer(page).get_by_text("done", exact=True)).to_be_visible(timeout=60_000)
    assert "Traceback" not in first.console + second.console


def test_conversations_are_switched_and_a_deleted_one_comes_back(page: Page) -> None:
    with app_running() as server:
        opened(page, server, "/chat")
        asked_of_the_sandbox(page, server, "What is a token?")
        inside(page, page.get_by_role("button", name="New conversation").first)
        expect(page.get_by_text("Nothing asked yet")).to_be_visible()
        settled(page)
        inside(page, page.get_by_role("button", name=re.compile("What is a token")))
        expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
        settled(page)
        inside(page, page.get_by_role("button", name="Delete the open one"))
        expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
        page.get_by_role("button", name=re.compile("Bring back “What is a token")).click()
        expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
