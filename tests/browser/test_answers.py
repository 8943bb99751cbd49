"""An answer that is being written survives whatever happens to the page, and is asked for once."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.cable import cable
from tests.browser.conftest import Server, answer, ask, opened, pick, settled, temperature, until

QUESTION = "Explain how SAP HANA stores vectors, what a column store is, and which ports are used."
FIGURES = ("wait", "total", "tokens/s", "tokens", "cost", "state")


def done(page: Page) -> None:
    expect(answer(page).get_by_text("done", exact=True)).to_be_visible(timeout=60_000)


def writing(page: Page) -> str:
    """Waits until there is text and the answer is not complete; returns the text so far."""
    expect(answer(page).get_by_text("writing", exact=True)).to_be_visible(timeout=60_000)
    return str(until(lambda: text_of(page), "text to look at"))


def text_of(page: Page) -> str:
    """What the model wrote: the long paragraphs, without the line that names it."""
    parts = answer(page).locator("[data-testid=stMarkdownContainer] > p").all_inner_texts()
    return " ".join(part for part in parts if len(part) > 40 and " · " not in part).replace("▍", "")


def started(page: Page, keyed: Server, sandbox: Server) -> int:
    """Asks in a browser of its own; returns how many chats the endpoint had seen before."""
    opened(page, keyed, "/chat")
    before = sandbox.chats()
    ask(page, QUESTION)
    writing(page)
    return before


def test_a_starter_answers_on_the_local_model(page: Page, plain: Server) -> None:
    opened(page, plain)
    page.get_by_role("button", name="Ask", exact=True).first.click()
    done(page)
    expect(answer(page)).to_contain_text("real · local, 135 M parameters, often wrong")
    for label in FIGURES:
        expect(answer(page).get_by_text(label, exact=True).locator("visible=true")).to_be_visible()
    expect(answer(page)).to_contain_text("free")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("1 answer · nothing spent")


def test_a_question_that_the_notes_answer_shows_the_notes(page: Page, plain: Server) -> None:
    opened(page, plain, "/chat")
    ask(page, "Which port does HANA Cloud use?")
    done(page)
    expect(answer(page)).to_contain_text("From the notes that come with the playground")
    expect(answer(page)).to_contain_text("443")


def test_a_simulated_model_is_marked_wherever_its_answer_stands(page: Page, plain: Server) -> None:
    opened(page, plain, "/chat")
    pick(page, "Sandbox")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Simulated")
    ask(page, "What is a token?")
    done(page)
    expect(answer(page).get_by_text("Simulated").locator("visible=true").first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("1 answer · nothing spent")


def test_stop_keeps_the_text_and_hangs_up(page: Page, keyed: Server, sandbox: Server) -> None:
    started(page, keyed, sandbox)
    hung_up = sandbox.counts()["answers"]["hung_up"]
    so_far = text_of(page)
    page.get_by_role("button", name="Stop").click()
    until(lambda: sandbox.counts()["answers"]["hung_up"] == hung_up + 1, "the endpoint sees the hang-up", 3)
    expect(answer(page).get_by_text("stopped", exact=True)).to_be_visible()
    assert so_far[:40] in text_of(page)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_a_reload_finds_the_answer_again(page: Page, keyed: Server, sandbox: Server) -> None:
    before = started(page, keyed, sandbox)
    so_far = text_of(page)
    page.reload()
    settled(page)
    assert so_far[:40] in text_of(page)
    done(page)
    assert sandbox.chats() == before + 1


def test_leaving_the_page_and_coming_back_loses_nothing(page: Page, keyed: Server, sandbox: Server) -> None:
    before = started(page, keyed, sandbox)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Together Playground")).to_be_visible()
    page.get_by_role("link", name="Chat").click()
    done(page)
    assert sandbox.chats() == before + 1


def test_touching_another_widget_disturbs_nothing(page: Page, keyed: Server, sandbox: Server) -> None:
    before = started(page, keyed, sandbox)
    temperature(page).fill("0.5")
    page.get_by_role("spinbutton", name="temperature").press("Enter")
    page.keyboard.press("Escape")
    done(page)
    assert sandbox.chats() == before + 1


def test_a_second_tab_shows_the_same_answer_and_another_browser_does_not(
    page: Page, browser: Browser, keyed: Server, sandbox: Server
) -> None:
    before = started(page, keyed, sandbox)
    second = opened(page.context.new_page(), keyed, "/chat")
    done(second)
    stranger = browser.new_context()
    expect(opened(stranger.new_page(), keyed, "/chat").get_by_text("Nothing asked yet")).to_be_visible()
    stranger.close()
    assert sandbox.chats() == before + 1


def test_a_network_cut_of_five_seconds_is_survived(page: Page, keyed: Server, sandbox: Server) -> None:
    with cable(keyed.port) as line:
        page.goto(f"http://127.0.0.1:{line.port}/chat")
        settled(page)
        before = sandbox.chats()
        ask(page, QUESTION)
        writing(page)
        line.cut()
        page.wait_for_timeout(5_000)
        line.mend()
        done(page)
    assert sandbox.chats() == before + 1
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)


def test_again_adds_a_version_and_edit_can_be_taken_back(page: Page, plain: Server) -> None:
    opened(page, plain)
    page.get_by_role("button", name="Ask", exact=True).first.click()
    done(page)
    page.get_by_role("button", name="Again").click()
    expect(answer(page)).to_contain_text("2 of 2", timeout=60_000)
    page.get_by_role("button", name="Earlier version").click()
    expect(answer(page)).to_contain_text("1 of 2")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Your message")).to_have_value(re.compile("lift 7"))
    page.get_by_role("button", name="Cancel").click()
    expect(answer(page)).to_contain_text("1 of 2")
