"""How a search of the demo notifications is judged, and what the local encoder reaches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder, Vectors
from services.tables.demo import DemoSource
from services.tables.demo_precision import Judged, Precision, by_meaning, by_words, precision
from services.tables.demo_vocabulary import Query, suggested
from services.tables.source import ObjectName, SampleRequest

FRESH = [
    Query(each["query"], each["language"], each["topic"])
    for each in json.loads(Path(__file__).with_name("demo_queries.json").read_text("utf-8"))
]
ENGLISH = Query("drips", "E", "leak")
GERMAN = Query("tropft", "D", "leak")


def cell(found: Sequence[Precision], asked: str, told: str) -> Precision:
    (one,) = [each for each in found if (each.query_language, each.text_language) == (asked, told)]
    return one


def test_the_share_of_right_topics_among_the_best_k_is_counted():
    rows = Judged(["leak", "noise", "leak", "noise"], ["E"] * 4)
    (found,) = precision([ENGLISH], np.array([[0.9, 0.8, 0.7, 0.1]]), rows, k=3)
    assert (found.mean, found.chance, found.n, found.k) == (pytest.approx(2 / 3), 0.5, 1, 3)


def test_each_pair_of_languages_is_judged_among_its_own_texts():
    rows = Judged(["leak", "noise", "noise", "leak"], ["E", "E", "D", "D"])
    scores = np.array([[0.9, 0.1, 0.8, 0.2], [0.1, 0.9, 0.2, 0.8]])
    found = precision([ENGLISH, GERMAN], scores, rows, k=1)
    pairs = {(each.query_language, each.text_language): each.mean for each in found}
    assert pairs == {("E", "E"): 1.0, ("E", "D"): 0.0, ("D", "E"): 0.0, ("D", "D"): 1.0}


def test_a_language_without_queries_or_texts_has_no_figure():
    assert precision([ENGLISH], np.ones((1, 1)), Judged(["leak"], ["D"]))[0].text_language == "D"
    assert precision([], np.ones((0, 1)), Judged(["leak"], ["E"])) == ()
    assert precision([ENGLISH], np.ones((1, 0)), Judged([], [])) == ()


def test_of_equal_scores_the_earlier_row_comes_first():
    rows = Judged(["leak"] * 50 + ["noise"] * 50, ["E"] * 100)
    assert precision([ENGLISH], np.array([[0.1, 0.5] * 50]), rows, k=25)[0].mean == 1.0


def test_a_query_that_finds_little_is_judged_by_k_and_never_by_more_than_there_is():
    rows = Judged(["leak", "leak", "leak", "noise"], ["E"] * 4)
    assert precision([ENGLISH], np.array([[0.5, -np.inf, -np.inf, -np.inf]]), rows, k=2)[0].mean == 0.5
    assert precision([ENGLISH], np.array([[0.9, 0.8, 0.7, 0.6]]), rows, k=10)[0].mean == 0.75


def test_the_interval_is_that_of_the_queries_not_of_their_hits():
    rows = Judged(["leak"] * 10, ["E"] * 10)
    (found,) = precision([ENGLISH] * 4, np.ones((4, 10)), rows)
    assert found.mean == 1.0
    assert (found.low, found.high) == (pytest.approx(0.5101, abs=1e-4), pytest.approx(1.0))


def test_a_zero_vector_neither_finds_nor_is_found():
    rows = Judged(["noise", "leak"], ["E", "E"])
    vectors = np.array([[0.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    asked = np.array([[1.0, 0.0]], dtype=np.float32)
    assert by_meaning([ENGLISH], asked, rows, vectors, k=1)[0].mean == 1.0
    assert by_meaning([ENGLISH], np.zeros((1, 2)), rows, vectors, k=1)[0].mean == 0.0


def test_a_row_without_any_word_of_the_query_is_no_hit():
    rows = Judged(["leak", "leak"], ["E", "E"])
    assert by_words([ENGLISH], lambda text: np.array([2.0, 0.0]), rows, k=2)[0].mean == 0.5


@pytest.mark.parametrize(
    "scores", [np.ones((1, 3)), np.ones((2, 2)), np.array([[np.nan, 0.0]]), np.array([[np.inf, 0.0]]), np.ones(2)]
)
def test_scores_that_cannot_be_are_refused(scores):
    with pytest.raises(ValueError, match="score"):
        precision([ENGLISH], scores, Judged(["leak", "noise"], ["E", "E"]))


def test_vectors_that_do_not_fit_are_refused():
    rows = Judged(["leak"], ["E"])
    for vectors in (np.ones((1, 3)), np.ones((2, 2)), np.array([[np.nan, 1.0]]), np.ones(2)):
        with pytest.raises(ValueError, match=r"shape|score"):
            by_meaning([ENGLISH], np.ones((1, 2)), rows, vectors)
    with pytest.raises(ValueError, match="k is at least 1"):
        by_meaning([ENGLISH], np.ones((1, 2)), rows, np.ones((1, 2)), k=0)
    with pytest.raises(ValueError, match="topics"):
        Judged(["leak"], [])


@pytest.fixture(scope="module")
def encoded() -> tuple[list[str], Judged, Vectors, LocalEncoder]:
    with closing(DemoSource()) as source:
        columns = ("LTXT", "TOPIC", "SPRAS")
        sample = source.sample(SampleRequest(ObjectName("ZDEMO", "ZDEMO_NOTIFICATION"), columns, rows=1_500))
    texts, topics, languages = ([str(value or "") for value in sample.column(name)] for name in columns)
    encoder = LocalEncoder()
    return texts, Judged(topics, languages), encoder.encode(texts), encoder


def judged(queries: Sequence[Query], encoded) -> tuple[Precision, ...]:
    _, rows, vectors, encoder = encoded
    return by_meaning(queries, encoder.encode([query.text for query in queries]), rows, vectors)


# Measured on long texts alone: suggested 0.67, fresh 0.67; a blind draw hits one topic in thirty. Texts and suggested
# queries were reworked with each other in sight, the fresh ones were written before that and left alone.
@pytest.mark.parametrize("queries", [suggested(), FRESH], ids=["suggested", "fresh"])
def test_english_queries_find_english_texts_of_their_topic(encoded, queries):
    found = cell(judged(queries, encoded), "E", "E")
    assert (found.n, found.k) == (30, 10)
    assert found.mean > 0.6
    assert found.low > 10 * found.chance


# The encoder reads English only: 0.09, 0.05 and 0.05, where chance is 0.03.
@pytest.mark.parametrize(("asked", "told"), [("E", "D"), ("D", "E"), ("D", "D")])
def test_german_is_beyond_the_local_encoder(encoded, asked, told):
    found = cell(judged(suggested(), encoded), asked, told)
    assert found.mean < 0.15
    assert found.low < found.chance


def test_meaning_finds_about_twice_as_much_as_words(encoded):
    texts, rows, _, _ = encoded
    told = [Counter(text.casefold().replace(".", " ").split()) for text in texts]

    def shared_rare_words(query: str) -> np.ndarray:
        asked = query.casefold().split()
        weights = {word: 1 / (1 + sum(word in text for text in told)) for word in asked}
        return np.array([sum(weights[word] for word in asked if word in text) for text in told])

    by_word = cell(by_words(suggested(), shared_rare_words, rows), "E", "E")
    meant = cell(judged(suggested(), encoded), "E", "E")
    assert meant.mean > 1.5 * by_word.mean > 0


def test_a_dripping_seal_is_found_where_no_word_of_the_query_stands(encoded):
    texts, rows, vectors, encoder = encoded
    (asked,) = encoder.encode(["seal is dripping"])
    best = np.argsort(-(vectors @ asked), kind="stable")[:10]
    leaks = [texts[at].casefold() for at in best if rows.topics[at] == "pump_leak"]
    assert len(leaks) >= 5
    assert any("seal" not in text and "drip" not in text for text in leaks)
