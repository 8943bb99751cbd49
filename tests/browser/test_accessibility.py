"""Every page, empty and filled: what axe-core finds, headings in order, words for what is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import STREAMLITS_OWN, Own, found
from tests.browser.conftest import Server, answer, ask, opened, pick, settled, temperature

Walk = Callable[[Page, Server], Iterator[str]]
_HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
    .filter(e => e.checkVisibility() && !e.closest('[role=dialog]')).map(e => Number(e.tagName[1]))"""
_UNNAMED = """() => [...document.querySelectorAll('img, [data-testid=stPlotlyChart], [data-testid=stDataFrame] canvas')]
    .filter(e => e.checkVisibility() && !(e.alt || e.ariaLabel || e.closest('[aria-label]')))
    .map(e => e.outerHTML.slice(0, 200))"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()


def popover(page: Page, name: str, holds: str) -> None:
    press(page, name)
    expect(page.get_by_text(holds).locator("visible=true").first).to_be_visible()


def plain_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def home(page: Page, server: Server) -> Iterator[str]:
    opened(page, server)
    yield "empty"
    press(page, "Verify")
    expect(page.get_by_test_id("stTable")).to_contain_text("HANA_HOST")
    yield "verified"


def chat(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/chat")
    yield "empty"
    pick(page, "Sandbox")
    ask(page, "What is a token?")
    expect(answer(page).get_by_text("done", exact=True)).to_be_visible(timeout=60_000)
    yield "answered"
    temperature(page)
    yield "with its settings open"
    page.keyboard.press("Escape")
    popover(page, "Figures", "wait")
    yield "with what figures mean"
    page.keyboard.press("Escape")
    press(page, "More")
    press(page, "View code")
    expect(page.get_by_role("dialog").filter(has_text="The same request as code")).to_be_visible()
    yield "with its code"


def completion(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/completion")
    yield "empty"
    press(page, "Try: Go on with a pattern")
    expect(page.get_by_role("heading", name="Token probabilities")).to_be_visible(timeout=60_000)
    yield "answered"


def compare(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/compare")
    yield "empty"
    press(page, "Run all")
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    yield "run"
    popover(page, "Change", "Settings of its own")
    yield "with a panel's settings open"
    page.keyboard.press("Escape")
    press(page, "Expand")
    expect(page.get_by_role("dialog")).to_contain_text("tokens/s")
    yield "with an answer by itself"


def models(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/models?models_endpoint=Sandbox&models_find=mixtral&models_view=Chart")
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    yield "as a chart"
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 50)
    expect(page.get_by_text("Ticked: Mixtral")).to_be_visible()
    page.get_by_text("Details", exact=True).first.click()
    expect(page.get_by_test_id("stTable")).to_be_visible()
    yield "with a selected row"


def tables(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/tables")
    yield "empty"
    page.get_by_role("radio", name="SAP HANA").click()
    expect(page.get_by_label("Host", exact=True)).to_be_visible()
    yield "with the form of a HANA"
    page.get_by_role("radio", name="Demo tables").click()
    press(page, "Use demo table")
    settled(page)
    press(page, "Embed")
    expect(page.get_by_text("1,500 rows by static-minilm")).to_be_visible()
    search = page.get_by_role("textbox", name="Search")
    search.fill("seal is dripping")
    search.press("Enter")
    expect(page.get_by_role("heading", name="By meaning")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    yield "searched"
    for view, holds in (("Ask the rows", "Prompt"), ("Take away", "Back to SAP HANA")):
        page.get_by_text(view, exact=True).first.click()
        expect(page.get_by_text(re.compile(f"^{holds}")).first).to_be_visible()
        yield view


def settings(page: Page, server: Server) -> Iterator[str]:
    opened(page, server, "/settings")
    yield "empty"
    page.get_by_text("Add an endpoint").first.click()
    yield "with the form of an endpoint"


@pytest.mark.parametrize("walk", [home, chat, completion, compare, models, tables, settings])
def test_a_page_has_no_finding_of_ours_in_either_theme(page: Page, plain: Server, walk: Walk) -> None:
    ours = []
    for state in walk(page, plain):
        ours += [f"{state}: {finding}" for finding in found(page) if finding.own is None]
        levels = page.evaluate(_HEADINGS)
        assert levels.count(1) == 1, (state, levels)
        assert all(level <= before + 1 for before, level in zip(levels, levels[1:], strict=False)), (state, levels)
        assert page.evaluate(_UNNAMED) == [], state
        if page.get_by_test_id("stPlotlyChart").count():
            assert page.locator("[data-testid=stTable], [data-testid=stDataFrame]").count(), state
    assert not ours, "\n".join(ours)


def test_what_a_comparison_draws_is_told_by_letters_and_stands_in_the_table_beside(page: Page, plain: Server) -> None:
    for state in compare(page, plain):
        if state == "run":
            break
    drawn = page.locator(".js-plotly-plot")
    expect(drawn).to_have_count(2)
    words = page.get_by_role("figure", name="Bars of").locator("text").all_text_contents()
    figures = {word.removesuffix(" written") for word in words if re.match("[A-Z][a-z]", word)}
    assert len(figures) >= 3
    table = page.get_by_test_id("stTable")
    assert figures <= {plain_spaces(head) for head in table.locator("th").all_text_contents()}
    for letter in "AB":
        expect(drawn.first.locator("text").filter(has_text=re.compile(f"^{letter}$"))).to_have_count(1)
        expect(table.get_by_text(re.compile(rf"^{letter}\b"))).to_have_count(1)


def test_what_the_models_chart_draws_stands_in_the_table_beside(page: Page, plain: Server) -> None:
    opened(page, plain, "/models?models_endpoint=Sandbox&models_view=Chart")
    chart = page.get_by_role("figure")
    expect(chart.locator(".point").first).to_be_attached()
    drawn = re.match(r"(\d+) models by (.+) and (.+); the table", str(chart.get_attribute("aria-label")))
    assert drawn is not None
    grid = page.get_by_test_id("stDataFrame").last.locator("[role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", str(int(drawn[1]) + 1))
    heads = {plain_spaces(head) for head in grid.locator("[role=columnheader]").all_text_contents()}
    assert {"Model", drawn[2], drawn[3]} <= heads


@pytest.mark.parametrize("known", STREAMLITS_OWN, ids=lambda known: known.rule)
def test_what_is_listed_as_streamlits_own_still_occurs(page: Page, plain: Server, known: Own) -> None:
    opened(page, plain, known.path)
    if known.focused is not None:
        page.get_by_role("button", name=known.focused).first.focus()
    assert known in [finding.own for finding in found(page)], "it is mended: take it off the list"
