"""Bytes that a first visit to Home and to an empty Chat brings over the wire.

Why: the first look happens on a hotel network or through a company's proxy. Definition: sum of the encoded sizes of all
finished requests (Network.loadingFinished, headers and compression included) plus what comes over the WebSocket, in a
fresh headless Chromium context with an empty cache, until the page is drawn and the network is quiet. The charts'
library must not be among them: neither page draws a chart.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from benchmarks.real_app import app_process, chromium, wait_until_drawn, wait_until_served
from benchmarks.tables import Goal, Table

PAGES = {"Home": ("/", "Together Playground for SAP HANA"), "Chat": ("/chat", "Chat")}
LIMIT_MB, HEAVY = 3.0, "plotly"


@dataclass
class Traffic:
    """What one page load brought: encoded bytes by URL, and the bytes of the WebSocket's frames."""

    urls: dict[str, str] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    socket_bytes: int = 0

    def answered(self, event: dict[str, Any]) -> None:
        self.urls[event["requestId"]] = event["response"]["url"]

    def finished(self, event: dict[str, Any]) -> None:
        url = self.urls.get(event["requestId"], event["requestId"])
        self.fetched[url] = self.fetched.get(url, 0) + int(event["encodedDataLength"])

    def framed(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        binary = frame["opcode"] == 2
        self.socket_bytes += len(base64.b64decode(frame["payloadData"]) if binary else frame["payloadData"].encode())

    @property
    def total_mb(self) -> float:
        return (sum(self.fetched.values()) + self.socket_bytes) / 1e6


def run() -> list[Table]:
    with chromium() as browser, app_process() as port:
        wait_until_served(port)
        seen = {name: load(browser, port, *place) for name, place in PAGES.items()}
    return [
        Table(
            "page weight: first load with an empty cache",
            ("page", "requests", "fetched, MB", "WebSocket, MB", "total, MB", f"of them {HEAVY}"),
            [row(name, traffic) for name, traffic in seen.items()],
            [Goal(f"{name} at most {LIMIT_MB:g} MB", [traffic.total_mb], LIMIT_MB) for name, traffic in seen.items()]
            + [Goal(f"{name} without {HEAVY}", [len(heavy(traffic))], 0) for name, traffic in seen.items()],
            [f"Heaviest of {name}: {heaviest(traffic)}" for name, traffic in seen.items()],
        )
    ]


def load(browser: Browser, port: int, path: str, heading: str) -> Traffic:
    with browser.new_context() as context:
        page, traffic = context.new_page(), Traffic()
        watch = context.new_cdp_session(page)
        watch.on("Network.responseReceived", traffic.answered)
        watch.on("Network.loadingFinished", traffic.finished)
        watch.on("Network.webSocketFrameReceived", traffic.framed)
        watch.send("Network.enable")
        page.goto(f"http://127.0.0.1:{port}{path}")
        wait_until_drawn(page, heading)
    if not traffic.fetched or not traffic.socket_bytes:
        raise AssertionError("no traffic was seen although the page was drawn")
    return traffic


def heavy(traffic: Traffic) -> list[str]:
    return [url for url in traffic.fetched if HEAVY in url.lower()]


def heaviest(traffic: Traffic) -> str:
    largest = sorted(traffic.fetched.items(), key=lambda entry: -entry[1])[:3]
    return ", ".join(f"{url.rsplit('/', 1)[-1]} {size_bytes / 1e6:.2f} MB" for url, size_bytes in largest)


def row(name: str, traffic: Traffic) -> list[str]:
    fetched_mb, socket_mb = sum(traffic.fetched.values()) / 1e6, traffic.socket_bytes / 1e6
    count = len(traffic.fetched)
    return [
        name,
        str(count),
        f"{fetched_mb:.2f}",
        f"{socket_mb:.2f}",
        f"{traffic.total_mb:.2f}",
        str(len(heavy(traffic))),
    ]
