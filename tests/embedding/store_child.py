"""A process that keeps vectors until it is killed: python -m tests.embedding.store_child FILE WHAT [LIMIT_BYTES]."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from services.embedding.encoders import EncoderId
from services.embedding.vector_store import VectorStore

ENCODER = EncoderId("http://127.0.0.1:1/v1", "invented/embedder")
BATCH, DIMENSIONS = 16, 256


def hash_of(name: str, number: int) -> bytes:
    return f"{name} {number}".encode().ljust(32, b".")


def rows_of(first: int) -> np.ndarray:
    return np.arange(first, first + BATCH, dtype=np.float32)[:, None] * np.ones(DIMENSIONS, np.float32)


def main(path: str, name: str, batches: str) -> None:
    """Prints how many batches are kept, after each."""
    store = VectorStore(Path(path))
    for batch in range(int(batches)):
        first = batch * BATCH
        store.keep(ENCODER, [hash_of(name, first + n) for n in range(BATCH)], rows_of(first), "invented/embedder")
        sys.stdout.write(f"{batch + 1}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
