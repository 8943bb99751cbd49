"""Search by meaning is exact, and says nothing of rows that have no vector."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder, Vectors, unit
from services.embedding.search import Hit, MeaningSearch
from services.errors import BadRequestError


def some(n: int, d: int = 16, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(n, d)))


def rows(hits: tuple[Hit, ...]) -> list[int]:
    return [hit.row for hit in hits]


@pytest.mark.parametrize("k", [1, 7, 500, 2_000])
def test_the_hits_are_those_of_a_full_sort_in_float64(k: int) -> None:
    vectors, question = some(500), np.random.default_rng(1).normal(size=16)
    cosines = vectors.astype(np.float64) @ question / np.linalg.norm(question)
    hits = MeaningSearch(vectors).find(question, k)
    assert rows(hits) == np.argsort(-cosines).tolist()[:k]
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosines, reverse=True)[:k], abs=1e-9)


def test_equal_rows_come_in_their_own_order_wherever_they_stand() -> None:
    vectors = some(5_000, 33)
    same, others = np.arange(3, 5_000, 7), np.arange(5, 5_000, 7)
    vectors[same], vectors[others] = vectors[3], unit(vectors[[3]] + 0.1 * vectors[[5]])
    assert rows(MeaningSearch(vectors).find(vectors[3], 1_000)) == [*same.tolist(), *others.tolist()][:1_000]


def test_rows_that_single_precision_cannot_tell_apart_are_still_in_order() -> None:
    chance = np.random.default_rng(4)
    vectors = unit(np.ones((3_000, 1_024)) + 1e-4 * chance.normal(size=(3_000, 1_024)))
    question = vectors[0] + 1e-3 * chance.normal(size=1_024)
    cosines = vectors.astype(np.float64) @ question / np.linalg.norm(question)
    assert rows(MeaningSearch(vectors).find(question, 20)) == np.argsort(-cosines)[:20].tolist()


def test_a_row_of_zeros_is_counted_and_never_a_hit() -> None:
    vectors = some(6)
    vectors[[0, 4]] = 0
    search = MeaningSearch(vectors)
    assert search.without_vector == 2
    assert set(rows(search.find(-vectors[1], 10))) == {1, 2, 3, 5}
    assert set(rows(search.find(-vectors[1], 10, among=np.ones(6, dtype=bool)))) == {1, 2, 3, 5}
    assert search.near(0) == ()


def test_a_threshold_and_a_mask_leave_rows_out() -> None:
    vectors = some(100, 4)
    among = np.arange(100) % 2 == 1
    hits = MeaningSearch(vectors).find(vectors[0], 100, threshold=0.5, among=among)
    cosines = vectors.astype(np.float64) @ vectors[0].astype(np.float64)
    assert sorted(rows(hits)) == [row for row in range(1, 100, 2) if cosines[row] >= 0.5]
    assert MeaningSearch(vectors).find(vectors[0], among=np.zeros(100, dtype=bool)) == ()
    assert among.sum() == 50


def test_the_length_of_a_question_does_not_matter_however_extreme() -> None:
    search, question = MeaningSearch(some(50)), np.random.default_rng(2).normal(size=16)
    for factor in (1e-300, 1.0, 1e300):
        assert rows(search.find(question * factor)) == rows(search.find(question))


def test_what_is_nearest_to_a_row_leaves_itself_out_but_not_its_copy() -> None:
    vectors = some(20)
    vectors[13] = vectors[5]
    first, *_ = MeaningSearch(vectors).near(5)
    assert first == Hit(13, pytest.approx(1.0, abs=1e-6))
    assert MeaningSearch(vectors).near(5, 3, threshold=0.999) == (first,)


def test_a_row_that_was_asked_about_is_found_again_afterwards() -> None:
    vectors = some(20)
    search = MeaningSearch(vectors)
    search.near(5)
    assert rows(search.find(vectors[5], 1)) == [5]


@pytest.mark.parametrize("row", [-1, 20])
def test_there_is_no_row_beyond_the_last(row: int) -> None:
    with pytest.raises(IndexError):
        MeaningSearch(some(20)).near(row)


def test_duplicates_are_all_pairs_above_the_threshold_best_first() -> None:
    vectors = some(2_500, 3)
    cosines = np.triu(vectors.astype(np.float64) @ vectors.T.astype(np.float64), 1)
    found = MeaningSearch(vectors).duplicates(0.9999, most=50)
    assert found.total == int((cosines >= 0.9999).sum()) > 50
    assert [pair.score for pair in found.pairs] == pytest.approx(np.sort(cosines.ravel())[::-1][:50], abs=1e-8)
    assert all(pair.first < pair.second for pair in found.pairs)


def test_duplicates_name_the_rows_as_they_were_given() -> None:
    vectors = some(9)
    vectors[0], vectors[8] = 0, vectors[2]
    (pair,) = MeaningSearch(vectors).duplicates(0.999).pairs
    assert (pair.first, pair.second) == (2, 8)


def test_a_thousand_equal_rows_are_counted_not_listed() -> None:
    found = MeaningSearch(np.repeat(some(1), 1_000, axis=0)).duplicates(most=3)
    assert (found.total, len(found.pairs)) == (499_500, 3)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("question", [np.zeros(16), np.full(16, -0.0)])
def test_a_question_without_direction_finds_nothing(question: Vectors) -> None:
    assert MeaningSearch(some(5)).find(question) == ()


@pytest.mark.parametrize("question", [np.ones(15), np.ones((1, 16)), np.full(16, np.nan), np.full(16, np.inf)])
def test_a_question_of_another_kind_is_refused_in_words(question: Vectors) -> None:
    with pytest.raises(BadRequestError):
        MeaningSearch(some(5)).find(question)


@pytest.mark.parametrize("broken", [np.nan, np.inf, 0.5])
def test_rows_that_are_no_unit_vectors_are_refused_by_number(broken: float) -> None:
    vectors = some(5)
    vectors[3] *= broken
    with pytest.raises(ValueError, match="Row 3"):
        MeaningSearch(vectors)


def test_a_mask_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="mask"):
        MeaningSearch(some(5)).find(np.ones(16), among=np.ones(4, dtype=bool))


def test_no_rows_and_no_dimensions_find_nothing() -> None:
    assert MeaningSearch(np.zeros((0, 16), dtype=np.float32)).find(np.ones(16)) == ()
    assert MeaningSearch(np.zeros((0, 16), dtype=np.float32)).duplicates().pairs == ()
    assert MeaningSearch(np.zeros((3, 0), dtype=np.float32)).find(np.ones(0)) == ()


def test_less_than_one_hit_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="0 hits"):
        MeaningSearch(some(5)).find(np.ones(16), 0)


def test_two_threads_search_at_once() -> None:
    search, vectors = MeaningSearch(some(3_000, 64)), some(3_000, 64)
    found: dict[int, list[int]] = {}

    def ask(first: int) -> None:
        for row in range(first, 200, 2):
            found[row] = rows(search.find(vectors[row], 1))

    threads = [threading.Thread(target=ask, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {row: [row] for row in range(200)}


def test_a_question_meets_a_text_that_shares_no_word() -> None:
    texts = ["The invoice was paid twice.", "Oil drips from the pump housing.", "The label is on the wrong side."]
    encoder = LocalEncoder()
    assert rows(MeaningSearch(encoder.encode(texts)).find(encoder.encode(["liquid leaking"])[0], 1)) == [1]
