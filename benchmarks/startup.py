"""From starting a process to its first answer in hand: interpreter, import, client, one chat that is not streamed.

Why: scripts and child processes pay it each time. Definition: wall time from just before the process is started to the
answer's text being there, on the clock that both processes share. One run of each beforehand fills the caches of
compiled modules and files.
"""

from __future__ import annotations

import time

from benchmarks.peers import PEERS
from benchmarks.processes import client, loopback_server
from benchmarks.server import PLAIN_TEXT
from benchmarks.tables import Goal, Table, compared, ratios

REPEATS = 5


def run() -> list[Table]:
    repeats: dict[str, list[float]] = {name: [] for name in PEERS}
    with loopback_server() as url:
        for name in PEERS:
            first_answer_ms(name, url)
        for _ in range(REPEATS):
            for name, figures in repeats.items():
                figures.append(first_answer_ms(name, url))
    goals = [Goal("ours at most 1/3 of together's", ratios(repeats, "ours", "together"), 1 / 3)]
    title = "startup: fresh process to first answer"
    return [Table(title, ("client", "ms", "x ours"), compared(repeats, form=".0f"), goals)]


def first_answer_ms(name: str, url: str) -> float:
    started_ns = time.monotonic_ns()
    seen = client("first", name, url)
    if seen["text"] != PLAIN_TEXT:
        raise AssertionError(f"{name} read another answer than was sent")
    return (int(seen["answered_ns"]) - started_ns) / 1e6
