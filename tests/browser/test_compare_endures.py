"""Comparisons that take a while, in a real browser: over a broken network, twenty times, and on the local model."""

from __future__ import annotations

import re
from contextlib import suppress

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NotThere

from tests.browser.cable import cable
from tests.browser.conftest import Server, opened, panel_heads, settled, until
from tests.browser.test_compare import states

SLOW = "models=Together~meta-llama/Llama-2-70b-chat-hf,Together~deepseek-ai/DeepSeek-V4-Pro-0813"
QUICK = "models=Sandbox~Qwen/Qwen3.5-9B,Sandbox~mistralai/Mixtral-8x7B-Instruct-v0.1"
LONG = "Explain how SAP HANA stores tables and vectors, and what a column store is. Answer in ten sentences."
WATCH_FORECAST = """() => {
  window.forecasts = new Set();
  const look = () => {
    for (const line of document.querySelectorAll("p")) {
      if (line.innerText.includes("tokens in")) window.forecasts.add(line.innerText);
    }
    if (!document.querySelector("p")) window.forecasts.add("an empty page");
    requestAnimationFrame(look);
  };
  look();
}"""


def type_prompt(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Prompt")
    field.fill(text)
    field.press("Tab")
    settled(page)


def test_a_network_cut_of_five_seconds_costs_no_panel_its_answer(page: Page, keyed: Server, sandbox: Server) -> None:
    with cable(keyed.port) as line:
        page.goto(f"http://127.0.0.1:{line.port}/compare?{SLOW}")
        settled(page)
        type_prompt(page, LONG)
        before, hung_up = sandbox.chats(), sandbox.counts()["answers"]["hung_up"]
        page.get_by_role("button", name="Run all").click()
        until(lambda: states(page) == ["writing", "writing"], "both write")
        line.cut()
        page.wait_for_timeout(5_000)
        line.mend()
        until(lambda: states(page) == ["done", "done"], "both end", 60)
        expect(page.get_by_text("One run of each.")).to_be_visible()
    assert sandbox.chats() == before + 2
    assert sandbox.counts()["answers"]["hung_up"] == hung_up
    expect(panel_heads(page)).to_have_count(2)


def test_twenty_repeats_end_with_a_sentence_and_leave_the_forecast_alone(page: Page, plain: Server) -> None:
    opened(page, plain, f"/compare?{QUICK}")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("spinbutton", name="max_tokens").fill("12")
    page.get_by_role("spinbutton", name="max_tokens").press("Enter")
    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("radio", name="20", exact=True).click()
    expect(page.get_by_text("40 calls · simulated")).to_be_visible()
    page.evaluate(WATCH_FORECAST)
    page.get_by_role("button", name="Run repeats").click()
    expect(page.get_by_text(re.compile(r"\d+ of 20 rounds"))).to_be_visible()
    expect(page.get_by_text("20 rounds of")).to_be_visible(timeout=60_000)
    sentences = page.get_by_role("listitem").filter(has_text="Simulated practice: ")
    expect(sentences).to_have_count(3)
    expect(sentences.filter(has_text="n = 20")).to_have_count(3)
    settled(page)
    assert len(page.evaluate("[...window.forecasts]")) == 1


def test_local_at_two_temperatures_stops_one_and_a_reload_keeps_both(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Line-ups").click()
    page.get_by_role("button", name="Local at temperature").click()
    settled(page)
    expect(panel_heads(page)).to_have_count(2)
    type_prompt(page, "Tell a long story about a lighthouse.")
    until(lambda: stopped_while_writing(page), "the first stops", 120)
    until(lambda: states(page) in (["stopped", "done"], ["stopped", "cut off"]), "the second goes on to its end", 60)
    settled(page)
    kept = panels(page)
    page.reload()
    settled(page)
    until(lambda: panels(page) == kept, "both are there")
    assert states(page)[:1] == ["stopped"]


def stopped_while_writing(page: Page) -> bool:
    """How much Local writes is left to chance: where the first answer ends by itself, both are asked again."""
    page.get_by_role("button", name="Run all").click()
    until(lambda: states(page)[:1] == ["writing"], "the first writes")
    with suppress(NotThere):
        page.get_by_role("button", name="Stop", exact=True).first.click(timeout=2_000)
    until(lambda: not {"waiting", "writing"} & set(states(page)[:1]), "the first ends", 60)
    return states(page)[:1] == ["stopped"]


def panels(page: Page) -> str:
    """What stands in the panels: texts, figures and states."""
    return page.get_by_test_id("stGrid").first.inner_text()
