"""Vectors from the encoder in assets/encoder, loaded at the first call so that the server starts at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np


class Encoder:
    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._model: Any = None

    def encode(self, texts: list[str]) -> list[list[float]]:
        """Rows of 256 numbers and length one; zeros for a text without a known word."""
        vectors = np.asarray(self._loaded().encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: list[list[float]] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0).tolist()
        return unit

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                from model2vec import StaticModel

                self._model = StaticModel.from_pretrained(self._folder)
            return self._model
