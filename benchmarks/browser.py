"""What a visitor of Compare sees of four answers that stream at once, and what it takes the app to show them.

Why: text that is measured to the millisecond is of little use when it is drawn late, and a page that is drawing must
still answer a click. Four panels, 200 tokens a second each, 2,048 tokens (10.2 s), the real app, headless Chromium.
Definitions:
lag = from the moment a token is due at the server to the first frame of the browser in which it stands on the page;
percentile over all tokens of all panels, the server's own lateness included;
WebSocket = payload of all frames the browser receives from the click on Run all to the last token on the page, and
apart from that of those that draw the result after it, charts included. The count is read a moment after the last
token, so it may hold the beginning of the result: of the two together it is the first that is overstated;
CPU = user and system time of the app's process over the same span, all its threads: reading the streams, drawing them;
click = from a click on the number of rounds to the first frame with the forecast for that number, which the server
computes in a run of the whole page; runs of their own, so that a click costs the other figures nothing.
Frames are counted at 60 a second. The server's clock and the browser's are the machine's wall clock.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.page_weight import Traffic
from benchmarks.processes import loopback_server
from benchmarks.real_app import app_child, chromium, wait_until_drawn, wait_until_served
from benchmarks.server import NUMBERED, NUMBERED_INTERVAL_S
from benchmarks.tables import Goal, Table, percentile

PANELS, TOKENS, REPEATS = 4, 2_048, 3
LAG_LIMIT_MS, SOCKET_LIMIT_MB, CPU_LIMIT_S, CLICK_LIMIT_S = 300, 1.0, 2.0, 1.2
CLICKS, BETWEEN_CLICKS_MS, DONE_TIMEOUT_MS = ("20", "1", "5"), 1_700, 60_000

# Notes for each panel the clock and the number whenever the last number in it is another one.
WATCH = """(panels) => {
  window.seen = Array.from({ length: panels }, () => []);
  window.due = Array(panels).fill(null);
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    document.querySelectorAll("h3").forEach((head, place) => {
      if (place >= panels) return;
      const text = head.closest("[data-testid=stGridItem], [data-testid=stVerticalBlock]").textContent;
      const last = Number((text.slice(0, text.lastIndexOf(";")).match(/\\d+$/) || [-1])[0]);
      if (window.due[place] === null) window.due[place] = Number((text.match(/\\d{13}(?=;)/) || [0])[0]) || null;
      const seen = window.seen[place];
      if (last >= 0 && last < 1e12 && (!seen.length || seen[seen.length - 1][1] < last)) seen.push([now, last]);
    });
    requestAnimationFrame(look);
  };
  look();
}"""
ENDED = "(last) => window.seen.every((panel) => panel.length && panel[panel.length - 1][1] === last)"
CLICK = """([label, forecast]) => new Promise((resolve) => {
  const radio = [...document.querySelectorAll("[role=radio]")].find((each) => each.innerText.trim() === label);
  const began = performance.now();
  radio.click();
  const look = () => {
    if ([...document.querySelectorAll("p")].some((line) => line.textContent.startsWith(forecast)))
      resolve(performance.now() - began);
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True)
class Seen:
    """Of one run: every token's lag, and what showing all of them took."""

    lags_ms: list[float]
    socket_mb: float
    result_mb: float
    cpu_s: float


def run() -> list[Table]:
    load = os.getloadavg()[0]
    with loopback_server() as url, chromium() as browser:
        settings = {"TOGETHER_API_KEY": "invented", "TOGETHER_BASE_URL": f"{url}/v1"}
        with app_child(**settings) as (port, pid):
            wait_until_served(port)
            drawn(browser, port, pid)
            repeats = [drawn(browser, port, pid) for _ in range(REPEATS)]
            clicks_s = [clicked_s(browser, port) for _ in range(REPEATS)]
    return [table(repeats, clicks_s, load)]


def table(repeats: list[Seen], clicks_s: list[list[float]], load: float) -> Table:
    lags = [percentile(seen.lags_ms, 95) for seen in repeats]
    figures = {
        "lag p50, ms": [percentile(seen.lags_ms, 50) for seen in repeats],
        "lag p95, ms": lags,
        "WebSocket while it is written, MB": [seen.socket_mb for seen in repeats],
        "WebSocket of the result, MB": [seen.result_mb for seen in repeats],
        "CPU of the app, s": [seen.cpu_s for seen in repeats],
        "slowest click, s": [max(clicks) for clicks in clicks_s],
    }
    socket, cpu, click = (list(figures.values())[at] for at in (2, 4, 5))
    return Table(
        f"browser: {PANELS} panels at {1 / NUMBERED_INTERVAL_S:.0f} tokens/s each",
        ("figure", *(f"run {number + 1}" for number in range(REPEATS)), "median"),
        [[name, *(f"{value:.3g}" for value in (*values, median(values)))] for name, values in figures.items()],
        [
            Goal(f"lag p95 at most {LAG_LIMIT_MS} ms", lags, LAG_LIMIT_MS),
            Goal(f"WebSocket at most {SOCKET_LIMIT_MB:g} MB while it is written", socket, SOCKET_LIMIT_MB),
            Goal(f"CPU of the app at most {CPU_LIMIT_S:g} s", cpu, CPU_LIMIT_S),
            Goal(f"a click answered in at most {CLICK_LIMIT_S:g} s", click, CLICK_LIMIT_S),
        ],
        [f"Load of the machine when it began: {load:.1f}; {len(CLICKS)} clicks in each run of clicks."],
    )


def opened(context: BrowserContext, port: int) -> Page:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/compare?models={','.join([f'Together~{NUMBERED}'] * PANELS)}")
    wait_until_drawn(page, "Compare")
    return page


def drawn(browser: Browser, port: int, pid: int) -> Seen:
    """Raises AssertionError unless every panel showed its text to the end."""
    with browser.new_context() as context:
        page, traffic = opened(context, port), Traffic()
        watch = context.new_cdp_session(page)
        watch.on("Network.webSocketFrameReceived", traffic.framed)
        watch.send("Network.enable")
        page.evaluate(WATCH, PANELS)
        before_s = cpu_s(pid)
        page.get_by_role("button", name="Run all").click()
        page.wait_for_function(ENDED, arg=TOKENS - 1, timeout=DONE_TIMEOUT_MS)
        used_s, written_bytes = cpu_s(pid) - before_s, traffic.socket_bytes
        page.get_by_text("One run of each.").wait_for(timeout=DONE_TIMEOUT_MS)
        wait_until_drawn(page, "Compare")
        seen, due_ms = page.evaluate("window.seen"), page.evaluate("window.due")
    lags = [lag for place in range(PANELS) for lag in lags_ms(seen[place], due_ms[place])]
    return Seen(lags, written_bytes / 1e6, (traffic.socket_bytes - written_bytes) / 1e6, used_s)


def lags_ms(seen: list[Any], due_ms: float) -> list[float]:
    """Of each token, from seen, the (clock in ms, number) of the frames in which the last number was another one."""
    numbers = [number for _, number in seen]
    if numbers[-1] != TOKENS - 1:
        raise AssertionError("a panel lost its text")
    interval_ms = NUMBERED_INTERVAL_S * 1e3
    return [seen[bisect_left(numbers, token)][0] - due_ms - token * interval_ms for token in range(TOKENS)]


def clicked_s(browser: Browser, port: int) -> list[float]:
    """How long each click took to be answered while all panels were written."""
    with browser.new_context() as context:
        page = opened(context, port)
        page.evaluate(WATCH, PANELS)
        page.get_by_role("button", name="Run all").click()
        page.wait_for_function("window.seen.every((panel) => panel.length)", timeout=DONE_TIMEOUT_MS)
        found = []
        for label in CLICKS:
            page.wait_for_timeout(BETWEEN_CLICKS_MS)
            found.append(page.evaluate(CLICK, [label, f"{int(label) * PANELS} calls"]) / 1e3)
        if page.evaluate(ENDED, TOKENS - 1):
            raise AssertionError("the last click came after the last token")
        page.wait_for_function(ENDED, arg=TOKENS - 1, timeout=DONE_TIMEOUT_MS)
    return found


def cpu_s(pid: int) -> float:
    """User and system time of the process so far. Linux only."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
