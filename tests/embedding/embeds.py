"""Stand-ins for an endpoint's embed call: vectors of a text's own, counted, held up or broken at will."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from services.embedding.encoders import EndpointEncoder
from services.wire.call import Call
from services.wire.types import EmbeddingResult, Usage

PLACE = "http://127.0.0.1:1/v1"
Change = Callable[[Sequence[str], EmbeddingResult], EmbeddingResult]


def vector(text: str, dimensions: int = 8) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).normal(size=dimensions)
    return (row / np.linalg.norm(row)).astype(np.float32)


class Endpoint:
    """Counts what it is asked. change spoils its answers; hold, if given, is waited for before each of them."""

    def __init__(self, *, change: Change | None = None, hold: threading.Event | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.calls = 0
        self.arrived = threading.Semaphore(0)
        self._change, self._hold, self._lock = change, hold, threading.Lock()

    def __call__(self, texts: Sequence[str], call: Call) -> EmbeddingResult:
        with self._lock:
            self.calls += 1
        self.arrived.release()
        while self._hold is not None and not self._hold.wait(0.005):
            call.check()
        call.check()
        with self._lock:
            self.asked.update(texts)
        rows = np.array([3 * vector(text) for text in texts], dtype=np.float32)
        usage = Usage(sum(len(text.split()) for text in texts), 0)
        result = EmbeddingResult(rows, model="invented/embedder", usage=usage)
        return result if self._change is None else self._change(texts, result)

    def encoder(self, **options: object) -> EndpointEncoder:
        given = {"place": PLACE, "model": "invented/embedder", "word": "real", **options}
        return EndpointEncoder("Invented", self, **given)  # type: ignore[arg-type]
