"""Texts embedded per second: through an endpoint against the SDKs, and with the local encoder.

Why: a table has more rows than a chat has turns; what a client does with each number decides how long a job takes.
Definition: DIMENSIONS numbers a text, BATCH texts a request, AT_ONCE requests at a time, a server that thinks 50 ms
over each. Wall time and CPU time of a fresh client process from the call until all vectors are in hand, after one batch
that pays for imports and connecting; langchain-together sends one request per text. Slower clients get fewer texts.
Ours are the encoder's vectors: float32, at length one. Each client must have in hand what was sent. Local: the bundled
encoder alone, TEXTS distinct short ones. Run as a module with arguments it is the measured process itself.

langchain-together brings its own versions of much: LANGCHAIN_PYTHON names an interpreter that has it, else it is left
out.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from benchmarks.processes import CLIENT_TIMEOUT_S, ROOT, environment, loopback_server
from benchmarks.server import DIMENSIONS, SLOW, vector
from benchmarks.tables import Goal, Table, compared, ratios

REPEATS, BATCH, AT_ONCE, TEXTS = 3, 128, 8, 10_000
KEY = "invented-key"
COUNTS = {"together": 2_560, "openai": 2_560, "langchain": 320}
TOLERANCE = 1e-5
LANGCHAIN_PYTHON = os.environ.get("LANGCHAIN_PYTHON")

Rows = Sequence[Any]
Embed = Callable[[list[str]], Rows]


def run() -> list[Table]:
    floats = ["ours", "together", *(["langchain"] if LANGCHAIN_PYTHON else []), "socket"]
    with loopback_server() as url:
        tables = [
            table(url, "JSON floats", {name: name for name in floats}, _float_goals),
            table(url, "base64", {"ours": "ours_base64", "together": "together_base64"}, _base64_goals),
        ]
    return [*tables, local()]


def table(url: str, form: str, peers: dict[str, str], goals: Callable[[dict[str, list[float]]], list[Goal]]) -> Table:
    """One row per client; x ours is of the wall time."""
    wall: dict[str, list[float]] = {name: [] for name in peers}
    cpu: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(REPEATS):
        for name, peer in peers.items():
            seen = measured(peer, url)
            wall[name].append(seen["wall_s"] / seen["texts"] * 1e6)
            cpu[name].append(seen["cpu_s"] / seen["texts"] * 1e6)
    rows = [
        [name, f"{1e6 / median(wall[name]):,.0f}", times, f"{median(cpu[name]):.0f}"]
        for name, _, times in compared(wall)
    ]
    title = f"embedding: {DIMENSIONS} dimensions as {form}, {BATCH} texts a request, {AT_ONCE} at once, 50 ms each"
    return Table(title, ("client", "texts/s", "x our time", "CPU µs/text"), rows, goals(wall), [_cpu_note(cpu)])


def local() -> Table:
    figures = [measured("local", "-") for _ in range(REPEATS)]
    wall, cpu = ([seen[name] / seen["texts"] * 1e6 for seen in figures] for name in ("wall_s", "cpu_s"))
    rows = [["local encoder", f"{1e6 / median(wall):,.0f}", f"{median(cpu):.0f}"]]
    goals = [Goal("at least 20,000 texts/s (µs of wall time each)", wall, 50.0)]
    return Table("embedding: the local encoder", ("encoder", "texts/s", "CPU µs/text"), rows, goals)


def _float_goals(wall: dict[str, list[float]]) -> list[Goal]:
    goals = [Goal("ours at most 1/15 of together's time", ratios(wall, "ours", "together"), 1 / 15)]
    if "langchain" in wall:
        goals.append(Goal("ours at most 1/50 of langchain-together's", ratios(wall, "ours", "langchain"), 1 / 50))
    return goals


def _base64_goals(wall: dict[str, list[float]]) -> list[Goal]:
    return [Goal("ours at most 1/1.5 of together's time", ratios(wall, "ours", "together"), 1 / 1.5)]


def _cpu_note(cpu: dict[str, list[float]]) -> str:
    return f"CPU of together's is {median(ratios(cpu, 'together', 'ours')):.1f} times ours"


def measured(peer: str, url: str) -> dict[str, float]:
    """Raises CalledProcessError when the client failed or has other vectors than were sent."""
    python = LANGCHAIN_PYTHON if peer == "langchain" and LANGCHAIN_PYTHON else sys.executable
    done = subprocess.run(
        [python, "-m", "benchmarks.embedding", peer, url, str(COUNTS.get(peer, TEXTS))],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=CLIENT_TIMEOUT_S,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main(peer: str, url: str, count: str) -> None:
    embed = PEERS[peer](url)
    texts = [f"Pump {number} of line {number % 9} leaks oil." for number in range(int(count))]
    embed(texts[:BATCH])
    started_s, cpu_s = time.monotonic(), time.process_time()
    rows = embed(texts)
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - started_s
    if peer not in ("local", "socket"):
        check(rows, len(texts), 1 if peer == "langchain" else BATCH)
    sys.stdout.write(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "texts": len(texts)}))


def check(rows: Rows, texts: int, batch: int) -> None:
    """Raises AssertionError unless each text has the vector that was sent for its place in its request."""
    if len(rows) != texts:
        raise AssertionError(f"{len(rows)} vectors for {texts} texts")
    for place in (0, 1, batch - 1, batch, texts // 2, texts - 1):
        sent, got = vector(place % batch), [float(number) for number in rows[place]]
        lengths = [sum(number * number for number in row) ** 0.5 for row in (sent, got)]
        if any(abs(a / lengths[0] - b / lengths[1]) > TOLERANCE for a, b in zip(sent, got, strict=True)):
            raise AssertionError(f"text {place} has another vector than was sent for it")


def ours(url: str, kind: Any = "together") -> Embed:
    from services.answers.gateway import Gateway
    from services.embedding.encoders import EndpointEncoder
    from services.endpoints import Endpoint
    from services.wire.transport import Pool

    gateway, endpoint = Gateway(Pool()), Endpoint("Loopback", kind, f"{url}/v1", KEY)
    return EndpointEncoder(
        "Loopback",
        lambda texts, call: gateway.embed(endpoint, SLOW, texts, call=call),
        place=endpoint.base_url,
        model=SLOW,
        word="real",
        batch=BATCH,
        concurrency=AT_ONCE,
    ).encode


def ours_base64(url: str) -> Embed:
    return ours(url, "openai")


def together(url: str, **options: Any) -> Embed:
    from together import Together

    client = Together(base_url=url, api_key=KEY)

    def embed(batch: list[str]) -> Rows:
        return [row.embedding for row in client.embeddings.create(model=SLOW, input=batch, **options).data]

    return in_threads(embed, BATCH)


def together_base64(url: str) -> Embed:
    """The SDK has no such option: the field goes in by hand, and so does the reading of it."""
    import numpy as np
    from together import Together

    client = Together(base_url=url, api_key=KEY)

    def embed(batch: list[str]) -> Rows:
        import base64

        said = client.embeddings.create(model=SLOW, input=batch, extra_body={"encoding_format": "base64"})
        packed: list[Any] = [row.embedding for row in said.data]
        return [np.frombuffer(base64.b64decode(row), dtype="<f4") for row in packed]

    return in_threads(embed, BATCH)


def langchain(url: str) -> Embed:
    from langchain_together import TogetherEmbeddings

    client = TogetherEmbeddings(model=SLOW, base_url=f"{url}/v1", api_key=KEY)
    return in_threads(client.embed_documents, 16)


def bare_socket(url: str) -> Embed:
    """The floor: sends and receives, reads nothing of it. Shows that the server is not what is measured."""
    host, port = url.removeprefix("http://").split(":")

    def embed(batch: list[str]) -> Rows:
        raw = json.dumps({"model": SLOW, "input": batch}).encode()
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(raw), raw))
            received = bytearray()
            while not received.endswith(b"}]}"):
                received += connection.recv(1 << 20)
        return [received]

    return in_threads(embed, BATCH)


def local_encoder(_: str) -> Embed:
    from services.embedding.encoder import LocalEncoder

    return LocalEncoder().encode


def in_threads(embed: Embed, batch: int) -> Embed:
    def all_of(texts: list[str]) -> Rows:
        batches = [texts[at : at + batch] for at in range(0, len(texts), batch)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return [row for rows in threads.map(embed, batches) for row in rows]

    return all_of


PEERS: dict[str, Callable[[str], Embed]] = {
    "ours": ours,
    "ours_base64": ours_base64,
    "together": together,
    "together_base64": together_base64,
    "langchain": langchain,
    "socket": bare_socket,
    "local": local_encoder,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
