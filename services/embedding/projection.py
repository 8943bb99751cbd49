"""Vectors on a flat map: PCA or t-SNE."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Vectors
from services.embedding.rows import Rows, differing, present
from services.embedding.threads import one_thread

Points = npt.NDArray[np.float64]
Method = Literal["pca", "t-sne"]

SEED = 7
MOST_TSNE_POINTS = 2_000
PERPLEXITY = 30.0
# Fewer have no neighbourhoods to keep.
_FEWEST_FOR_TSNE = 5
_TSNE_DIMENSIONS = 50
_TSNE_STEPS = 500
_START_SPREAD = 1e-4


@dataclass(frozen=True)
class Projection:
    """points (m, 2) are the places of rows (m,), in ascending order; other rows are not on the map.

    explained are the shares, 0 to 1, of all variance that the two axes of a PCA carry; None where there is no variance
    or the map is not a PCA. without_vector and not_drawn count the rows left out, the latter because there were too
    many. note is one sentence, or empty.
    """

    method: Method
    rows: Rows
    points: Points
    explained: tuple[float, float] | None = None
    without_vector: int = 0
    not_drawn: int = 0
    note: str = ""


def pca(vectors: Vectors) -> Projection:
    """The two directions of most variance, exactly. Of the two signs of an axis, its largest weight is positive."""
    rows = np.flatnonzero(present(vectors))
    points, explained = _principal(vectors[rows].astype(np.float64), 2)
    note = "" if explained is not None else _why_flat(len(rows))
    shares = None if explained is None else (float(explained[0]), float(explained[1]))
    return Projection("pca", rows, points, shares, len(vectors) - len(rows), note=note)


def tsne(
    vectors: Vectors, *, most: int = MOST_TSNE_POINTS, perplexity: float = PERPLEXITY, seed: int = SEED
) -> Projection:
    """t-SNE that begins at the PCA; the same input gives the same map. A PCA, saying so, where too few rows differ.

    Of more than `most` rows a sample is drawn, chosen by seed; nothing else is left to chance. perplexity is lowered to
    a third of the rows. Not to be interrupted, but bounded: `most` points and a fixed number of steps, a few seconds.
    """
    held = np.flatnonzero(present(vectors))
    rows = sampled(held, most, seed)
    if differing(vectors[rows]) < _FEWEST_FOR_TSNE:
        flat = pca(vectors)
        return replace(flat, note=flat.note if flat.note else "Too few different rows for t-SNE: this is the PCA.")
    reduced, _ = _principal(vectors[rows].astype(np.float64), min(_TSNE_DIMENSIONS, *vectors.shape))
    return Projection(
        "t-sne",
        rows,
        _embedded(reduced, min(perplexity, (len(rows) - 1) / 3)),
        without_vector=len(vectors) - len(held),
        not_drawn=len(held) - len(rows),
        note=f"{len(rows):,} of {len(held):,} rows, chosen at random." if len(rows) < len(held) else "",
    )


def sampled(rows: Rows, most: int, seed: int = SEED) -> Rows:
    """At most `most` of them, chosen at random, in ascending order."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _why_flat(rows: int) -> str:
    if rows == 0:
        return "No row has a vector."
    return "One row makes no map." if rows == 1 else "All rows have the same vector."


def _principal(points: Points, axes: int) -> tuple[Points, Points | None]:
    """(n, d) -> (n, axes) and the share of each axis; axes beyond the data's own are zeros. None for no variance."""
    n, d = points.shape
    placed, shares = np.zeros((n, axes)), np.zeros(axes)
    if n == 0 or d == 0:
        return placed, None
    centred = points - points.mean(axis=0)
    total = float(np.square(centred).sum())
    if total <= n * np.finfo(np.float32).eps ** 2:
        return placed, None
    directions, strengths = _directions(centred, min(axes, n, d))
    found = len(strengths)
    placed[:, :found] = centred @ directions
    shares[:found] = np.minimum(strengths / total, 1.0)
    return placed, shares


def _directions(centred: Points, axes: int) -> tuple[Points, Points]:
    """The strongest directions (d, axes), as unit columns, and the sum of squares along each."""
    from scipy.linalg import eigh

    n, d = centred.shape
    size = min(n, d)
    wide = d > n
    with one_thread():
        squares = centred @ centred.T if wide else centred.T @ centred
        strengths, found = eigh(squares, subset_by_index=(size - axes, size - 1), check_finite=False)
    strengths, found = np.maximum(strengths[::-1], 0.0), found[:, ::-1]
    if wide:
        lengths = np.sqrt(strengths)
        found = np.divide(
            centred.T @ found, lengths, out=np.zeros((d, axes)), where=lengths > np.sqrt(_negligible(strengths))
        )
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(axes)])
    return found * signs, strengths


def _negligible(strengths: Points) -> float:
    return float(strengths.max(initial=0.0)) * 1e-12


def _embedded(points: Points, perplexity: float) -> Points:
    from sklearn.manifold import TSNE

    start = points[:, :2] / points[:, 0].std() * _START_SPREAD
    model: Any = TSNE(
        n_components=2,
        perplexity=perplexity,
        init=start.astype(np.float32),
        max_iter=_TSNE_STEPS,
    )
    with one_thread():
        return np.asarray(model.fit_transform(points.astype(np.float32)), dtype=np.float64)
