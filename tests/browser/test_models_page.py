"""What only a browser shows of the Models page: its address, ticking rows, a check that comes back by itself."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import KEY, Server, opened, settled, setup_button

OSS = "openai/gpt-oss-120b"
_BOX_PX, _HEAD_PX, _ROW_PX = 18, 33, 33


def search(page: Page, words: str) -> None:
    page.get_by_placeholder("Name, id or organization").fill(words)
    expect(page).to_have_url(re.compile("models_find=" + words.split()[0]))
    settled(page)


def tick(page: Page, row: int) -> None:
    """Rows count from 0; the table is a canvas."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + _BOX_PX, box["y"] + _HEAD_PX + _ROW_PX * row + _ROW_PX / 2)
    settled(page)


def test_filters_stand_in_the_address_and_survive_other_pages_and_a_link(page: Page, plain: Server) -> None:
    opened(page, plain, "/models")
    search(page, "mixtral")
    page.get_by_role("combobox", name="Endpoint").click()
    page.get_by_role("option", name="Sandbox").click()
    expect(page.get_by_text(re.compile("^1 of"))).to_be_visible()
    expect(page).to_have_url(re.compile("models_endpoint=Sandbox"))
    page.keyboard.press("Escape")
    address = page.url
    page.get_by_role("link", name="Chat", exact=True).click()
    settled(page)
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_text(re.compile("^1 of"))).to_be_visible()
    for name in ("models_find=mixtral", "models_endpoint=Sandbox"):
        expect(page).to_have_url(re.compile(name))
    other = page.context.new_page()
    other.goto(address)
    expect(other.get_by_text(re.compile("^1 of"))).to_be_visible()


def test_a_ticked_model_stays_ticked_and_opens_in_chat(page: Page, plain: Server) -> None:
    opened(page, plain, "/models?models_endpoint=Sandbox&models_find=mixtral")
    expect(page.get_by_role("button", name="Chat with selected")).to_be_disabled()
    tick(page, 0)
    expect(page.get_by_text("Ticked: Mixtral")).to_be_visible()
    search(page, "deepseek")
    expect(page.get_by_text("hidden by the filters")).to_be_visible()
    search(page, "mixtral")
    expect(page.get_by_text("hidden by the filters")).to_have_count(0)
    page.get_by_role("button", name="Chat with selected").click()
    expect(page).to_have_url(re.compile(r"/chat\?endpoint=Sandbox&model=mistralai"))
    expect(setup_button(page)).to_contain_text("Mixtral")
    page.reload()
    expect(setup_button(page)).to_contain_text("Mixtral")


def test_two_ticked_models_open_in_compare_in_the_order_of_ticking(page: Page, plain: Server) -> None:
    opened(page, plain, "/models?models_endpoint=Sandbox&models_find=qwen")
    tick(page, 1)
    expect(page.get_by_text(re.compile("^Ticked: Qwen3.6"))).to_be_visible()
    tick(page, 0)
    expect(page.get_by_text(re.compile("^Ticked: Qwen3.6.* · Qwen3.5"))).to_be_visible()
    page.get_by_role("button", name="Compare selected").click()
    expect(page).to_have_url(re.compile(r"/compare\?models=Sandbox~Qwen.*3\.6.*Sandbox~Qwen.*3\.5"))


def test_a_check_comes_back_by_itself_costs_one_token_and_is_observed(
    page: Page, keyed: Server, sandbox: Server
) -> None:
    opened(page, keyed, f"/models?models_endpoint=Together&models_find={OSS}")
    asked = sandbox.chats()
    tick(page, 0)
    expect(page.get_by_text(re.compile(r"Asks for one token: at most \$0\.0000\d+\."))).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text(re.compile(r"Answered at \d\d:\d\d UTC, after [\d.]+"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"Observed here: wait [\d.]+.s \(n = 1\)"))).to_be_visible()
    assert sandbox.chats() == asked + 1
    assert KEY not in page.content()


def test_the_table_can_be_taken_along(page: Page, plain: Server, tmp_path: Path) -> None:
    opened(page, plain, "/models?models_endpoint=Sandbox")
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    download.value.save_as(tmp_path / "models.csv")
    with (tmp_path / "models.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["origin"] for row in rows} == {"simulated"}
    assert {row["observed_wait_n"] for row in rows} == {"0"}


def test_chart_and_workload_fit_a_phone(page: Page, plain: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, plain, "/models?models_view=Chart")
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    for view in ("Workload", "Details", "Chart"):
        page.get_by_text(view, exact=True).first.click()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
