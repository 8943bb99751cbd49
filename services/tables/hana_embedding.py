"""Vectors that SAP HANA's own models give, inside the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from services.errors import DeadlineError, ProtocolError, ProviderError
from services.tables import hana_statements as statements
from services.tables.hana_session import Session
from services.tables.hana_statements import EmbeddingKind, Statement
from services.tables.hana_types import shown

# The models an instance with NLP enabled may offer. Both cut a text after 256 tokens or so without a word.
EMBEDDING_MODELS = ("SAP_NEB.20240715", "SAP_GXY.20250407")

Vectors = npt.NDArray[np.float32]


def knows_vectors(session: Session) -> bool:
    return bool(session.rows(Statement(statements.VECTOR_TYPE), 1))


def answers(session: Session, model: str) -> bool:
    """Asked by using it: whether a model is there is told by no catalogue."""
    try:
        return bool(session.rows(statements.embedding_ping(model), 1))
    except (ProviderError, DeadlineError):
        return False


def embedded(session: Session, texts: Sequence[str], model: str, kind: EmbeddingKind, batch: int) -> Vectors:
    """(n, d); all zeros where a text, an empty one, has no vector. Raises ProtocolError for what is no vector."""
    found: list[Any] = []
    for start in range(0, len(texts), batch):
        some = [shown(text)[0] for text in texts[start : start + batch]]
        rows = session.rows(statements.embeddings(some, model, kind), len(some))
        if [row[0] for row in rows] != list(range(len(some))):
            raise ProtocolError("SAP HANA did not answer with one row for each text.", remedy="Try fewer texts.")
        found += [row[1] for row in rows]
    return _array(found)


def _array(found: Sequence[Any]) -> Vectors:
    dimensions = {len(vector) for vector in found if isinstance(vector, list | tuple)}
    if not found:
        return np.zeros((0, 0), np.float32)
    if len(dimensions) != 1 or not all(vector is None or isinstance(vector, list | tuple) for vector in found):
        raise ProtocolError("SAP HANA's vectors are not all of one length.", remedy="Embed with another model.")
    zeros = [0.0] * dimensions.pop()
    vectors = np.array([zeros if vector is None else vector for vector in found], np.float32)
    if not np.isfinite(vectors).all():
        raise ProtocolError("SAP HANA's vectors hold what is no number.", remedy="Embed with another model.")
    return vectors
