"""Images, prompts, schemas and Continue in Chat, as a browser has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.answers.test_images import picture
from tests.browser.conftest import KEY, Server, answer, app_running, ask, opened, settled, setup_button, unfolded, until
from tests.test_schemas import TEXT


@pytest.fixture(scope="module")
def seeing(sandbox: Server) -> Iterator[Server]:
    """A key, and a default model that sees images."""
    with app_running(
        TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=f"{sandbox.url}/v1", TOGETHER_DEFAULT_MODEL="Qwen/Qwen3.5-9B"
    ) as server:
        yield server


def done(page: Page) -> None:
    expect(answer(page).get_by_text("done", exact=True).last).to_be_visible(timeout=60_000)
    settled(page)


def kept(page: Page, field: Locator, text: str) -> bool:
    """A field that has just opened may be drawn anew under somebody who types at once; the button tells."""
    field.fill(text)
    field.press("Control+Enter")
    settled(page)
    button = setup_button(page)
    return "changed" in button.inner_text()


def test_an_attached_picture_is_shown_from_the_page_itself_and_sent(page: Page, seeing: Server, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "pump.png"
    file.write_bytes(picture(size=(320, 240)))
    opened(page, seeing, "/chat")
    with page.expect_response(lambda reply: "upload_file" in reply.url and reply.request.method == "PUT"):
        page.get_by_test_id("stChatInput").locator("input[type=file]").set_input_files(file)
    expect(page.get_by_test_id("stChatInput")).to_contain_text("pump.png")
    ask(page, "What is this?")
    done(page)
    shown = page.get_by_test_id("stChatMessage").first.locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("pump.png (PNG, 320 × 240")
    assert [url for url in asked if not url.startswith((seeing.url, "data:", "blob:"))] == []


def test_the_box_of_models_names_who_is_asked_when_it_is_opened_after_an_answer(page: Page, seeing: Server) -> None:
    opened(page, seeing, "/chat")
    ask(page, "What is a token?")
    done(page)
    box = page.get_by_role("combobox", name="Model")
    unfolded(page, setup_button(page), box)
    expect(box).to_have_value(re.compile("Qwen3.5 9B"))


def test_a_prompt_is_kept_filled_in_and_taken_along_as_a_file(page: Page, seeing: Server) -> None:
    opened(page, seeing, "/chat")
    page.get_by_role("button", name="Prompts").click()
    page.get_by_text("Save a prompt").click()
    page.get_by_role("textbox", name="Name").fill("Explain")
    page.get_by_role("textbox", name="Text", exact=True).fill("What is a {{thing}}?")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("textbox", name="thing", exact=True).fill("token")
    page.get_by_text("As a file").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export all").click()
    assert json.loads(saved.value.path().read_bytes())["prompts"] == [
        {"title": "Explain", "text": "What is a {{thing}}?"}
    ]
    page.get_by_role("button", name="Make it the message").click()
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("What is a token?")
    page.get_by_role("button", name="Send", exact=True).click()
    done(page)


def test_an_answer_is_held_to_a_schema_and_says_that_it_fits(page: Page, seeing: Server) -> None:
    opened(page, seeing, "/chat")
    field = page.get_by_role("textbox", name="Answers as JSON of this schema")
    unfolded(page, setup_button(page), field)
    until(lambda: kept(page, field, TEXT), "schema that the page took over")
    page.keyboard.press("Escape")
    settled(page)
    ask(page, "Oil drips from the gearbox.")
    done(page)
    expect(answer(page)).to_contain_text("Fits the schema")


def test_an_answer_that_was_cut_off_goes_on_below_and_ends_as_one(page: Page, seeing: Server) -> None:
    opened(page, seeing, "/chat")
    number = page.get_by_role("spinbutton", name="max_tokens")
    unfolded(page, setup_button(page), number)
    number.fill("60")
    number.press("Enter")
    page.keyboard.press("Escape")
    settled(page)
    ask(page, "Explain how SAP HANA stores vectors, what a column store is, and which ports are used.")
    page.get_by_role("button", name="Continue").click(timeout=60_000)
    expect(answer(page)).to_contain_text("2 runs together", timeout=60_000)
    expect(answer(page)).to_contain_text("In 2 runs: cut off by max_tokens after")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)


@pytest.mark.parametrize("name", ["Conversations", "Prompts", "More"])
def test_what_opens_is_never_wider_than_a_phone(page: Page, seeing: Server, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, seeing, "/chat")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_test_id("stPopoverBody").locator("visible=true").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
