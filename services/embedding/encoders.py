"""What a job encodes with, batch by batch: an endpoint's embedding model, or an encoder of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import orjson

from services.embedding.batches import Calls, each
from services.embedding.encoder import Encoder, Vectors, unit
from services.embedding.prefixes import prefixes_of
from services.endpoints import Endpoint, Word
from services.errors import ProtocolError
from services.wire.call import Call
from services.wire.types import EmbeddingResult, Usage

Embed = Callable[[Sequence[str], Call], EmbeddingResult]


@dataclass(frozen=True)
class EncoderId:
    """Whose vectors they are; those of two are never mixed. place is an endpoint's base_url, or "local".

    parameters is what else changes a vector, as canonical JSON; empty for nothing.
    """

    place: str
    model: str
    parameters: str = ""


@dataclass(frozen=True)
class Encoded:
    """vectors (n, d): unit rows, or zeros where a text has no direction. served is the model id the server named."""

    vectors: Vectors
    usage: Usage | None = None
    served: str | None = None


class BatchEncoder(Protocol):
    """name is for the reader. batch texts go into one request at most, concurrency requests at once."""

    @property
    def name(self) -> str: ...

    @property
    def id(self) -> EncoderId: ...

    @property
    def word(self) -> Word: ...

    @property
    def batch(self) -> int: ...

    @property
    def concurrency(self) -> int: ...

    def encode_batch(self, texts: Sequence[str], call: Call, rows: Sequence[int] | None = None) -> Encoded:
        """One request. rows (from 1) name the texts in a complaint. Raises ServiceError and nothing else."""
        ...

    def encode_query(self, text: str, call: Call | None = None) -> Vectors:
        """(d,): what to compare the vectors of texts with."""
        ...


class InProcessEncoder:
    """An encoder of this process: free, one batch at a time."""

    concurrency = 1

    def __init__(self, encoder: Encoder, *, word: Word = "local", batch: int = 512) -> None:
        self._encoder, self.word, self.batch = encoder, word, batch
        self.name = encoder.name
        self.id = EncoderId("local", encoder.name)

    def encode_batch(self, texts: Sequence[str], call: Call, rows: Sequence[int] | None = None) -> Encoded:
        call.check()
        return Encoded(self._encoder.encode(texts))

    def encode_query(self, text: str, call: Call | None = None) -> Vectors:
        row: Vectors = self._encoder.encode([text])[0]
        return row


class EndpointEncoder:
    """An endpoint's embedding model, asked through embed. Thread-safe.

    The prefixes are what models like e5 want before a text ("query: ", "passage: "). From the first answer on, one of
    another dimension or of a model with another id is refused.
    """

    def __init__(
        self,
        name: str,
        embed: Embed,
        *,
        place: str,
        model: str,
        word: Word,
        batch: int = 128,
        concurrency: int = 4,
        query_prefix: str = "",
        document_prefix: str = "",
        max_dimensions: int = 16_384,
    ) -> None:
        self.name, self.word, self.batch, self.concurrency = name, word, batch, concurrency
        self.document_prefix, self._query_prefix = document_prefix, query_prefix
        parameters = orjson.dumps({"document_prefix": document_prefix}).decode() if document_prefix else ""
        self.id = EncoderId(place, model, parameters)
        self._embed, self._max_dimensions = embed, max_dimensions
        self._lock = threading.Lock()
        self._dimensions: int | None = None
        self._served: str | None = None

    @classmethod
    def at(cls, endpoint: Endpoint, model: str, embed: Embed, *, name: str | None = None) -> EndpointEncoder:
        """With the prefixes that the makers of the model ask for; name None: the model's id."""
        prefixes = prefixes_of(model)
        return cls(
            model if name is None else name,
            embed,
            place=endpoint.base_url,
            model=model,
            word=endpoint.word,
            query_prefix=prefixes.query,
            document_prefix=prefixes.document,
        )

    @property
    def served(self) -> str | None:
        """The model id the server named; None before the first answer, or where it names none."""
        return self._served

    @property
    def dimensions(self) -> int:
        """d; asks one short text where no answer has told yet."""
        if self._dimensions is None:
            self.encode_query("a")
        assert self._dimensions is not None
        return self._dimensions

    def encode_batch(self, texts: Sequence[str], call: Call, rows: Sequence[int] | None = None) -> Encoded:
        return self._asked([self.document_prefix + text for text in texts], call, rows)

    def encode_query(self, text: str, call: Call | None = None) -> Vectors:
        row: Vectors = self._asked([self._query_prefix + text], Call() if call is None else call, None).vectors[0]
        return row

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d), in batches; the first failure is raised."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        starts = range(0, len(texts), self.batch)

        def ask(at: int, call: Call) -> Encoded:
            return self.encode_batch(texts[at : at + self.batch], call, range(at + 1, len(texts) + 1))

        parts = dict(each(ask, starts, concurrency=self.concurrency, calls=Calls()))
        return np.concatenate([parts[at].vectors for at in starts])

    def _asked(self, texts: Sequence[str], call: Call, rows: Sequence[int] | None) -> Encoded:
        try:
            result = self._embed(texts, call)
        except ProtocolError as problem:
            if problem.position is None or rows is None:
                raise
            raise _at(rows, problem.position, problem.message) from None
        vectors = self._checked(result.vectors, len(texts), rows)
        self._same(vectors.shape[1], result.model)
        return Encoded(unit(vectors), result.usage, result.model)

    def _checked(self, given: Any, asked: int, rows: Sequence[int] | None) -> Vectors:
        vectors = np.asarray(given)
        if vectors.ndim != 2 or vectors.dtype.kind != "f" or len(vectors) != asked:
            raise ProtocolError(f"{self.name} gave {np.shape(given)} numbers for {asked} texts; all are refused.")
        if not 0 < vectors.shape[1] <= self._max_dimensions:
            raise ProtocolError(f"{self.name} gave vectors of {vectors.shape[1]:,} dimensions; they are refused.")
        odd = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if odd.size:
            raise _at(rows, int(odd[0]), f"{self.name} gave a vector without finite numbers; all are refused.")
        return vectors

    def _same(self, dimensions: int, served: str | None) -> None:
        with self._lock:
            self._dimensions = dimensions if self._dimensions is None else self._dimensions
            self._served = served if self._served is None else self._served
            if dimensions != self._dimensions:
                raise _mixed(f"{self.name} gave vectors of {self._dimensions:,} and of {dimensions:,} dimensions.")
            if served is not None and served != self._served:
                raise _mixed(f"{self.name} was answered by {self._served} and by {served}.")


def _at(rows: Sequence[int] | None, position: int, message: str) -> ProtocolError:
    where = f"Text {position + 1}" if rows is None else f"Row {rows[position]}"
    problem = ProtocolError(f"{where}: {message}")
    problem.position = position
    return problem


def _mixed(message: str) -> ProtocolError:
    return ProtocolError(message, remedy="Vectors of two models do not mix: start again when the endpoint is settled.")
