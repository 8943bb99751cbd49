"""Search by meaning: the exact cosine of a question with every row, and what is nearest to a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Vectors
from services.embedding.neighbours import cosines
from services.embedding.rows import Mask, Rows, present
from services.errors import BadRequestError

Scores = npt.NDArray[np.float64]

DUPLICATE = 0.98
# How far a float32 product may lie from the exact one; what is that near the last place is scored again exactly.
_MARGIN = 1e-4
_EXACT_ROWS = 4_096


@dataclass(frozen=True)
class Hit:
    """row counts from 0; score is the cosine, -1 to 1."""

    row: int
    score: float


@dataclass(frozen=True)
class Pair:
    """Two rows, first < second, and their cosine."""

    first: int
    second: int
    score: float


@dataclass(frozen=True)
class Duplicates:
    """The closest pairs, best first; total is how many pairs reach the threshold, those not listed included."""

    pairs: tuple[Pair, ...]
    total: int


class MeaningSearch:
    """Over vectors (n, d), unit rows; a row of zeros has no vector and is never a hit. Nothing is copied or changed.

    Every score is computed in float64 from the vectors as they are: no index, nothing approximate. Equal scores come in
    the order of their rows. Raises ValueError for rows that are neither of length 1 nor zero. Thread-safe.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._present = present(self._vectors)

    @property
    def without_vector(self) -> int:
        return int(len(self._present) - self._present.sum())

    def find(
        self,
        question: npt.NDArray[np.floating],
        k: int = 10,
        *,
        threshold: float | None = None,
        among: Mask | None = None,
    ) -> tuple[Hit, ...]:
        """question (d,), of any length: at most k hits, the best first, none below threshold, only rows that are
        True in among.

        Empty for a question of zeros. Raises BadRequestError where the question is of another encoder or not finite.
        """
        asked = np.asarray(question, dtype=np.float64)
        if asked.shape != self._vectors.shape[1:]:
            raise BadRequestError(
                f"The question has {asked.size} numbers, each row {self._vectors.shape[1]}.",
                remedy="Encode the question with the encoder of the rows.",
            )
        if not np.isfinite(asked).all():
            raise BadRequestError("The question's vector holds a number that is not finite.")
        return self._best(asked, k, threshold, self._allowed(among))

    def near(
        self, row: int, k: int = 10, *, threshold: float | None = None, among: Mask | None = None
    ) -> tuple[Hit, ...]:
        """The rows nearest to row, itself left out; empty where it has no vector. Raises IndexError."""
        if not 0 <= row < len(self._vectors):
            raise IndexError(f"There is no row {row}.")
        allowed = self._allowed(among)
        allowed[row] = False
        return self._best(self._vectors[row].astype(np.float64), k, threshold, allowed)

    def duplicates(self, threshold: float = DUPLICATE, most: int = 200) -> Duplicates:
        """All pairs are looked at, block by block; at most `most` are kept."""
        rows = np.flatnonzero(self._present)
        points = self._vectors[rows].astype(np.float64)
        found: list[Pair] = []
        total, at = 0, 0
        for block in cosines(points, np.arange(len(rows))):
            pairs, count = _pairs(block, at, threshold, most)
            found = sorted([*found, *pairs], key=_order)[:most]
            total, at = total + count, at + len(block)
        original = rows.tolist()
        return Duplicates(tuple(Pair(original[p.first], original[p.second], p.score) for p in found), total)

    def _allowed(self, among: Mask | None) -> Mask:
        if among is None:
            return self._present.copy()
        if among.shape != self._present.shape:
            raise ValueError(f"The mask is {among.shape}, the rows are {self._present.shape}.")
        return self._present & among

    def _best(self, asked: Scores, k: int, threshold: float | None, allowed: Mask) -> tuple[Hit, ...]:
        if k < 1:
            raise ValueError(f"{k} hits are asked for.")
        direction = _direction(asked)
        if not direction.any() or not allowed.any():
            return ()
        rows = self._candidates(direction, k, allowed)
        scores = np.concatenate(
            # Row by row, so that equal rows get equal scores wherever they stand.
            [(self._vectors[part] * direction).sum(axis=1) for part in _parts(rows)]
        )
        best = np.argsort(-scores, kind="stable")[:k]
        least = -np.inf if threshold is None else threshold
        return tuple(Hit(int(rows[i]), float(np.clip(scores[i], -1, 1))) for i in best if scores[i] >= least)

    def _candidates(self, direction: Scores, k: int, allowed: Mask) -> Rows:
        """All rows that may be among the k best."""
        rough = self._vectors @ direction.astype(np.float32)
        rough[~allowed] = -np.inf
        if k >= len(rough):
            return np.flatnonzero(allowed)
        last = np.partition(rough, -k)[-k]
        return np.flatnonzero(allowed & (rough >= last - _MARGIN))


def _direction(vector: Scores) -> Scores:
    """(d,) -> (d,) of length 1; zeros stay. Scaled first, so that neither huge nor tiny numbers leave float64."""
    largest = np.abs(vector).max(initial=0.0)
    if largest == 0:
        return vector
    scaled: Scores = vector / largest
    return scaled / float(np.linalg.norm(scaled))


def _parts(rows: Rows) -> list[Rows]:
    return [rows[at : at + _EXACT_ROWS] for at in range(0, len(rows), _EXACT_ROWS)]


def _order(pair: Pair) -> tuple[float, int, int]:
    return -pair.score, pair.first, pair.second


def _pairs(block: Scores, at: int, threshold: float, most: int) -> tuple[list[Pair], int]:
    """The best pairs of rows at, at + 1 ... with later ones, and how many there are."""
    first, second = np.nonzero(np.triu(block >= threshold, k=at + 1))
    scores = np.round(block[first, second], 9)
    best = np.argsort(-scores, kind="stable")[:most]
    return [Pair(int(first[i]) + at, int(second[i]), min(1.0, float(scores[i]))) for i in best], len(scores)
