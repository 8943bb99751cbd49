"""How well vectors find what they should, and how far two encoders find the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Vectors, unit
from services.embedding.neighbours import Points, by_cosine, closest, common
from services.embedding.projection import SEED, sampled
from services.embedding.rows import Rows, present
from services.shares import Share, mean_share

K, MOST_JUDGED = 10, 2_000


@dataclass(frozen=True)
class Overlap:
    """share: of a row's k nearest by one encoder, how many are among those by the other; the mean over rows.

    by_chance is what two unrelated encoders share. left_out rows lack a vector of one of them.
    """

    share: Share
    k: int
    by_chance: float
    left_out: int


@dataclass(frozen=True)
class Precision:
    """share: of the k nearest rows, how many bear the label that was wanted; the mean over rows or questions.

    by_chance is what random rows would give, at_best what the labels allow: one with fewer than k rows cannot fill its
    places. left_out counts rows or questions that could not be judged.
    """

    share: Share
    k: int
    by_chance: float
    at_best: float
    left_out: int


def overlap(a: Vectors, b: Vectors, k: int = K, *, most: int = MOST_JUDGED, seed: int = SEED) -> Overlap | None:
    """a (n, d) and b (n, e) are vectors of the same rows. k is lowered to under half of the rows; None for under three.

    Judged against all rows; beyond `most`, a random sample is. Raises ValueError for different numbers of rows.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} rows of one encoder, {len(b)} of the other.")
    both = np.flatnonzero(present(a) & present(b))
    k = min(k, (len(both) - 1) // 2)
    if k < 1:
        return None
    rows = sampled(np.arange(len(both)), most, seed)
    nearest = [by_cosine(vectors[both].astype(np.float64), rows, k) for vectors in (a, b)]
    return Overlap(mean_share(common(*nearest), k), k, k / (len(both) - 1), len(a) - len(both))


def precision_of_rows(
    vectors: Vectors, labels: Sequence[Hashable], k: int = K, *, most: int = MOST_JUDGED, seed: int = SEED
) -> Precision | None:
    """Each row asks for its own label among the others. k is lowered to the number of others.

    A row without a vector or with the label None neither asks nor is found; one that is alone with its label does not
    ask. Beyond `most` rows a random sample asks. None where no row can ask.
    """
    held, marks = _labelled(vectors, labels)
    sizes = np.bincount(marks, minlength=1) - 1
    asking = np.flatnonzero(sizes[marks] > 0) if len(marks) else np.zeros(0, dtype=np.intp)
    if not len(asking):
        return None
    rows, k = sampled(asking, most, seed), min(k, len(held) - 1)
    found = by_cosine(vectors[held].astype(np.float64), rows, k)
    right = marks[found] == marks[rows][:, None]
    return _precision(right, sizes[marks[rows]], len(held) - 1, len(vectors) - len(asking))


def precision_of_questions(
    vectors: Vectors, labels: Sequence[Hashable], questions: Vectors, wanted: Sequence[Hashable], k: int = K
) -> Precision | None:
    """questions (q, d), wanted[i] the label that questions[i] should find. k is lowered to the number of rows.

    A row without a vector or with the label None is not found. A question without a vector finds nothing: 0. A question
    for a label that no row bears is left out. None where no question is left.
    """
    held, marks = _labelled(vectors, labels)
    number = {labels[row]: mark for row, mark in zip(held.tolist(), marks.tolist(), strict=True)}
    asking = [i for i, label in enumerate(wanted) if label in number]
    if len(wanted) != len(questions):
        raise ValueError(f"{len(wanted)} labels for {len(questions)} questions.")
    if not asking:
        return None
    asked, k = unit(questions[asking]).astype(np.float64), min(k, len(held))
    goals = np.array([number[wanted[i]] for i in asking], dtype=np.intp)
    found = closest(asked @ vectors[held].astype(np.float64).T, k)
    right = (marks[found] == goals[:, None]) & np.any(asked, axis=1)[:, None]
    return _precision(right, np.bincount(marks)[goals], len(held), len(wanted) - len(asking))


def _labelled(vectors: Vectors, labels: Sequence[Hashable]) -> tuple[Rows, Rows]:
    """The rows that have both a vector and a label, and a number for the label of each."""
    if len(labels) != len(vectors):
        raise ValueError(f"{len(labels)} labels for {len(vectors)} rows.")
    held = [row for row in np.flatnonzero(present(vectors)).tolist() if labels[row] is not None]
    numbers = {label: number for number, label in enumerate(Counter(labels[row] for row in held))}
    return np.array(held, dtype=np.intp), np.array([numbers[labels[row]] for row in held], dtype=np.intp)


def _precision(right: npt.NDArray[np.bool_], sizes: Rows, others: int, left_out: int) -> Precision:
    """right (m, k) says of each place whether it was right; sizes (m,) how many of the others would have been."""
    k = right.shape[1]
    shares: Points = right.mean(axis=1)
    return Precision(
        mean_share(shares, k),
        k,
        by_chance=float(sizes.mean()) / others,
        at_best=float(np.minimum(sizes, k).mean()) / k,
        left_out=left_out,
    )
