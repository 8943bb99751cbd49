"""Texts to vectors: what an encoder promises, and the one that ships with the project."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from services.errors import ConfigError

if TYPE_CHECKING:
    from model2vec import StaticModel

Vectors = npt.NDArray[np.float32]

BUNDLED = Path(__file__).resolve().parents[2] / "assets" / "encoder"
_FILES = ("model.safetensors", "tokenizer.json", "config.json")


class Encoder(Protocol):
    """name tells whose vectors they are: those of two names are never compared. dimensions is d."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d), row i for text i: unit length, or all zeros for a text it knows no word of (see rows.present)."""
        ...


class LocalEncoder:
    """The static sentence encoder in folder: English, blind to word order, free. Thread-safe; loaded at first use.

    Reads at most 512 tokens of a text. Never asks the network. Raises ConfigError where the folder is incomplete.
    """

    name = "static-minilm-l6-v2-256"

    def __init__(self, folder: Path = BUNDLED) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: StaticModel | None = None

    @property
    def dimensions(self) -> int:
        with self._lock:
            return int(self._model().dim)

    def encode(self, texts: Sequence[str]) -> Vectors:
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        # One at a time: the model switches its tokenizer's truncation on and off around every call.
        with self._lock:
            model = self._model()
            if not readable:
                return np.zeros((0, int(model.dim)), dtype=np.float32)
            return unit(model.encode(readable, use_multiprocessing=False))

    def _model(self) -> StaticModel:
        if self._loaded is None:
            missing = [name for name in _FILES if not (self._folder / name).is_file()]
            # A folder that is not there would be taken for the name of a model to download.
            if missing:
                raise ConfigError(f"The local encoder lacks {', '.join(missing)}.", remedy=_REMEDY)
            from model2vec import StaticModel

            self._loaded = StaticModel.from_pretrained(self._folder)
        return self._loaded


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """(n, d) -> (n, d): each row at length 1; a row of zeros stays one."""
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return np.asarray(scaled, dtype=np.float32)


_REMEDY = "Restore assets/encoder from the repository, or rebuild it with scripts/make_encoder.py."
