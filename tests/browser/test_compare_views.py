"""What can be done with answers that stand there: read them as they came, by themselves, and word against word."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, opened, panel_heads, settled


def test_raw_expanded_and_word_by_word(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_text("Raw", exact=True).last.click()
    expect(page.get_by_test_id("stCode")).to_be_visible()
    page.get_by_text("Word diff").click()
    expect(page.locator("del", has_text="only in A")).to_be_visible()
    expect(page.get_by_text(" words in both, ")).to_be_visible()
    page.get_by_role("button", name="Expand").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("tokens/s")
    expect(dialog).to_contain_text("Simulated")
    dialog.get_by_text("Raw", exact=True).click()
    expect(dialog.get_by_test_id("stCode")).to_be_visible()


def test_a_further_question_goes_to_one_panel_or_to_all(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    settled(page)
    field = page.get_by_role("textbox", name="Follow-up question")
    field.fill("And what is a row store?")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("1 earlier turn")).to_have_count(2)
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    expect(field).to_have_value("")
    page.get_by_role("combobox", name="To").click()
    page.get_by_role("option", name="B").click()
    field.fill("Name one.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("2 earlier turns")).to_have_count(1)
    expect(page.get_by_text("The panels were last asked different things")).to_be_visible(timeout=60_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    expect(page.get_by_test_id("stTable")).to_contain_text("Name one.")


def test_the_first_panel_added_stays(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Add panel").click()
    expect(panel_heads(page)).to_have_count(3)
    settled(page)
    expect(panel_heads(page)).to_have_count(3)
