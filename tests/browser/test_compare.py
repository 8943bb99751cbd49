"""Panels side by side in a real browser: independent, stoppable one by one, there after a reload, sent once."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, opened, panel_heads, settled, until

MODELS = "models=Together~openai/gpt-oss-120b,Together~deepseek-ai/DeepSeek-V4-Pro-0813"


def states(page: Page) -> list[str]:
    words = ("ready", "waiting", "writing", "done", "stopped", "cut off", "failed")
    return [text for text in page.locator("strong").all_inner_texts() if text in words]


def test_practice_runs_side_by_side_and_says_so(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    assert states(page) == ["ready", "ready"]
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    assert states(page) == ["done", "done"]
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_test_id("stTable")).to_contain_text("Mixtral-8x7B-Instruct-v0.1")


def test_one_panel_stops_alone_and_a_reload_keeps_both(page: Page, keyed: Server, sandbox: Server) -> None:
    opened(page, keyed, f"/compare?{MODELS}")
    before = sandbox.chats()
    page.get_by_role("button", name="Run all").click()
    until(lambda: "writing" in states(page), "a panel writes")
    page.get_by_role("button", name="Stop", exact=True).first.click()
    until(lambda: "stopped" in states(page), "one panel stops")
    page.reload()
    settled(page)
    until(lambda: sorted(states(page)) == ["done", "stopped"], "both are there", 60)
    assert sandbox.chats() == before + 2


def test_a_link_opens_its_line_up_and_the_address_follows_it(page: Page, keyed: Server) -> None:
    opened(page, keyed, f"/compare?{MODELS}")
    heads = panel_heads(page)
    expect(heads).to_have_count(2)
    expect(heads.nth(1)).to_contain_text("DeepSeek")
    page.get_by_role("button", name="Add panel").click()
    expect(heads).to_have_count(3)
    until(lambda: page.url.count("DeepSeek") == 2, "the address names the third panel")


def test_compare_fits_a_phone(page: Page, plain: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_line_up_of_ones_own_outlives_a_reload_and_is_nobody_elses(
    page: Page, browser: Browser, keyed: Server
) -> None:
    opened(page, keyed, f"/compare?{MODELS}")
    page.get_by_role("button", name="Line-ups").click()
    name = page.get_by_role("textbox", name="Save this line-up as")
    name.fill("Mine: **fast** | <b>slow</b>")
    name.press("Enter")
    expect(page.get_by_text("Saved “Mine: **fast** | <b>slow</b>”.")).to_be_visible()
    page.reload()
    settled(page)
    page.get_by_role("button", name="Add panel").click()
    heads = panel_heads(page)
    expect(heads).to_have_count(3)
    page.get_by_role("button", name="Line-ups").click()
    page.get_by_role("button", name="Mine: **fast** | <b>slow</b>").click()
    expect(heads).to_have_count(2)
    expect(name).to_be_hidden()
    stranger = browser.new_context()
    other = opened(stranger.new_page(), keyed, "/compare")
    other.get_by_role("button", name="Line-ups").click()
    expect(other.get_by_role("textbox", name="Save this line-up as")).to_be_visible()
    expect(other.get_by_role("button", name="Mine:")).to_have_count(0)
    stranger.close()
