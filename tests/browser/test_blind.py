"""A blind round in a real browser: no name, figure or address tells who wrote what before the vote."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, opened, panel_heads, settled, until

TELLING = re.compile(r"Llama|Mixtral|Simulated|\d\ss\b|\$\d", re.IGNORECASE)


def told(page: Page) -> list[str]:
    """What the panels and everything under them say of the models; the head's badge speaks of all panels at once."""
    return TELLING.findall("\n".join(page.get_by_test_id("stGrid").all_inner_texts()))


def ask_blind(page: Page, server: Server) -> None:
    opened(page, server, "/compare")
    page.get_by_text("Blind", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_role("button", name="A is better")).to_be_visible()


def test_nothing_tells_the_models_apart_until_a_key_votes(page: Page, plain: Server) -> None:
    ask_blind(page, plain)
    heads = panel_heads(page)
    expect(heads.first).to_contain_text("hidden until the vote")
    expect(page.get_by_role("button", name="A is better")).to_be_enabled(timeout=60_000)
    settled(page)
    assert told(page) == []
    assert "models=" not in page.url
    expect(page.get_by_text("Export")).to_have_count(0)
    expect(page.get_by_role("heading", name="Result")).to_have_count(0)
    page.get_by_role("button", name="Expand").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("state")
    assert not TELLING.findall(dialog.inner_text())
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Prompt").press("b")
    settled(page)
    expect(page.get_by_role("button", name="A is better")).to_be_visible()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("b")
    expect(page.get_by_text("You voted for B.")).to_be_visible()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    expect(heads.first).to_contain_text(re.compile("Llama|Mixtral"))
    until(lambda: "models=" in page.url, "the address names the line-up again")
    assert told(page)
    page.get_by_role("button", name="Votes (1)").click()
    expect(page.get_by_text("Practice: simulated.")).to_be_visible()


def test_a_reload_hides_as_before_and_a_reveal_counts_nothing(page: Page, plain: Server) -> None:
    ask_blind(page, plain)
    page.reload()
    settled(page)
    expect(panel_heads(page).first).to_contain_text("hidden until the vote")
    page.get_by_role("button", name="Reveal without a vote").click()
    expect(panel_heads(page).first).to_contain_text(re.compile("Llama|Mixtral"))
    expect(page.get_by_text(re.compile(r"Votes \(\d"))).to_have_count(0)
