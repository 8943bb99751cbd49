"""How well a search finds the topic it was asked for, by language of the query and of the texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.shares import wilson
from services.tables.demo_vocabulary import LANGUAGES, Language, Query

Scores = npt.NDArray[np.floating[Any]]
Scorer = Callable[[str], Scores]


@dataclass(frozen=True)
class Precision:
    """Mean precision at k over n queries, among the texts of one language.

    low and high bound it at 95 %: Wilson's interval with n the number of queries, not of hits, since the hits of one
    query stand or fall together. It is wider than need be, never narrower. chance is what a blind draw would reach.
    """

    query_language: Language
    text_language: Language
    k: int
    n: int
    mean: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True)
class Judged:
    """The rows that are searched: topics[i] and languages[i] (E or D) are those of row i."""

    topics: Sequence[str]
    languages: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.topics) != len(self.languages):
            raise ValueError(f"{len(self.topics)} topics for {len(self.languages)} languages")


def by_meaning(
    queries: Sequence[Query], query_vectors: Scores, rows: Judged, row_vectors: Scores, *, k: int = 10
) -> tuple[Precision, ...]:
    """query_vectors (m, d) and row_vectors (n, d), unit length or all zeros: a zero vector finds and is found never.

    Raises ValueError where the shapes do not fit or a number is not finite.
    """
    if row_vectors.ndim != 2 or query_vectors.ndim != 2 or row_vectors.shape[1] != query_vectors.shape[1]:
        raise ValueError(f"vectors of shapes {query_vectors.shape} and {row_vectors.shape} cannot be compared")
    scores = query_vectors @ row_vectors.T
    known = np.any(query_vectors, axis=1)[:, None] & np.any(row_vectors, axis=1)[None, :]
    return precision(queries, np.where(known, scores, -np.inf), rows, k=k)


def by_words(queries: Sequence[Query], scorer: Scorer, rows: Judged, *, k: int = 10) -> tuple[Precision, ...]:
    """scorer gives a query's score for each row, 0 for a row without any of its words, which is no hit."""
    scores = np.array([scorer(query.text) for query in queries], dtype=np.float64).reshape(len(queries), -1)
    return precision(queries, np.where(scores > 0, scores, np.where(scores == 0, -np.inf, scores)), rows, k=k)


def precision(queries: Sequence[Query], scores: Scores, rows: Judged, *, k: int = 10) -> tuple[Precision, ...]:
    """scores (m, n), -inf for a row that is no hit; of equal scores the earlier row comes first.

    A query that finds fewer than k rows is judged by k all the same, or by as many rows as there are in the language.
    A pair of languages without queries or without texts is left out.
    """
    if scores.shape != (len(queries), len(rows.topics)):
        raise ValueError(f"scores of shape {scores.shape} for {len(queries)} queries and {len(rows.topics)} rows")
    if k < 1 or np.isnan(scores).any() or np.isposinf(scores).any():
        raise ValueError("k is at least 1, and a score is a number or -inf")
    pairs = [(asked, told) for asked in LANGUAGES for told in LANGUAGES]
    cells = [_cell(queries, scores, rows, asked, told, k) for asked, told in pairs]
    return tuple(cell for cell in cells if cell is not None)


def _cell(
    queries: Sequence[Query], scores: Scores, rows: Judged, asked: Language, told: Language, k: int
) -> Precision | None:
    at = np.flatnonzero(np.array([language == told for language in rows.languages], dtype=bool))
    asking = [i for i, query in enumerate(queries) if query.language == asked]
    if not asking or not at.size:
        return None
    topics = np.array(rows.topics, dtype=object)[at]
    right = [topics == queries[i].topic for i in asking]
    shares = [_share(hit, scores[i, at], k) for hit, i in zip(right, asking, strict=True)]
    low, high = wilson(sum(shares), len(shares))
    chance = float(np.mean([hit.mean() for hit in right]))
    return Precision(asked, told, k, len(shares), float(np.mean(shares)), low, high, chance)


def _share(right: npt.NDArray[np.bool_], scores: Scores, k: int) -> float:
    best = np.argsort(-scores, kind="stable")[:k]
    return float((right[best] & np.isfinite(scores[best])).sum() / min(k, len(right)))
