"""Search by words: BM25 over the texts, in any language that has words."""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.embedding.rows import Mask

# How soon repeating a word stops helping, and how much a long text is held against it: the values most engines use.
K1, B = 1.2, 0.75

# Chinese and Japanese write no spaces: there each character is a word.
_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]+")


@dataclass(frozen=True)
class WordHit:
    """row counts from 0; score is BM25, above 0, to be compared within one search only; words of the question it has.

    words are as words() gives them: without capitals.
    """

    row: int
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Postings:
    """The rows that hold one word, in order, and how often each does."""

    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]


class KeywordSearch:
    """Built once for texts; None and a text without words are never a hit. Thread-safe.

    A word's weight is ln(1 + (N − n + ½) / (n + ½)) for n of N texts that hold it, so never below 0; source: Robertson
    and Zaragoza, The Probabilistic Relevance Framework (2009), in the form that Lucene uses. k1 >= 0, 0 <= b <= 1.
    """

    def __init__(self, texts: Sequence[str | None], *, k1: float = K1, b: float = B) -> None:
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"k1 = {k1} is below 0, or b = {b} is not within 0 and 1.")
        self._k1 = k1
        lengths, self._postings = _index(texts)
        self._texts, held = len(texts), int((lengths > 0).sum())
        self._with_words = held
        mean = lengths.sum() / held if held else 1.0
        self._damping = k1 * (1 - b + b * lengths / mean)

    def find(self, question: str, k: int = 10, *, among: Mask | None = None) -> tuple[WordHit, ...]:
        """At most k rows that hold a word of the question, best first, equal scores in the order of their rows."""
        if k < 1:
            raise ValueError(f"{k} hits are asked for.")
        if among is not None and among.shape != (self._texts,):
            raise ValueError(f"The mask is {among.shape}, there are {self._texts} texts.")
        asked = [word for word in dict.fromkeys(words(question)) if word in self._postings]
        scores = np.zeros(self._texts)
        for word in asked:
            held = self._postings[word]
            scores[held.rows] += self._worth(held)
        if among is not None:
            scores[~among] = 0
        best = np.argsort(-scores, kind="stable")[:k]
        return tuple(WordHit(int(i), float(scores[i]), self._shared(asked, int(i))) for i in best if scores[i] > 0)

    def _worth(self, held: _Postings) -> npt.NDArray[np.float64]:
        n = len(held.rows)
        weight = math.log1p((self._with_words - n + 0.5) / (n + 0.5))
        return weight * held.counts * (self._k1 + 1) / (held.counts + self._damping[held.rows])

    def _shared(self, asked: Sequence[str], row: int) -> tuple[str, ...]:
        return tuple(word for word in asked if _holds(self._postings[word].rows, row))


def words(text: str) -> list[str]:
    """The words of a text in order: runs of letters and digits, case folded, in composed form (NFKC).

    No word is stemmed or dropped and no umlaut is replaced, as that would need to know the language.
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _index(texts: Sequence[str | None]) -> tuple[npt.NDArray[np.int64], dict[str, _Postings]]:
    """The number of words of each text, and where each word stands."""
    lengths = np.zeros(len(texts), dtype=np.int64)
    found: dict[str, tuple[array[int], array[int]]] = {}
    for row, text in enumerate(texts):
        counts = Counter(words(text)) if text is not None else Counter()
        lengths[row] = counts.total()
        for word, count in counts.items():
            rows, times = found.setdefault(word, (array("i"), array("i")))
            rows.append(row)
            times.append(count)
    as_arrays = {
        word: _Postings(*(np.frombuffer(part, dtype=np.int32) for part in pair)) for word, pair in found.items()
    }
    return lengths, as_arrays


def _holds(rows: npt.NDArray[np.int32], row: int) -> bool:
    at = int(np.searchsorted(rows, row))
    return at < len(rows) and int(rows[at]) == row
