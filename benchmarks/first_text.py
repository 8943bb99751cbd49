"""From starting the app to the first text that Local writes, as a visitor sees it.

Why: without a key, a HANA or a network this is the first thing anybody sees of the product. Definition: seconds from
just before `streamlit run` is started to text of the answer being visible in Chromium, on a warm machine (one start
beforehand fills the file caches, the browser is already open), with one click, on the first starter of Home, made as
soon as it can be. That starter labels a text with one word, and nothing but one of its labels counts as the answer.
"""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser

from benchmarks.real_app import DRAWN_TIMEOUT_MS, app_process, chromium, wait_until_served
from benchmarks.tables import Goal, Table
from services.embedded.local.tasks import LABELS
from services.starters import starters

REPEATS, LIMIT_S = 3, 10.0


def run() -> list[Table]:
    with chromium() as browser:
        first_text_s(browser)
        repeats = [first_text_s(browser) for _ in range(REPEATS)]
    steps = ("served", "starter visible", "first text")
    rows = [[step, *(f"{seen[at]:.1f}" for seen in repeats)] for at, step in enumerate(steps)]
    goal = Goal(f"first text in at most {LIMIT_S:g} s", [seen[-1] for seen in repeats], LIMIT_S)
    columns = ("seconds since the start until", *(f"run {number + 1}" for number in range(REPEATS)))
    return [Table("first text: from starting the app to Local's first words", columns, rows, [goal])]


def first_text_s(browser: Browser) -> tuple[float, float, float]:
    """Seconds from the start until the app answers, the starter can be clicked, and text of Local is visible."""
    starter, started_s = starters("local")[0], time.monotonic()
    with app_process() as port, browser.new_context() as context:
        wait_until_served(port)
        served_s = time.monotonic()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        ask = page.locator(f".st-key-home_start_{starter.id} button")
        ask.wait_for(timeout=DRAWN_TIMEOUT_MS)
        visible_s = time.monotonic()
        ask.click()
        # Captions and figures are text too: only one of the task's own answers counts, a caret behind it or not.
        answer = re.compile(rf"^\s*({'|'.join(LABELS)})\W*$")
        page.get_by_test_id("stChatMessage").last.get_by_text(answer).first.wait_for(timeout=DRAWN_TIMEOUT_MS)
        answered_s = time.monotonic()
    return served_s - started_s, visible_s - started_s, answered_s - started_s
