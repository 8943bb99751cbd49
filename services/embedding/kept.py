"""The file of vectors while it can be used, and memory from the first problem on, which is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.embedding.encoder import Vectors
from services.embedding.encoders import EncoderId
from services.embedding.vector_store import Recalled, VectorStore
from services.errors import UnavailableError

T = TypeVar("T")


class Kept:
    """Made for one job. problem is why the file is not used, None while it is."""

    def __init__(self, file: VectorStore, memory: VectorStore) -> None:
        self._store, self._memory = file, memory
        self.problem: UnavailableError | None = None

    def recall(self, encoder: EncoderId, hashes: Sequence[bytes]) -> Recalled:
        return self._with(lambda store: store.recall(encoder, hashes))

    def missing(self, encoder: EncoderId, hashes: Sequence[bytes]) -> frozenset[bytes]:
        return self._with(lambda store: store.missing(encoder, hashes))

    def keep(self, encoder: EncoderId, hashes: Sequence[bytes], vectors: Vectors, served: str | None) -> None:
        """Raises ConflictError as the store does."""
        self._with(lambda store: store.keep(encoder, hashes, vectors, served))

    def _with(self, use: Callable[[VectorStore], T]) -> T:
        try:
            return use(self._store)
        except UnavailableError as problem:
            if self._store is self._memory:
                raise
            self._store, self.problem = self._memory, problem
            return use(self._memory)
