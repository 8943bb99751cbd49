"""A process that embeds COUNT texts at ADDRESS and keeps the vectors in FILE; prints how the job ended."""

from __future__ import annotations

import sys
from pathlib import Path

from services.answers.gateway import Gateway
from services.embedding.encoders import EncoderId, EndpointEncoder
from services.embedding.jobs import Jobs
from services.embedding.prepared import Prepared, prepare
from services.embedding.tokens import EstimatedTokens
from services.embedding.vector_store import VectorStore
from services.endpoints import Endpoint
from services.wire.transport import Pool

MODEL, WAIT_S = "intfloat/multilingual-e5-large-instruct", 60.0
BATCH, AT_ONCE = 8, 4
# One for all: the address is a relay's, another for every process.
ENCODER = EncoderId("http://127.0.0.1:1/v1", MODEL)


def prepared(count: int) -> Prepared:
    return prepare([f"The pump {number} leaks oil." for number in range(count)], EstimatedTokens())


def encoder(gateway: Gateway, address: str) -> EndpointEncoder:
    endpoint = Endpoint("Sandbox", "sandbox", address, "invented-key")
    return EndpointEncoder(
        "Sandbox",
        lambda texts, call: gateway.embed(endpoint, MODEL, texts, call=call),
        place=ENCODER.place,
        model=MODEL,
        word=endpoint.word,
        batch=BATCH,
        concurrency=AT_ONCE,
    )


def main(path: str, address: str, count: str) -> None:
    pool = Pool()
    jobs = Jobs(VectorStore(Path(path)))
    seen = jobs.start("ann", prepared(int(count)), encoder(Gateway(pool), address)).wait(WAIT_S)
    sys.stdout.write(f"{seen.state} {seen.texts_done} {seen.from_store}")
    jobs.close()
    pool.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
