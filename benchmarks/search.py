"""Looking at embedded rows: search by meaning and by words, groups, and how good a map is.

Why: these answer to a click, on the machine that also draws. Definitions: search = wall time of one question against
50,000 rows of 768 dimensions, the 10 best with their scores, the index (where there is one) built beforehand; the loop
is what one writes without thinking, numpy's the obvious vectorised form. All must name the same rows. Words = 50,000
texts of 20 words out of 30,000, skewed as words are. Groups = 5,000 rows of 256 dimensions, their number found, named
by their words; the peer is scikit-learn with as many starts, on all threads, judging every number by all rows. Map =
PCA of the same rows and what it loses.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from benchmarks.tables import Goal, Table, compared, ratios
from services.embedding.clusters import RANGE, clusters
from services.embedding.encoder import Vectors, unit
from services.embedding.keywords import KeywordSearch
from services.embedding.map_loss import loss
from services.embedding.projection import pca
from services.embedding.search import MeaningSearch

ROWS, DIMENSIONS, K, REPEATS, SEED = 50_000, 768, 10, 7, 1
GROUP_ROWS, GROUP_DIMENSIONS, GROUP_REPEATS = 5_000, 256, 3
TEXT_WORDS, KNOWN_WORDS = 20, 30_000

Find = Callable[[Vectors], list[int]]


def run() -> list[Table]:
    return [_meaning(), _words(), _groups(), _map()]


def _meaning() -> Table:
    chance = np.random.default_rng(SEED)
    vectors = unit(chance.normal(size=(ROWS, DIMENSIONS)))
    clients = _searches(vectors)
    questions = unit(chance.normal(size=(REPEATS + 1, DIMENSIONS)))
    taken: dict[str, list[float]] = {name: [] for name in clients}
    for repeat, question in enumerate(questions):
        found = {}
        for name, find in clients.items():
            started_s = time.perf_counter()
            found[name] = find(question)
            taken[name].append((time.perf_counter() - started_s) * 1e3)
            if found[name] != found["ours"]:
                raise AssertionError(f"{name} and ours name different rows")
        if repeat == 0:
            taken = {name: [] for name in clients}
    return Table(
        f"search: {K} nearest of {ROWS:,} rows x {DIMENSIONS}, by meaning",
        ("client", "ms", "x ours"),
        compared(taken),
        [
            Goal("ours in at most 50 ms", taken["ours"], 50),
            Goal("ours at most as slow as scikit-learn", ratios(taken, "ours", "scikit-learn, brute"), 1),
        ],
    )


def _searches(vectors: Vectors) -> Mapping[str, Find]:
    ours = MeaningSearch(vectors)
    fitted: Any = NearestNeighbors(n_neighbors=K, algorithm="brute", metric="cosine").fit(vectors)
    return {
        "ours": lambda question: [hit.row for hit in ours.find(question, K)],
        "numpy, whole sort": lambda question: np.argsort(-(vectors @ question))[:K].tolist(),
        "scikit-learn, brute": lambda question: fitted.kneighbors([question])[1][0].tolist(),
        "a loop": lambda question: _by_loop(vectors, question),
    }


def _by_loop(vectors: Vectors, question: Vectors) -> list[int]:
    scores = [float(np.dot(row, question)) for row in vectors]
    return sorted(range(len(scores)), key=lambda i: -scores[i])[:K]


def _words() -> Table:
    texts, chance = _texts(), random.Random(SEED)
    built, asked = [], []
    for _ in range(GROUP_REPEATS):
        started_s = time.perf_counter()
        search = KeywordSearch(texts)
        built.append(time.perf_counter() - started_s)
        for text in chance.sample(texts, 20):
            started_s = time.perf_counter()
            if not search.find(" ".join(text.split()[:4]), K):
                raise AssertionError("a text is not found by its own words")
            asked.append((time.perf_counter() - started_s) * 1e3)
    return Table(
        f"search: {len(texts):,} texts of {TEXT_WORDS} words, by words",
        ("step", "median"),
        [["build, s", f"{np.median(built):.2f}"], ["question of 4 words, ms", f"{np.median(asked):.2f}"]],
        [Goal("built in at most 5 s", built, 5), Goal("a question in at most 50 ms", asked, 50)],
    )


def _texts() -> list[str]:
    chance = random.Random(SEED)
    return [
        " ".join(f"word{int(chance.paretovariate(0.3)) % KNOWN_WORDS}" for _ in range(TEXT_WORDS)) for _ in range(ROWS)
    ]


def _grouped() -> tuple[Vectors, list[str]]:
    chance = np.random.default_rng(SEED)
    topics = chance.integers(0, 6, GROUP_ROWS)
    centres = chance.normal(size=(6, GROUP_DIMENSIONS))
    vectors = unit(centres[topics] + chance.normal(size=(GROUP_ROWS, GROUP_DIMENSIONS)))
    return vectors, [f"the {'abcdef'[i]}seal leaks oil" for i in topics.tolist()]


def _groups() -> Table:
    vectors, texts = _grouped()
    clients: dict[str, Callable[[], int]] = {
        "ours": lambda: len(clusters(vectors, texts).clusters),
        "scikit-learn, all rows": lambda: _by_scikit_learn(vectors),
    }
    taken: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(GROUP_REPEATS):
        for name, group in clients.items():
            started_s = time.perf_counter()
            if group() != 6:
                raise AssertionError(f"{name} finds another number of groups than there are")
            taken[name].append(time.perf_counter() - started_s)
    return Table(
        f"search: groups of {GROUP_ROWS:,} rows x {GROUP_DIMENSIONS}, {RANGE[0]} to {RANGE[1]} of them",
        ("client", "s", "x ours"),
        compared(taken),
        [Goal("ours in at most 2 s", taken["ours"], 2)],
    )


def _by_scikit_learn(vectors: Vectors) -> int:
    scores = {}
    for k in range(RANGE[0], RANGE[1] + 1):
        model: Any = KMeans(n_clusters=k, n_init=8, random_state=SEED)
        scores[k] = silhouette_score(vectors, model.fit_predict(vectors))
    return max(scores, key=lambda k: scores[k])


def _map() -> Table:
    vectors, _ = _grouped()
    drawn, judged = [], []
    for _ in range(GROUP_REPEATS):
        started_s = time.perf_counter()
        projection = pca(vectors)
        drawn.append(time.perf_counter() - started_s)
        started_s = time.perf_counter()
        if loss(vectors, projection) is None:
            raise AssertionError("a map of many rows has no loss")
        judged.append(time.perf_counter() - started_s)
    return Table(
        f"search: a map of {GROUP_ROWS:,} rows x {GROUP_DIMENSIONS}",
        ("step", "s"),
        [["PCA", f"{np.median(drawn):.2f}"], ["what it loses, 2,000 rows judged", f"{np.median(judged):.2f}"]],
        [Goal("both in at most 3 s", [a + b for a, b in zip(drawn, judged, strict=True)], 3)],
    )
