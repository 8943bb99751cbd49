"""What a script waits for: hana_ai.api.together_ai against the together SDK.

Why: scripts start often and embed much. Definitions: first answer = from just before a fresh Python process is started
until the text of one short chat is in hand: interpreter, imports, client, connection and answer; ours reads settings
too, and a stream of four chunks, since that is how the toolkit asks. CPU = user and system time of that process until
then, which other work on the machine moves less than the wall time. Both are taken where both libraries are installed
among all that the tests need, and each in an environment that holds nothing but it and what it asks for, which is what
a script's user has. Embeddings = wall time of 128 texts in one call, JSON floats on the wire, until their vectors of
1,024 plain floats are in hand; the mean of 8 calls after one that pays for imports and connecting. Run as a module with
arguments it is the process that embeds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import CLIENT_TIMEOUT_S, ROOT, client, environment, loopback_server
from benchmarks.server import DIMENSIONS, PLAIN_TEXT, text_of, vector
from benchmarks.tables import Goal, Table, compared, ratios
from scripts.environment import kept, lines_of

STARTS, REPEATS, TEXTS, CALLS, CHUNKS = 9, 5, 128, 8, 4
KEY = "invented-key"
TOLERANCE = 1e-6  # of single precision, for numbers below 1

Embed = Callable[[list[str]], list[list[float]]]


class Start(NamedTuple):
    wall_ms: float
    cpu_ms: float


def run() -> Iterator[Table]:
    here = Path(sys.executable)
    with loopback_server() as url:
        yield starts("both in one environment", dict.fromkeys(PEERS, here), url)
        yield starts("each in an environment of its own", own_environments(), url)
        yield embeddings(url)


def starts(where: str, pythons: Mapping[str, Path], url: str) -> Table:
    """A table of the starts with these interpreters, in turns."""
    for name in PEERS:
        first_answer(name, pythons[name], url)
    seen: dict[str, list[Start]] = {name: [] for name in PEERS}
    for _ in range(STARTS):
        for name in PEERS:
            seen[name].append(first_answer(name, pythons[name], url))
    wall = {name: [start.wall_ms for start in those] for name, those in seen.items()}
    cpu = {name: [start.cpu_ms for start in those] for name, those in seen.items()}
    return Table(
        f"toolkit: fresh process to first answer, {where}",
        ("client", "ms", "x ours", "CPU ms", "x ours"),
        [[*row, *more[1:]] for row, more in zip(compared(wall, form=".0f"), compared(cpu, form=".0f"), strict=True)],
        [
            Goal("ours at most 1/3 of together's", ratios(wall, "ours", "together"), 1 / 3),
            Goal("CPU of ours at most 1/3 of together's", ratios(cpu, "ours", "together"), 1 / 3),
        ],
    )


def own_environments() -> dict[str, Path]:
    """The interpreters of an environment for each; pip fills them once."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sdk = [line for line in lines_of(ROOT / "requirements-dev.txt") if line.startswith("together")]
    asked = {"ours": project["dependencies"], "together": sdk}
    return {name: kept(f"start-{name}", asked[name], ROOT / "constraints.txt") for name in PEERS}


def first_answer(name: str, python: Path, url: str) -> Start:
    command = [str(python), "-P", str(ROOT / "benchmarks" / "toolkit_start.py"), name, url]
    # Ours is found as it is from a checkout; the other must not see it.
    found = {"PYTHONPATH": os.fspath(ROOT)} if name == "ours" else {}
    started_ns = time.monotonic_ns()
    done = subprocess.run(
        command, env=environment() | found, stdout=subprocess.PIPE, check=True, timeout=CLIENT_TIMEOUT_S, text=True
    )
    answered_ns, cpu_ns, text = done.stdout.split(" ", 2)
    if text not in (PLAIN_TEXT, "".join(text_of(number) for number in range(CHUNKS))):
        raise AssertionError(f"{name} read another answer than was sent")
    return Start((int(answered_ns) - started_ns) / 1e6, int(cpu_ns) / 1e6)


def embeddings(url: str) -> Table:
    embedded: dict[str, list[float]] = {name: [] for name in PEERS}
    for _ in range(REPEATS):
        for name in PEERS:
            embedded[name].append(ms_per_1000_texts(name, url))
    return Table(
        f"toolkit: embeddings of {DIMENSIONS} dimensions as JSON floats",
        ("client", "ms per 1,000 texts", "x ours"),
        compared(embedded, form=".0f"),
        [Goal("ours at most 1/8 of together's", ratios(embedded, "ours", "together"), 1 / 8)],
        [f"texts per second: {', '.join(f'{name} {1e6 / min(ms):.0f}' for name, ms in embedded.items())} at best"],
    )


def ms_per_1000_texts(name: str, url: str) -> float:
    return float(client(name, url, module="benchmarks.toolkit")["wall_s"]) * 1e6 / (TEXTS * CALLS)


def main(name: str, url: str) -> None:
    import json

    sys.stdout.write(json.dumps({"wall_s": embedding_s(PEERS[name](url))}))


def embedding_s(embed: Embed) -> float:
    """Seconds for CALLS calls. Raises AssertionError unless every number is what was sent."""
    texts = [f"Pump {number} leaks." for number in range(TEXTS)]
    for row, received in enumerate(embed(texts)):
        for sent, number in zip(vector(row), received, strict=True):
            if type(number) is not float or abs(sent - number) > TOLERANCE:
                raise AssertionError(f"number {number!r} came where {sent!r} was sent")
    started_s = time.monotonic()
    for _ in range(CALLS):
        embed(texts)
    return time.monotonic() - started_s


def ours(url: str) -> Embed:
    from hana_ai.api.together_ai import get_together_ai_client

    asked = get_together_ai_client(api_key=KEY, base_url=f"{url}/v1")
    return lambda texts: [row["embedding"] for row in asked.generate_embeddings(texts, model="plain")["data"]]


def together(url: str) -> Embed:
    from together import Together

    asked = Together(base_url=url, api_key=KEY)
    return lambda texts: [row.embedding for row in asked.embeddings.create(model="plain", input=texts).data]


PEERS: dict[str, Callable[[str], Embed]] = {"ours": ours, "together": together}

if __name__ == "__main__":
    main(*sys.argv[1:])
