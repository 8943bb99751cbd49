"""The pages without a mouse: every control is reached, seen when it is, and what is asked does what it says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ElementHandle, Page, expect

from tests.browser.axe import stand_still
from tests.browser.conftest import Server, answer, opened, panel_heads, settled, until
from tests.browser.test_compare import MODELS, states

MOST_STOPS = 80
_ACTIVE = "() => { window.reached ??= new Set(); reached.add(document.activeElement); return document.activeElement; }"
# Of a group of radios one is reached, and arrows go on from there.
_MISSED = """() => [...document.querySelectorAll('button, input, textarea, a[href], [role=combobox], [tabindex="0"]')]
    .filter(e => !e.disabled && e.tabIndex >= 0 && e.role !== 'radio' && !reached.has(e)
        && e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .map(e => e.outerHTML.slice(0, 200))"""
# Of a control of the page itself; the page can be scrolled by keys, so Tab stops at it as a whole too.
_NAME = """() => {
    const {tagName, ariaLabel, innerText} = document.activeElement;
    const elsewhere = tagName === 'MAIN' || document.activeElement.closest('[data-testid=stSidebar]');
    return elsewhere ? '' : ariaLabel ?? innerText;
}"""
# A grid paints its focused cell, a frame after it got or lost the focus.
_UNSEEN = """async element => {
    const root = element.closest('[data-testid=stElementContainer], [data-testid=stBottom] form, li') ?? element;
    const look = () => [root, ...root.querySelectorAll('*')].map(e => {
        const {outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor} = getComputedStyle(e);
        const painted = e.tagName === 'CANVAS' ? e.toDataURL() : '';
        return [outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor, painted].join();
    }).join('|');
    const focused = look();
    element.blur();
    for (let frame = 0; frame < 30 && look() === focused; frame++) await new Promise(requestAnimationFrame);
    const unseen = look() === focused;
    element.focus();
    return unseen ? element.outerHTML.slice(0, 200) : '';
}"""


def stop(page: Page) -> ElementHandle | None:
    """Where one press of Tab leads; None after the last control."""
    page.keyboard.press("Tab")
    element = page.evaluate_handle(_ACTIVE).as_element()
    return None if element is None or element.evaluate("e => e === document.body") else element


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Goes to the next control of the page itself with name in its own."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if name in page.evaluate(_NAME):
            return
    raise AssertionError(f"{name} is not reached")


@pytest.mark.parametrize("path", ["/", "/chat", "/compare", "/completion", "/models", "/tables", "/settings"])
def test_tab_reaches_every_control_and_shows_where_it_is(page: Page, plain: Server, path: str) -> None:
    opened(page, plain, path)
    stand_still(page)
    unseen, stops = [], 0
    while (element := stop(page)) is not None and (stops := stops + 1) < MOST_STOPS:
        if element.evaluate("e => e.tagName === 'MAIN'"):
            continue
        unseen.append(element.evaluate(_UNSEEN))
    assert 10 < stops < MOST_STOPS
    assert page.evaluate(_MISSED) == []
    assert [html for html in unseen if html] == []


def test_a_question_is_asked_and_stopped_without_a_mouse(page: Page, keyed: Server, sandbox: Server) -> None:
    opened(page, keyed, "/chat?endpoint=Together&model=openai/gpt-oss-120b")
    hung_up = sandbox.counts()["answers"]["hung_up"]
    tab_to(page, "Ask anything")
    page.keyboard.type("Explain how SAP HANA stores vectors, what a column store is, and which ports are used.")
    page.keyboard.press("Enter")
    expect(answer(page).get_by_text("writing", exact=True)).to_be_visible()
    tab_to(page, "Stop", back=True)
    page.keyboard.press("Space")
    until(lambda: sandbox.counts()["answers"]["hung_up"] == hung_up + 1, "the endpoint sees the hang-up", 5)
    expect(answer(page).get_by_text("stopped", exact=True)).to_be_visible()


def test_a_line_up_is_asked_and_one_panel_stopped_without_a_mouse(page: Page, keyed: Server) -> None:
    opened(page, keyed, f"/compare?{MODELS}")
    tab_to(page, "Prompt")
    page.keyboard.press("Control+A")
    page.keyboard.type("Which ports are used, and how are vectors stored?")
    page.keyboard.press("Control+Enter")
    settled(page)
    tab_to(page, "Run all")
    page.keyboard.press("Enter")
    until(lambda: "writing" in states(page), "a panel writes")
    tab_to(page, "Stop all")
    page.keyboard.press("Enter")
    until(lambda: "stopped" in states(page) and "writing" not in states(page), "nothing is written any more")
    expect(panel_heads(page)).to_have_count(2)


def test_a_menu_opens_and_closes_by_keys_and_gives_the_focus_back(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    tab_to(page, "Settings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="System prompt")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="System prompt")).to_be_hidden()
    assert "Settings" in page.evaluate(_NAME)


def test_a_model_is_ticked_and_taken_to_chat_without_a_mouse(page: Page, plain: Server) -> None:
    opened(page, plain, "/models?models_endpoint=Sandbox&models_find=mixtral")
    tab_to(page, "Fullscreen")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text("Ticked: Mixtral")).to_be_visible()
    expect(page.get_by_role("button", name="Chat with selected")).to_be_enabled()
    settled(page)
    tab_to(page, "Chat with selected")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/chat\?endpoint=Sandbox&model=mistralai"))
