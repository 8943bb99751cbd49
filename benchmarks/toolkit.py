"""What a script waits for: hana_ai.api.together_ai against the together SDK.

Why: scripts start often and embed much. Definitions: first answer = from just before a fresh Python process is started
until the text of one short chat is in hand: interpreter, imports, client, connection and answer; ours reads settings
too, and a stream of four chunks, since that is how the toolkit asks. Embeddings = wall time of 128 texts in one call,
JSON floats on the wire, until their vectors of 1,024 plain floats are in hand; the mean of 8 calls after one that pays
for imports and connecting. Run as a module with arguments it is the measured process itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.processes import client, loopback_server
from benchmarks.server import DIMENSIONS, PLAIN_TEXT, text_of, vector
from benchmarks.tables import Goal, Table, compared, ratios

REPEATS, TEXTS, CALLS, CHUNKS = 5, 128, 8, 4
QUESTION, KEY = "Which pump leaks?", "invented-key"
TOLERANCE = 1e-6  # of single precision, for numbers below 1

Embed = Callable[[list[str]], list[list[float]]]


def run() -> list[Table]:
    with loopback_server() as url:
        for name in PEERS:
            first_answer_ms(name, url)
        started: dict[str, list[float]] = {name: [] for name in PEERS}
        embedded: dict[str, list[float]] = {name: [] for name in PEERS}
        for _ in range(REPEATS):
            for name in PEERS:
                started[name].append(first_answer_ms(name, url))
                embedded[name].append(ms_per_1000_texts(name, url))
    return [
        Table(
            "toolkit: fresh process to first answer",
            ("client", "ms", "x ours"),
            compared(started, form=".0f"),
            [Goal("ours at most 1/2 of together's", ratios(started, "ours", "together"), 1 / 2)],
        ),
        Table(
            f"toolkit: embeddings of {DIMENSIONS} dimensions as JSON floats",
            ("client", "ms per 1,000 texts", "x ours"),
            compared(embedded, form=".0f"),
            [Goal("ours at most 1/8 of together's", ratios(embedded, "ours", "together"), 1 / 8)],
            [f"texts per second: {', '.join(f'{name} {1e6 / min(ms):.0f}' for name, ms in embedded.items())} at best"],
        ),
    ]


def first_answer_ms(name: str, url: str) -> float:
    started_ns = time.monotonic_ns()
    seen = client("first", name, url, module="benchmarks.toolkit")
    if seen["text"] not in (PLAIN_TEXT, "".join(text_of(number) for number in range(CHUNKS))):
        raise AssertionError(f"{name} read another answer than was sent")
    return (int(seen["answered_ns"]) - started_ns) / 1e6


def ms_per_1000_texts(name: str, url: str) -> float:
    return float(client("embed", name, url, module="benchmarks.toolkit")["wall_s"]) * 1e6 / (TEXTS * CALLS)


def main(what: str, name: str, url: str) -> None:
    answer, embed = PEERS[name](url)
    if what == "first":
        text = answer()
        printed: dict[str, object] = {"answered_ns": time.monotonic_ns(), "text": text}
    else:
        printed = {"wall_s": embedding_s(embed)}
    import json

    sys.stdout.write(json.dumps(printed))


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


def ours(url: str) -> tuple[Callable[[], str], Embed]:
    from hana_ai.api.together_ai import get_together_ai_client

    asked = get_together_ai_client(api_key=KEY, base_url=f"{url}/v1")
    return (
        lambda: str(asked.generate_chat_completion(QUESTION, model="one", max_tokens=CHUNKS)),
        lambda texts: [row["embedding"] for row in asked.generate_embeddings(texts, model="plain")["data"]],
    )


def together(url: str) -> tuple[Callable[[], str], Embed]:
    from together import Together

    asked = Together(base_url=url, api_key=KEY)

    def answer() -> str:
        said = asked.chat.completions.create(model="plain", messages=[{"role": "user", "content": QUESTION}])
        message = said.choices[0].message
        return str(message.content) if message is not None else ""

    return answer, lambda texts: [row.embedding for row in asked.embeddings.create(model="plain", input=texts).data]


PEERS: dict[str, Callable[[str], tuple[Callable[[], str], Embed]]] = {"ours": ours, "together": together}

if __name__ == "__main__":
    main(*sys.argv[1:])
