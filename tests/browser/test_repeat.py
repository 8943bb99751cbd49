"""Repeats in a real browser: there after a reload, stopped with what is done, said to be practice where they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, opened, settled

MODELS = "models=Together~openai/gpt-oss-120b,Together~deepseek-ai/DeepSeek-V4-Pro-0813"


def test_practice_is_repeated_and_every_call_can_be_taken_along(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    expect(page.get_by_text("10 calls · simulated")).to_be_visible()
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.get_by_text("2 calls · simulated")).to_be_visible()
    page.get_by_role("button", name="Run repeats").click()
    verdicts = page.get_by_text("Simulated practice: A and B are not distinguishable in")
    expect(verdicts).to_have_count(4, timeout=60_000)
    expect(page.get_by_text("n = 1, too few to say").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="All calls as CSV").click()
    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert sorted((line["panel"], line["origin"], line["round"]) for line in lines) == [
        ("A", "simulated", "1"),
        ("B", "simulated", "1"),
    ]


def test_repeats_outlive_a_reload_and_stop_keeps_what_is_done(page: Page, keyed: Server, sandbox: Server) -> None:
    opened(page, keyed, f"/compare?{MODELS}")
    expect(page.get_by_text("10 calls · at most $")).to_be_visible()
    before = sandbox.chats()
    page.get_by_role("button", name="Run repeats").click()
    expect(page.get_by_text("1 of 5 rounds")).to_be_visible(timeout=60_000)
    page.reload()
    settled(page)
    page.get_by_role("button", name="Stop", exact=True).last.click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    expect(page.get_by_role("button", name="Run repeats")).to_be_enabled()
    assert 2 + 2 <= sandbox.chats() - before < 2 + 10
    expect(page.get_by_role("button", name="All calls as JSON")).to_be_visible()


def test_repeats_fit_a_phone(page: Page, plain: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, plain, "/compare")
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.get_by_text("2 calls · simulated")).to_be_visible()
    page.get_by_role("button", name="Run repeats").click()
    expect(page.get_by_role("button", name="All calls as CSV")).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
