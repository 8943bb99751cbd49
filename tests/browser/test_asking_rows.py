"""Models asked about rows of the demo table in a real browser, from the first press to the score."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, opened, settled


def ask_view(page: Page, server: Server, *, max_tokens: int = 24) -> Page:
    """The view that asks, on the demo's notifications, with three rows and short answers set up."""
    opened(page, server, "/tables")
    page.get_by_role("button", name="Use demo table").click()
    view(page)
    page.get_by_role("button", name="Settings").last.click()
    for label, number in (("First rows", "3"), ("max_tokens", str(max_tokens))):
        field = page.get_by_role("spinbutton", name=label)
        field.fill(number)
        field.press("Enter")
        settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("The first 3 rows. 6 calls,")).to_be_visible()
    return page


def view(page: Page) -> None:
    page.get_by_role("radio", name="Ask the rows").click()
    expect(page.get_by_text("Prompt, sent once for each row")).to_be_visible()
    settled(page)


def test_local_and_a_simulated_model_are_asked_about_three_rows_and_a_reload_loses_nothing(
    page: Page, plain: Server
) -> None:
    ask_view(page, plain)
    page.get_by_role("button", name="Ask 6 cells").click()
    expect(page.get_by_text("Goes on when you leave the page.").or_(page.get_by_text("cells answered"))).to_be_visible()
    page.reload()
    settled(page)
    view(page)
    expect(page.get_by_text("6 of 6 cells answered")).to_be_visible(timeout=120_000)
    expect(
        page.get_by_text("Some answers are simulated").or_(page.get_by_text("Simulated practice")).first
    ).to_be_visible()
    expect(page.locator(".st-key-matrix_cell_2_1")).to_contain_text("total")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert [line["row"] for line in lines] == sorted(line["row"] for line in lines)
    assert [(line["origin"], line["state"] in ("done", "cut off")) for line in lines] == [
        ("real · local", True),
        ("simulated", True),
    ] * 3
    page.locator(".st-key-matrix_0_0_open button").click()
    expect(page.get_by_role("dialog")).to_contain_text("What was sent")


def test_an_answer_is_shown_as_the_text_it_is_and_fits_a_phone(page: Page, plain: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ask_view(page, plain, max_tokens=90)
    said = (
        ":material/home: :smile: www.e.example ann@e.example a -> b <img src=x onerror=y> ![i](http://e.example/i) $x$"
    )
    prompt = page.get_by_role("textbox", name="Prompt, sent once for each row")
    prompt.fill(f"Say {said} {{{{QMNUM}}}}")
    prompt.press("Control+Enter")
    settled(page)
    page.get_by_role("button", name="Ask 6 cells").click()
    expect(page.get_by_text("6 of 6 cells answered")).to_be_visible(timeout=120_000)
    cell = page.locator(".st-key-matrix_cell_0_1")
    assert said in cell.inner_text().replace("\u2060", "")
    assert cell.locator("[data-testid=stMarkdown] :is(a, img, [data-testid=stIconMaterial], .katex)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
