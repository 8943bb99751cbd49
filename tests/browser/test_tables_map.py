"""Search, map and selection in a real browser: what a click, a box and a phone do."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, opened, settled, until

PATIENCE_MS = 60_000


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()
    settled(page)


def embedded(page: Page, app: Server) -> None:
    opened(page, app, "/tables")
    press(page, "Use demo table")
    expect(page.get_by_role("textbox", name="Text of a row")).to_have_value("{QMTXT}: {LTXT}")
    press(page, "Embed")
    expect(page.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible(timeout=PATIENCE_MS)
    settled(page)


def search(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Search")
    field.fill(text)
    field.press("Enter")
    expect(page.get_by_role("heading", name="By meaning")).to_be_visible()
    settled(page)


def middle(page: Page, number: int) -> tuple[float, float]:
    """Of the number-th point of the first trace, where the window shows it."""
    point = page.locator(".js-plotly-plot .scatterlayer .trace").first.locator(".points path").nth(number)
    # A chart that is just drawn anew has the point, but no place for it yet.
    box = until(point.bounding_box, "point of the map")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def in_sight(page: Page) -> None:
    """While it is drawn anew there are two charts for a moment."""
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    page.evaluate("document.querySelector('.js-plotly-plot')?.scrollIntoView({block: 'center'})")


def test_rows_found_by_meaning_are_selected_and_compared_with_what_is_sent_in_sight(page: Page, plain: Server) -> None:
    embedded(page, plain)
    search(page, "seal is dripping")
    press(page, "Select these 10")
    expect(page.get_by_role("heading", name="10 selected")).to_be_visible()
    press(page, "Compare on these rows")
    expect(page.get_by_text("10 rows of ZDEMO_NOTIFICATION")).to_be_visible()
    assert "ZDEMO" not in page.url
    press(page, "What is sent")
    sent = page.get_by_test_id("stCode").filter(has_text="ROWS-")
    expect(sent).to_contain_text("Oil is leaking out where the shaft enters the housing")
    assert "seal is dripping" not in sent.inner_text()
    page.reload()
    settled(page)
    expect(page.get_by_text("10 rows of ZDEMO_NOTIFICATION")).to_be_visible()
    press(page, "Remove")
    expect(page.get_by_text("10 rows of ZDEMO_NOTIFICATION")).to_have_count(0)


def test_a_click_looks_at_one_row_and_a_box_selects_many(page: Page, plain: Server) -> None:
    embedded(page, plain)
    in_sight(page)
    page.mouse.move(*middle(page, 5))
    expect(page.locator(".js-plotly-plot .hoverlayer text").first).to_be_visible()
    page.mouse.click(*middle(page, 5))
    expect(page.get_by_text("Nearest rows")).to_be_visible()
    page.get_by_role("radio", name="box").click()
    settled(page)
    in_sight(page)
    x, y = middle(page, 0)
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    page.mouse.move(x + 40, y + 40, steps=4)
    page.mouse.up()
    selected = page.get_by_role("heading", name="selected", exact=False)
    expect(selected).to_have_text(
        until(
            lambda: next((text for text in selected.all_inner_texts() if text[:1].isdigit()), None), "rows are selected"
        )
    )
    search(page, "noisy equipment")
    expect(selected).to_contain_text("selected")
    page.reload()
    settled(page)
    expect(page.get_by_role("textbox", name="Search")).to_have_value("noisy equipment")
    expect(page.get_by_text("Nearest rows")).to_be_visible()


def test_search_and_map_fit_a_phone(page: Page, plain: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    embedded(page, plain)
    search(page, "seal is dripping")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    meaning, words = (page.get_by_role("heading", name=name).bounding_box() for name in ("By meaning", "By words"))
    assert meaning is not None
    assert words is not None
    assert (words["x"], words["y"] > meaning["y"]) == (meaning["x"], True)
