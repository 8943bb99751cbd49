"""An embedding model inside SAP HANA as an encoder: the texts stay in the database's own network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

from services.embedding.encoder import Vectors, unit
from services.embedding.encoders import Encoded, EncoderId
from services.endpoints import Word
from services.errors import ConflictError
from services.wire.call import Call

# Both models of an instance stop reading there without a word.
HANA_LIMIT_TOKENS = 256
_LOOK_S = 0.1


class EmbeddingSource(Protocol):
    """embed gives (n, d), all zeros where a text has no vector; cancel, from any thread, ends it."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str], model: str, kind: Literal["DOCUMENT", "QUERY"]) -> Vectors: ...

    def cancel(self) -> None: ...


class HanaEncoder:
    """A BatchEncoder. Has no price per token: the instance is paid for as a whole.

    The page reads over the same connection, so a batch waits up to patience_s for its turn.
    """

    word: Word = "real"
    concurrency = 1

    def __init__(
        self,
        source: EmbeddingSource,
        model: str,
        *,
        batch: int = 32,
        patience_s: float = 60.0,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._model, self.batch = source, model, batch
        self._patience_s, self._clock_s = patience_s, clock_s
        self.name = f"{model} in SAP HANA"
        self.id = EncoderId(source.name, model)

    def encode_batch(self, texts: Sequence[str], call: Call, rows: Sequence[int] | None = None) -> Encoded:
        return Encoded(self._embedded(texts, call, "DOCUMENT"))

    def encode_query(self, text: str, call: Call | None = None) -> Vectors:
        row: Vectors = self._embedded([text], Call() if call is None else call, "QUERY")[0]
        return row

    def _embedded(self, texts: Sequence[str], call: Call, kind: Literal["DOCUMENT", "QUERY"]) -> Vectors:
        until_s = self._clock_s() + self._patience_s
        while True:
            call.check()
            try:
                with _cancelling(self._source, call):
                    return unit(self._source.embed(texts, self._model, kind))
            except ConflictError:
                if self._clock_s() >= until_s:
                    raise
            call.wait(_LOOK_S)


@contextmanager
def _cancelling(source: EmbeddingSource, call: Call) -> Iterator[None]:
    """Once the call is stopped, so is what the database does for it: a call can only hang up sockets of its own."""
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if call.wait(_LOOK_S) and not done.is_set():
                source.cancel()
                return

    watcher = threading.Thread(target=watch, name="embedding watch")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
