"""The nearest rows of many rows at once, block by block, ties decided the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from services.embedding.rows import Rows

Points = npt.NDArray[np.float64]

# Scores closer than this are equal: far above float64's own noise, so that equal rows tie; far below any that matter.
_GRID = 1e9
_BLOCK_CELLS = 2_000_000
_NOT_ITSELF = -4.0


def by_cosine(points: Points, rows: Rows, k: int) -> Rows:
    """(n, d) unit rows -> (m, k): for each of rows its k nearest others, the nearest first; of equal ones the lower.

    Raises ValueError unless 1 <= k < n.
    """
    return np.concatenate([closest(block, k) for block in cosines(points, rows)] or [np.zeros((0, k), dtype=np.intp)])


def cosines(points: Points, rows: Rows) -> Iterator[Points]:
    """Blocks (b, n) of the cosine of each of rows with every point; a row with itself is below all others."""
    for part in _parts(rows, len(points)):
        yield _without_itself(points[part] @ points.T, part)


def nearness(points: Points, rows: Rows) -> Iterator[Points]:
    """Blocks (b, n) of minus the squared distance, in units of the squared extent of all points: -2 to 0."""
    extent = np.ptp(points, axis=0).max(initial=0.0) if len(points) else 0.0
    scaled = (points - points.mean(axis=0)) / extent if extent > 0 else np.zeros_like(points)
    for part in _parts(rows, len(points)):
        yield _without_itself(-np.square(scaled[part, None, :] - scaled[None, :, :]).sum(axis=2), part)


def closest(scores: Points, k: int) -> Rows:
    """(m, n) -> (m, k): the columns of the k highest scores of each row, best first; of equal scores the lower column.

    Scores lie within ±4; those closer than 1e-9 are equal.
    """
    n = scores.shape[1]
    if not 1 <= k <= n:
        raise ValueError(f"{k} nearest of {n} are asked for.")
    keys = _keys(scores)
    first = np.argpartition(keys, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(keys, first, axis=1), axis=1)
    return np.take_along_axis(first, order, axis=1)


def ranks(scores: Points, columns: Rows) -> Rows:
    """(m, n), (m, k) -> (m, k): at which place, from 1, closest() would name each of the columns of its row."""
    keys = _keys(scores)
    asked = np.take_along_axis(keys, columns, axis=1)
    return np.stack([(keys <= asked[:, [at]]).sum(axis=1) for at in range(asked.shape[1])], axis=1)


def common(a: Rows, b: Rows) -> Points:
    """(m, k), (m, k) -> (m,): the share of each row of a that stands in the same row of b, at whatever place."""
    shares: Points = (a[:, :, None] == b[:, None, :]).any(axis=2).mean(axis=1)
    return shares


def _keys(scores: Points) -> npt.NDArray[np.int64]:
    """Lower is better. One integer holds score and column: no two are equal, so a partial sort is a stable one."""
    n = scores.shape[1]
    keys: npt.NDArray[np.int64] = np.arange(n, dtype=np.int64) - np.rint(scores * _GRID).astype(np.int64) * n
    return keys


def _parts(rows: Rows, n: int) -> Iterator[Rows]:
    size = max(1, _BLOCK_CELLS // max(1, n))
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _without_itself(scores: Points, rows: Rows) -> Points:
    scores[np.arange(len(rows)), rows] = _NOT_ITSELF
    return scores
