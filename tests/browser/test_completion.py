"""Completion in a real browser: the text streams and endures, and tokens tell their probability and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import KEY, Server, app_running, opened, settled, until
from tests.faults.server import DONE, FaultServer, Peer, event

PROMPT = "Explain how SAP HANA stores vectors, what a column store is, and which ports are used."
FOREIGN = "http://evil.example"
HOSTILE = (
    "\n    indented\ttab",
    f' "><img src={FOREIGN}/a.png onerror=alert(1)>',
    f"![alert]({FOREIGN}/b.png) $x$ :material/star: -> **bold**",
    f"<style>body{{background:url({FOREIGN}/c.png)}}</style>",
    "\u202egnp.exe",
    "",
)


SLOWLY = "Slowly: one, two,"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultServer]:
    """Continues every prompt with tokens that would like to be more than text; one with SLOWLY it never ends."""
    content = [
        {"token": token, "logprob": math.log(0.3), "top_logprobs": [{"token": f'"{token}\n', "logprob": -1.0}]}
        for token in HOSTILE
    ]
    choice = {"index": 0, "text": "".join(HOSTILE), "finish_reason": "stop", "logprobs": {"content": content}}
    begun = {"index": 0, "text": " three,", "finish_reason": None}

    def behave(peer: Peer) -> None:
        while b"/models" in (asked := peer.request()).split(b"\r\n")[0]:
            peer.answer(json.dumps([{"id": "evil/model", "type": "language"}]).encode())
        peer.start_stream()
        if SLOWLY.encode() in asked:
            peer.send(event({"id": "a", "model": "evil/model", "choices": [begun]}))
            peer.wait_until_gone()
        else:
            peer.send(event({"id": "a", "model": "evil/model", "choices": [choice]}) + DONE)

    with FaultServer((behave,)) as server:
        yield server


@pytest.fixture(scope="module")
def hostile(endpoint: FaultServer) -> Iterator[Server]:
    with app_running(
        TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=endpoint.url, TOGETHER_DEFAULT_MODEL="evil/model"
    ) as server:
        yield server


def panel(page: Page) -> Locator:
    """What the continuation stands in."""
    return page.get_by_test_id("stCode").first


def written(page: Page) -> str:
    return str(panel(page).locator("code").inner_text()).replace("▍", "")


def state(page: Page, word: str) -> None:
    expect(page.get_by_text(word, exact=True).locator("visible=true").first).to_be_visible(timeout=60_000)


def complete(page: Page, prompt: str = PROMPT) -> None:
    page.get_by_role("textbox", name="Prompt").fill(prompt)
    page.get_by_role("button", name="Complete").click()


def started(page: Page, keyed: Server, sandbox: Server) -> int:
    """Completes in a browser of its own; returns how many completions the endpoint had seen before."""
    opened(page, keyed, "/completion")
    before = completions(sandbox)
    complete(page)
    state(page, "writing")
    until(lambda: len(written(page)) > 20, "text to look at")
    return before


def completions(sandbox: Server) -> int:
    return int(sandbox.counts()["requests"].get("/v1/completions", 0))


def test_a_continuation_that_is_being_written_survives_a_reload_and_another_page(
    page: Page, keyed: Server, sandbox: Server
) -> None:
    before = started(page, keyed, sandbox)
    so_far = written(page)[:20]
    page.reload()
    settled(page)
    assert written(page).startswith(so_far)
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value(PROMPT)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Together Playground")).to_be_visible()
    page.get_by_role("link", name="Completion").click()
    state(page, "done")
    assert written(page).startswith(so_far)
    assert completions(sandbox) == before + 1


def test_stop_keeps_the_text_and_append_and_go_on_sends_the_longer_prompt(
    page: Page, hostile: Server, endpoint: FaultServer
) -> None:
    opened(page, hostile, "/completion")
    complete(page, SLOWLY)
    for times in (1, 2):
        expect(panel(page)).to_contain_text(" three,")
        page.get_by_role("button", name="Stop").click()
        state(page, "stopped")
        assert written(page) == " three,"
        page.get_by_role("button", name="Append and go on").click()
        expect(page.get_by_role("textbox", name="Prompt")).to_have_value(SLOWLY + times * " three,")
    until(lambda: sum(SLOWLY.encode() in asked for asked in endpoint.requests) == 3, "the longer prompts are sent")
    page.get_by_role("button", name="Stop").click()
    state(page, "stopped")
    assert (SLOWLY + 2 * " three,").encode() in endpoint.requests[-1]


def test_what_one_person_completes_another_browser_does_not_see(
    page: Page, browser: Browser, keyed: Server, sandbox: Server
) -> None:
    started(page, keyed, sandbox)
    stranger = browser.new_context()
    other = opened(stranger.new_page(), keyed, "/completion")
    expect(other.get_by_text("Nothing completed yet")).to_be_visible()
    expect(other.get_by_role("textbox", name="Prompt")).to_have_value("")
    stranger.close()


def test_the_probabilities_of_local_show_on_hover_and_as_the_weight_of_a_line(page: Page, plain: Server) -> None:
    opened(page, plain, "/completion")
    page.get_by_role("button", name="Two ways to go on").click()
    expect(page.get_by_text("Token probabilities")).to_be_visible(timeout=60_000)
    settled(page)
    tokens = page.get_by_test_id("stHtml").locator("span")
    expect(tokens.first).to_be_visible()
    shown = [(token.get_attribute("title"), line(token)) for token in tokens.all()]
    assert len(shown) > 5
    for title, width_px in shown:
        assert title is not None
        assert width_px in widths(percent_of(title))


def line(token: Locator) -> int:
    return round(float(str(token.evaluate("span => getComputedStyle(span).borderBottomWidth")).removesuffix("px")))


def percent_of(title: str) -> float:
    """Of ·and 14 %; else …"""
    return float(title.split("; else")[0].split("\u202f")[0].split()[-1])


def widths(percent: float) -> set[int]:
    """Of a share that is shown rounded."""
    return {sum(share < bound for bound in (90, 50, 20, 5)) for share in (percent - 0.5, percent + 0.5)}


def test_nothing_that_a_token_holds_becomes_more_than_text(page: Page, hostile: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    opened(page, hostile, "/completion")
    page.locator(".st-key-completion_setup button").locator("visible=true").first.click()
    page.get_by_role("spinbutton", name="logprobs").fill("3")
    page.get_by_role("spinbutton", name="logprobs").press("Enter")
    settled(page)
    page.keyboard.press("Escape")
    complete(page)
    state(page, "done")
    expect(page.get_by_text("Token probabilities")).to_be_visible()
    assert panel(page).locator("code").evaluate("code => code.textContent") == "".join(HOSTILE)
    marked = page.get_by_test_id("stHtml").locator("span")
    expect(marked).to_have_count(len(HOSTILE))
    assert marked.last.inner_text() == "(end)"
    assert "\u202e" not in page.get_by_test_id("stHtml").inner_text()
    assert page.locator("[data-testid=stMain] img, [data-testid=stMain] style").count() == 0
    assert [url for url in asked if url.startswith((FOREIGN, "dialog"))] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window(page: Page, plain: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, plain, "/completion")
    page.get_by_role("button", name="Two ways to go on").click()
    expect(page.get_by_text("Token probabilities")).to_be_visible(timeout=60_000)
    settled(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    for box in (panel(page), page.get_by_test_id("stHtml").first, page.get_by_test_id("stDataFrame").first):
        place = box.bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width


def test_the_way_to_chat_takes_prompt_and_model_along_and_sends_nothing(
    page: Page, keyed: Server, sandbox: Server
) -> None:
    opened(page, keyed, "/completion")
    before = sandbox.chats()
    page.get_by_role("textbox", name="Prompt").fill(PROMPT)
    page.get_by_role("button", name="Ask it in Chat").click()
    expect(page.get_by_role("textbox", name="Your message")).to_have_value(PROMPT)
    expect(page).to_have_url(f"{keyed.url}/chat")
    assert sandbox.chats() == before
