"""CPU that a client spends on each chunk of a stream that comes as fast as it can.

Why: an answer is worth its tokens, not the objects built around them; what a chunk costs bounds how many streams one
process can follow. Definition: CPU time of a fresh process (all its threads) from the call to the last text, after one
short answer on the same client, divided by the chunks. Each client must have collected exactly the text that was sent.
"""

from __future__ import annotations

from benchmarks.peers import PEERS
from benchmarks.processes import client, loopback_server
from benchmarks.server import PER_WRITE, text_of
from benchmarks.tables import Goal, Table, compared, ratios

CHUNKS, REPEATS = 20_000, 3


def run() -> list[Table]:
    with loopback_server() as url:
        return [table(url, model, per_write) for model, per_write in PER_WRITE.items()]


def table(url: str, model: str, per_write: int) -> Table:
    expected = "".join(map(text_of, range(CHUNKS)))
    repeats: dict[str, list[float]] = {name: [] for name in PEERS}
    for _ in range(REPEATS):
        for name, figures in repeats.items():
            seen = client("flood", name, url, model, CHUNKS)
            if seen["text"] != expected:
                raise AssertionError(f"{name} lost or changed text of the stream")
            figures.append(seen["cpu_s"] / CHUNKS * 1e6)
    goals = [Goal("ours at most 1/8 of together's", ratios(repeats, "ours", "together"), 1 / 8)]
    title = f"streaming: CPU per chunk, {per_write} event{'s' if per_write > 1 else ''} per write"
    return Table(title, ("client", "µs/chunk", "x ours"), compared(repeats), goals)
