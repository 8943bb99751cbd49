"""The encoder on this machine, once for the process. Imports numpy, so it is imported late."""

from __future__ import annotations

from functools import lru_cache

from services.embedding.encoder import LocalEncoder


@lru_cache(maxsize=1)
def encoder() -> LocalEncoder:
    return LocalEncoder()
