"""A job of embedding from outside: what it does, what it tells, and what it never does twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder
from services.embedding.encoders import InProcessEncoder
from services.embedding.jobs import Jobs
from services.embedding.prepared import prepare
from services.embedding.texts import default_template, fill
from services.embedding.tokens import LocalTokens
from services.embedding.vector_store import VectorStore
from tests.embedding.samples import numbered

WAIT_S = 30.0


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(VectorStore(None))
    yield made
    made.close()


def test_a_sample_becomes_vectors_for_free(jobs: Jobs) -> None:
    read = numbered(30)
    texts = fill(default_template(read), read)
    prepared = prepare(texts, LocalTokens(), limit_tokens=512)
    seen = jobs.start("ann", prepared, InProcessEncoder(LocalEncoder())).wait(WAIT_S)
    assert (seen.state, seen.rows_done, seen.texts_done, seen.word, seen.cost_usd) == ("done", 30, 30, "local", 0)
    assert seen.embedded is not None
    np.testing.assert_allclose(seen.embedded.row_vectors(), LocalEncoder().encode([str(t) for t in texts]), atol=1e-6)
