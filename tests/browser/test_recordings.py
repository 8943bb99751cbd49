"""What was kept plays again in a real browser: in Compare, on Home, and as a file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.answers.player import as_html
from tests.answers.recorded import HOSTILE, panel, recording
from tests.browser.conftest import Server, opened, settled, until

TEXTS = tuple(f"word{number} " for number in range(20))
ENDED_MS = """([speed]) => new Promise((resolve) => {
  document.querySelector(`[name=speed][value="${speed}"]`).click();
  const began = performance.now();
  new MutationObserver(() => {
    if (document.body.dataset.state === "ended") resolve(performance.now() - began);
  }).observe(document.body, { attributes: true });
  document.getElementById("restart").click();
})"""


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """A page without a network; what it asks for and what it complains of is kept in page.heard."""
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.heard = []  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: (page.heard.append(dialog.message), dialog.dismiss()))  # type: ignore[attr-defined]
    for event in ("console", "pageerror", "request"):
        page.on(event, lambda said: page.heard.append(getattr(said, "url", None) or str(said)))  # type: ignore
    yield page
    context.close()


def saved(folder: Path, *texts: str, prompt: str = "What?") -> str:
    path = folder / "recording.html"
    path.write_text(as_html(recording(panel("A", texts=texts, gap_ms=50), panel("B"), prompt=prompt)), "utf-8")
    return path.as_uri()


def test_the_file_plays_itself_from_disk(alone: Page, tmp_path: Path) -> None:
    address = saved(tmp_path, *TEXTS)
    alone.goto(address)
    expect(alone.locator("body")).to_have_attribute("data-state", "playing")
    expect(alone.locator("body")).to_have_attribute("data-state", "ended")
    expect(alone.locator("article.A .answer")).to_have_text("".join(TEXTS).strip())
    expect(alone.locator("article.A")).to_contain_text("real · Together")
    expect(alone.locator("#day")).to_have_text("Recorded on 2026-11-25 10:30 UTC")
    assert alone.locator("article.A dd").all_inner_texts()[:2] == ["0.05\u202fs", "1.00\u202fs"]
    assert alone.evaluate("document.documentElement.scrollWidth") <= 390
    assert alone.heard == [address]  # type: ignore[attr-defined]


def test_at_four_times_the_speed_it_ends_about_four_times_sooner(alone: Page, tmp_path: Path) -> None:
    alone.goto(saved(tmp_path, *TEXTS))
    slow_ms, quick_ms = (alone.evaluate(ENDED_MS, [speed]) for speed in (1, 4))
    assert slow_ms > 950
    assert quick_ms > 230
    assert quick_ms < slow_ms / 2


def test_pause_holds_and_a_place_on_the_line_can_be_gone_to(alone: Page, tmp_path: Path) -> None:
    alone.goto(saved(tmp_path, *TEXTS))
    alone.get_by_role("button", name="Pause").click()
    alone.locator("#seek").fill("500")
    expect(alone.locator("article.A .answer")).to_have_text("".join(TEXTS[:10]).strip())
    alone.locator("#seek").fill("100")
    expect(alone.locator("article.A .answer")).to_have_text("".join(TEXTS[:2]).strip())
    expect(alone.locator("body")).to_have_attribute("data-state", "paused")
    alone.get_by_role("button", name="Play").click()
    expect(alone.locator("body")).to_have_attribute("data-state", "ended")


def test_hostile_text_stays_text(alone: Page, tmp_path: Path) -> None:
    address = saved(tmp_path, HOSTILE, prompt=HOSTILE)
    alone.goto(address)
    expect(alone.locator("body")).to_have_attribute("data-state", "ended")
    assert alone.locator("article.A .answer").evaluate("box => box.textContent") == HOSTILE
    assert alone.locator("#prompt").evaluate("box => box.textContent") == HOSTILE
    assert alone.locator("iframe, img").count() == 0
    assert alone.heard == [address]  # type: ignore[attr-defined]


def test_a_script_that_is_not_the_players_own_does_not_run(alone: Page, tmp_path: Path) -> None:
    path = tmp_path / "changed.html"
    path.write_text(as_html(recording()).replace("</body>", "<script>document.title = 'run'</script></body>"), "utf-8")
    alone.goto(path.as_uri())
    expect(alone.locator("body")).to_have_attribute("data-state", "ended")
    assert alone.title() == "Recorded comparison"


def menu(page: Page) -> None:
    page.get_by_role("button", name="Recordings").click()
    expect(page.get_by_role("button", name="Keep this comparison")).to_be_visible()


def test_a_kept_comparison_plays_without_asking_anybody(page: Page, plain: Server, tmp_path: Path) -> None:
    opened(page, plain, "/compare")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Practice on simulated models.")).to_be_visible(timeout=60_000)
    figures = page.locator("strong").all_inner_texts()
    menu(page)
    page.get_by_role("button", name="Keep this comparison").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="File", exact=True).click()
    download.value.save_as(tmp_path / "kept.json")
    assert [each["word"] for each in json.loads((tmp_path / "kept.json").read_text())["panels"]] == ["simulated"] * 2
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Keep this comparison")).to_be_hidden()
    expect(page.locator(".stMarkdownBadge").filter(has_text="Recorded").locator("visible=true")).to_have_count(3)
    expect(page.locator("strong").first).to_contain_text("Recorded on ")
    until(lambda: page.locator("strong").all_inner_texts()[1:] == figures, "the figures are the recorded ones")
    expect(page.get_by_text("2 answers")).to_be_visible()
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("Recorded on ")).to_be_hidden()


def test_a_file_is_taken_in_deleted_and_put_back_and_a_foreign_one_refused(page: Page, plain: Server) -> None:
    opened(page, plain, "/compare")
    menu(page)
    field = page.locator("input[type=file]").first
    field.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b'{"format": "other"}'})
    expect(page.get_by_text("The file is no recording of a comparison.")).to_be_visible()
    data = Path("assets/recordings/local.json").read_bytes()
    field.set_input_files({"name": "y.json", "mimeType": "application/json", "buffer": data})
    expect(page.get_by_text("Kept (1)")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing kept yet.")).to_be_visible()
    page.get_by_role("button", name="Undo delete").click()
    expect(page.get_by_text("Kept (1)")).to_be_visible()
    page.reload()
    settled(page)
    menu(page)
    expect(page.get_by_text("Kept (1)")).to_be_visible()


def test_home_plays_the_bundled_recording(page: Page, plain: Server) -> None:
    opened(page, plain)
    page.get_by_role("button", name="Play a recorded comparison").click()
    expect(page.locator(".stMarkdownBadge").filter(has_text="Recorded").locator("visible=true")).to_have_count(2)
    expect(page.locator("strong").filter(has_text="done")).to_have_count(2)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Play a recorded comparison")).to_be_visible()
