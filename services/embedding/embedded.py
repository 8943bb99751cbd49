"""The vectors of a sample, row by row, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from services.embedding.encoder import Vectors
from services.embedding.encoders import EncoderId
from services.embedding.prepared import NO_TEXT
from services.endpoints import Word


@dataclass(frozen=True, eq=False)
class Embedded:
    """id is the same for the same vectors of the same rows, here and in another process. dimensions is d.

    text_vectors (m, d) belong to the distinct texts, row_texts tells each row's (NO_TEXT: none). served is the model
    id the server named, None where it named none.
    """

    id: str
    encoder: str
    encoder_id: EncoderId
    word: Word
    served: str | None
    row_texts: tuple[int, ...]
    text_vectors: Vectors = field(repr=False)

    @property
    def model(self) -> str:
        return self.encoder_id.model

    @property
    def dimensions(self) -> int:
        return int(self.text_vectors.shape[1])

    def row_vectors(self) -> Vectors:
        """(n, d): unit rows; zeros for a row without a text, or with one that has no direction."""
        rows = np.zeros((len(self.row_texts), self.dimensions), dtype=np.float32)
        places = np.asarray(self.row_texts, dtype=np.intp)
        has = places != NO_TEXT
        rows[has] = self.text_vectors[places[has]]
        return rows
