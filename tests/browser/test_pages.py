"""What only a browser shows: what the pages fetch, how they fit, and what they say before anything is asked."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import KEY, Server, answer, app_running, ask, opened, pick, settled

FOREIGN = "http://evil.example"
HOSTILE = (
    "Before ![ale",
    f"rt]({FOREIGN}/a.png?d=1) ![x][r] <img src={FOREIGN}/b.png> <script>fetch('{FOREIGN}/c')</script>\n\n",
    f"[r]: {FOREIGN}/d.png\n\n[click](javascript:alert(1)) and $5 or $10.\n\n",
    f"<style>body{{background:url({FOREIGN}/e.png)}}</style> <div>\n```\n![y]({FOREIGN}/f.png)\n```\n after",
)


@pytest.fixture(scope="session")
def hostile() -> Iterator[Server]:
    """An endpoint whose model writes what must not be obeyed, and settings that cannot be right."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("application/json", json.dumps([{"id": "evil/model", "type": "chat"}]))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            events = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in HOSTILE]
            events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self._reply("text/event-stream", "".join(f"data: {json.dumps(e)}\n\n" for e in events) + "data: [DONE]\n\n")

        def _reply(self, content_type: str, body: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever, daemon=True)
        thread.start()
        with app_running(
            TOGETHER_API_KEY=KEY,
            TOGETHER_BASE_URL=f"http://127.0.0.1:{endpoint.server_port}/v1",
            TOGETHER_DEFAULT_MODEL="evil/model",
            TOGETHER_TIMEOUT="fast",
        ) as server:
            yield server
        endpoint.shutdown()
        thread.join(5)


def test_nothing_in_an_answer_makes_the_browser_fetch_or_run_anything(page: Page, hostile: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    opened(page, hostile, "/chat")
    ask(page, f"My own text: ![x]({FOREIGN}/mine.png)")
    expect(answer(page).get_by_text("done", exact=True)).to_be_visible()
    expect(answer(page)).to_contain_text("[image removed: alert]")
    expect(answer(page)).to_contain_text("$5 or $10")
    assert [url for url in asked if "evil.example" in url] == []
    assert page.locator("a[href^='javascript']").count() == 0


def test_a_setting_that_cannot_be_right_is_said_on_screen_and_on_the_console(page: Page, hostile: Server) -> None:
    sentence = "TOGETHER_TIMEOUT in the environment is 'fast': it is not a number of seconds."
    for path in ("/", "/chat"):
        expect(opened(page, hostile, path).get_by_test_id("stAlert").first).to_contain_text(
            re.compile("TOGETHER_TIMEOUT.*fast.*not a number of seconds")
        )
    assert "TOGETHER_TIMEOUT" in hostile.console
    assert "not a number of seconds" in hostile.console
    assert KEY not in hostile.console, sentence


@pytest.mark.parametrize("path", ["/", "/chat"])
def test_a_page_loads_from_its_own_server_only_and_without_plotly(page: Page, plain: Server, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, plain, path)
    assert [url for url in asked if not url.startswith((plain.url, "data:", "blob:"))] == []
    assert [url for url in asked if "plotly" in url.lower()] == []


@pytest.mark.parametrize("path", ["/", "/chat"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_never_wider_than_the_screen(page: Page, plain: Server, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, plain, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_deep_link_into_the_app_passes_through_its_shell(page: Page, plain: Server) -> None:
    opened(page, plain, "/chat")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("the small model on this machine answers")
    expect(page.get_by_role("link", name="Home")).to_be_visible()


def test_a_retired_default_is_said_before_any_call_and_replaced_in_one_click(
    page: Page, keyed: Server, sandbox: Server
) -> None:
    before = sandbox.chats()
    opened(page, keyed)
    expect(page.get_by_test_id("stAlert")).to_contain_text("left the serverless offer on 22 October 2026")
    opened(page, keyed, "/chat")
    expect(page.get_by_test_id("stAlert")).to_contain_text("left the serverless offer")
    assert sandbox.chats() == before
    page.get_by_role("button", name=re.compile("^Use ")).first.click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    settled(page)
    ask(page, "What is a token?")
    expect(answer(page)).to_contain_text("real · Together")
    assert sandbox.chats() == before + 1


def test_a_simulated_default_endpoint_is_said_in_the_head_of_every_page(page: Page, plain: Server) -> None:
    opened(page, plain, "/chat")
    pick(page, "Sandbox")
    expect(
        page.get_by_test_id("stMainBlockContainer").get_by_text("Simulated").locator("visible=true").first
    ).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Together Playground")).to_be_visible()
    expect(
        page.get_by_test_id("stMainBlockContainer").get_by_text("Simulated").locator("visible=true").first
    ).to_be_visible()


def test_verify_says_a_line_for_each_check(page: Page, plain: Server) -> None:
    opened(page, plain)
    page.get_by_role("button", name="Verify").click()
    table = page.get_by_test_id("stTable")
    for part in ("No key is set", "SmolLM2-135M-Instruct", "An answer began after", "256 dimensions", "HANA_HOST"):
        expect(table).to_contain_text(part)


def test_the_request_can_be_taken_along_as_code(page: Page, keyed: Server) -> None:
    opened(page, keyed, "/chat")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="View code").click()
    dialog = page.get_by_role("dialog").filter(has_text="The same request as code")
    expect(dialog).to_contain_text("os.environ['TOGETHER_API_KEY']")
    assert KEY not in page.content()


def test_a_conversation_can_be_saved_cleared_and_brought_back(page: Page, plain: Server) -> None:
    opened(page, plain)
    page.get_by_role("button", name="Ask", exact=True).first.click()
    expect(answer(page).get_by_text("done", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="More").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as Markdown").click()
    text = saved.value.path().read_text("utf-8")
    assert "(real · local, task label)" in text
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing asked yet")).to_be_visible()
    page.get_by_role("button", name="Bring back the conversation").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
