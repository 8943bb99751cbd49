"""What a client adds to the arrival of texts while four answers stream at once, each at 100 tokens a second.

Why: the latency figures that the product shows are only as good as the delay its own client adds. Definitions, on the
clock that all processes of a machine share, after one round that pays for connecting:
first text = (from the call to the first text in hand) − (from the whole request received to the first text sent), that
is what client and loopback take on both ways, without the server's 20 ms of thinking;
each text = from its sending to its being in hand, first texts apart.
Percentiles are those of one repeat (20 first texts, so that p99 is the latest of them; 780 others), the table holds
medians over the repeats: many short ones, because a busy moment of the machine moves a p99 more than any client does.
All four streams start at one moment and stay in step: the worst case for threads of one process.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.processes import client, loopback_server
from benchmarks.tables import Goal, Repeats, Table, percentile, ratios

STREAMS, CHUNKS, ROUNDS, REPEATS = 4, 40, 5, 7
COLUMNS = ("first p50", "first p99", "text p50", "text p99", "CPU per text")


def run() -> list[Table]:
    figures: dict[str, dict[str, list[float]]] = {column: {name: [] for name in PEERS} for column in COLUMNS}
    with loopback_server() as url:
        for _ in range(REPEATS):
            for name in PEERS:
                for column, figure in delays(client("arrivals", name, url, STREAMS, CHUNKS, ROUNDS)).items():
                    figures[column][name].append(figure)
    return [
        Table(
            "arrivals: added delay at 4 x 100 tokens/s, ms",
            ("client", *COLUMNS),
            rows(figures),
            goals(figures),
            [f"text p99 in each one's least disturbed repeat: {least(figures['text p99'])}"],
        )
    ]


def delays(seen: dict[str, Any]) -> dict[str, float]:
    """Milliseconds for each column. Raises AssertionError unless every text of every answer came, in order."""
    first_ms, text_ms = [], []
    for called_ns, texts in seen["answers"]:
        stamps = [tuple(map(int, text.split(":"))) for _, text in texts]
        if [number for number, _, _ in stamps] != list(range(CHUNKS)):
            raise AssertionError("a client lost or reordered text")
        late_ms = [(here_ns - sent_ns) / 1e6 for (here_ns, _), (_, _, sent_ns) in zip(texts, stamps, strict=True)]
        first_ms.append(late_ms[0] + (stamps[0][1] - called_ns) / 1e6)
        text_ms.extend(late_ms[1:])
    values = [percentile(ms, percent) for ms in (first_ms, text_ms) for percent in (50, 99)]
    cpu_ms = seen["cpu_s"] * 1e3 / (len(first_ms) + len(text_ms))
    return dict(zip(COLUMNS, (*values, cpu_ms), strict=True))


def rows(figures: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    return [[name, *(cell(figures[column], name) for column in COLUMNS)] for name in PEERS]


def cell(repeats: Repeats, name: str) -> str:
    return f"{median(repeats[name]):.2f} ({median(ratios(repeats, name, 'ours')):.2f} x)"


def least(repeats: Repeats) -> str:
    """What others do on the machine only ever adds delay, so the smallest figure is the client's own."""
    return ", ".join(f"{name} {min(own):.2f}" for name, own in repeats.items())


def goals(figures: dict[str, dict[str, list[float]]]) -> list[Goal]:
    first, text = figures["first p50"], figures["text p99"]
    return [
        Goal("first text p50: ours at most 1/2 of together's", ratios(first, "ours", "together"), 1 / 2),
        Goal("text p99: ours no worse than raw httpx's", ratios(text, "ours", "httpx"), 1.0),
    ]
