"""Which rows have a vector: the one check before anything is searched, mapped or grouped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Vectors

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
_LENGTH_TOLERANCE = 1e-3


def present(vectors: Vectors) -> Mask:
    """(n, d) -> (n,): True where a row has length 1, False where it is all zeros: no vector, no cosine.

    Raises ValueError for any other row, NaN and infinity included: what follows would be wrong without a sign of it.
    """
    if vectors.ndim != 2:
        raise ValueError(f"Vectors are (n, d), not {vectors.shape}.")
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64) if vectors.size else np.zeros(len(vectors))
    has: Mask = squares > 0
    odd = has & ~(np.abs(squares - 1) <= 2 * _LENGTH_TOLERANCE) | ~np.isfinite(squares)
    if odd.any():
        raise ValueError(f"Row {int(np.flatnonzero(odd)[0])} is neither of length 1 nor all zeros.")
    return has


def differing(vectors: Vectors) -> int:
    """How many rows differ by more than float32's own noise."""
    # Adding zero makes one of the two zeros.
    return len({row.tobytes() for row in np.round(vectors, 5) + np.float32(0)})
