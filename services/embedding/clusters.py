"""Groups of rows that mean the like, each with the words that tell it apart and the row at its heart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Vectors
from services.embedding.labels import terms_of_groups
from services.embedding.projection import SEED, sampled
from services.embedding.rows import Rows, differing, present
from services.embedding.threads import one_thread

Points = npt.NDArray[np.float32]

RANGE = (2, 8)
_CHOICE_ROWS = 1_000
_STARTS = 8
_ROUNDS = 100


@dataclass(frozen=True)
class Cluster:
    """heart is the row nearest the mean direction; terms are the words that tell it from the others, best first."""

    number: int
    size: int
    heart: int
    terms: tuple[str, ...]

    @property
    def label(self) -> str:
        return ", ".join(self.terms) if self.terms else f"group {self.number + 1}"


@dataclass(frozen=True)
class Clusters:
    """of (n,) is the number of each row's cluster, -1 for a row without a vector. The largest comes first.

    silhouette, -1 to 1, says how far apart the clusters are (0: not at all; of a sample where there are many rows);
    None for fewer than two clusters.
    """

    of: npt.NDArray[np.int32]
    clusters: tuple[Cluster, ...]
    silhouette: float | None = None


def clusters(
    vectors: Vectors,
    texts: Sequence[str | None],
    k: int | None = None,
    *,
    between: tuple[int, int] = RANGE,
    seed: int = SEED,
) -> Clusters:
    """k-means of unit rows; the same input gives the same groups. texts[i] belongs to vectors[i].

    Without k, the number within `between` whose groups are furthest apart by the mean silhouette, judged on a sample:
    two languages may well win over many subjects. Never more groups than there are different rows. Raises ValueError
    for k < 1 or texts of another number than the rows.
    """
    if len(texts) != len(vectors) or (k is not None and k < 1):
        raise ValueError(f"{len(texts)} texts for {len(vectors)} rows, k = {k}.")
    rows = np.flatnonzero(present(vectors))
    points = np.ascontiguousarray(vectors[rows], dtype=np.float32)
    with one_thread():
        wanted = _chosen(points, between, seed) if k is None else min(k, differing(points))
        groups = _largest_first(_grouped(points, wanted, seed)) if wanted > 1 else np.zeros(len(rows), dtype=np.int32)
        silhouette = _silhouette(points, groups, seed)
    of = np.full(len(vectors), -1, dtype=np.int32)
    of[rows] = groups
    return Clusters(of, _described(vectors, texts, of), silhouette)


def _chosen(points: Points, between: tuple[int, int], seed: int) -> int:
    """How many groups; the fewest of those that do equally well."""
    part = points[sampled(np.arange(len(points)), _CHOICE_ROWS, seed)]
    different = differing(part)
    best, most = (min(1, different), -1.0), min(between[1], different, len(part) - 1)
    for k in range(max(2, min(between[0], most)), most + 1):
        score = _silhouette(part, _grouped(part, k, seed), seed)
        if score is not None and score > best[1]:
            best = (k, score)
    return best[0]


def _grouped(points: Points, k: int, seed: int) -> npt.NDArray[np.int32]:
    from sklearn.cluster import KMeans

    model: Any = KMeans(n_clusters=k, n_init=_STARTS, max_iter=_ROUNDS, random_state=seed)
    return np.asarray(model.fit_predict(points), dtype=np.int32)


def _silhouette(points: Points, groups: npt.NDArray[np.int32], seed: int) -> float | None:
    """The mean over (a sample of) points of how much nearer the own group is than the next, by Euclidean distance."""
    from sklearn.metrics import silhouette_score

    part = sampled(np.arange(len(points)), _CHOICE_ROWS, seed)
    points, groups = points[part], groups[part]
    count = len(np.unique(groups))
    if not 2 <= count <= len(groups) - 1:
        return None
    return float(silhouette_score(points, groups))


def _largest_first(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The same groups renumbered by size; of equal ones, that with the lowest row first."""
    numbers, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    renumbered = np.empty(int(numbers.max()) + 1, dtype=np.int32)
    renumbered[numbers[order]] = np.arange(len(order))
    return renumbered[groups]


def _described(vectors: Vectors, texts: Sequence[str | None], of: npt.NDArray[np.int32]) -> tuple[Cluster, ...]:
    members = [np.flatnonzero(of == number) for number in range(int(of.max(initial=-1)) + 1)]
    terms = terms_of_groups([[texts[row] for row in rows.tolist()] for rows in members])
    return tuple(
        Cluster(number, len(rows), _heart(vectors, rows), terms[number]) for number, rows in enumerate(members)
    )


def _heart(vectors: Vectors, rows: Rows) -> int:
    points = vectors[rows].astype(np.float64)
    return int(rows[np.round(points @ points.mean(axis=0), 9).argmax()])
