"""Encoders are compared on the same rows, every figure with n, an interval and what chance would give."""

from __future__ import annotations

import numpy as np
import pytest

from services.embedding.agreement import overlap, precision_of_questions, precision_of_rows
from services.embedding.encoder import Vectors, unit
from services.shares import mean_share, wilson


def some(n: int, d: int = 12, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(n, d)))


def by_label(labels: list[int], noise: float = 0.01) -> Vectors:
    return unit(np.eye(max(labels) + 1, 9)[labels] + noise * np.random.default_rng(0).normal(size=(len(labels), 9)))


def test_an_encoder_agrees_with_itself_however_it_is_turned() -> None:
    vectors = some(300)
    turned = unit(vectors @ np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0])
    found = overlap(vectors, turned)
    assert found is not None
    assert found.share.value == 1.0
    assert found.share.low < 1.0


def test_unrelated_encoders_agree_by_chance() -> None:
    found = overlap(some(900), some(900, 30, seed=1))
    assert found is not None
    assert found.by_chance == 10 / 899
    assert found.share.low <= found.by_chance <= found.share.high + 0.005


def test_overlap_is_the_share_of_common_neighbours() -> None:
    a, b = some(60), unit(some(60) + 0.5 * some(60, seed=2))
    found = overlap(a, b, 4)
    assert found is not None
    sets = [[set(np.argsort(-(v @ v[i]))[1:5].tolist()) for i in range(60)] for v in (a, b)]
    assert found.share.value == pytest.approx(np.mean([len(x & y) / 4 for x, y in zip(*sets, strict=True)]))


def test_rows_that_one_encoder_could_not_read_are_left_out_of_both() -> None:
    a, b = some(50), some(50)
    a[3], b[[4, 5]] = 0, 0
    found = overlap(a, b)
    assert found is not None
    assert (found.left_out, found.share.n, found.share.value) == (3, 47, 1.0)


def test_equal_rows_are_no_disagreement() -> None:
    a = np.repeat(some(10), 30, axis=0)
    b = np.repeat(some(10, 40, seed=9), 30, axis=0)
    found = overlap(a, b)
    assert found is not None
    assert found.share.value == 1.0


def test_many_rows_are_judged_by_a_sample() -> None:
    found = overlap(some(400), some(400), most=30)
    assert found is not None
    assert (found.share.n, found.share.value) == (30, 1.0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_rows_have_no_overlap(n: int) -> None:
    assert overlap(some(n), some(n)) is None


def test_rows_of_different_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="5 rows of one"):
        overlap(some(5), some(6))


def test_rows_that_stand_by_their_label_find_it() -> None:
    labels = [0] * 20 + [1] * 15 + [2] * 4
    found = precision_of_rows(by_label(labels), labels, 3)
    assert found is not None
    assert (found.share.value, found.at_best, found.share.n) == (1.0, 1.0, 39)
    assert found.by_chance == pytest.approx((20 * 19 + 15 * 14 + 4 * 3) / 39 / 38)


def test_a_label_with_few_rows_bounds_what_can_be_reached() -> None:
    labels = [0] * 20 + [1] * 3
    found = precision_of_rows(by_label(labels), labels, 10)
    assert found is not None
    assert (found.at_best, found.share.value) == pytest.approx([(20 * 1.0 + 3 * 0.2) / 23] * 2)


def test_random_rows_find_their_label_by_chance() -> None:
    labels = np.random.default_rng(3).integers(0, 4, 800).tolist()
    found = precision_of_rows(some(800), labels)
    assert found is not None
    assert found.share.low - 0.01 <= found.by_chance <= found.share.high + 0.01


def test_rows_without_label_or_vector_neither_ask_nor_are_found() -> None:
    labels: list[object] = [0, 0, 0, 1, 1, 1, None, 0, 2]
    vectors = by_label([0, 0, 0, 1, 1, 1, 0, 0, 2])
    vectors[7] = 0
    found = precision_of_rows(vectors, labels, 2)
    assert found is not None
    assert (found.share.value, found.share.n, found.left_out) == (1.0, 6, 3)


@pytest.mark.parametrize("labels", [[], [None] * 3, ["a", "b", "c"]])
def test_rows_that_share_no_label_have_no_precision(labels: list[object]) -> None:
    assert precision_of_rows(some(len(labels)), labels) is None


def test_questions_are_judged_by_the_label_they_want() -> None:
    labels = ["seal"] * 5 + ["belt"] * 5
    vectors = by_label([0] * 5 + [1] * 5)
    found = precision_of_questions(
        vectors, labels, np.stack([vectors[0] * 1e25, vectors[5] * 1e-25]), ["seal", "seal"], 5
    )
    assert found is not None
    assert (found.share.value, found.share.n, found.by_chance) == (0.5, 2, 0.5)


def test_a_question_the_encoder_cannot_read_finds_nothing() -> None:
    found = precision_of_questions(by_label([0] * 4), ["seal"] * 4, np.zeros((1, 9), dtype=np.float32), ["seal"], 2)
    assert found is not None
    assert found.share.value == 0.0


def test_a_question_for_what_no_row_is_about_is_left_out() -> None:
    vectors = by_label([0] * 4)
    found = precision_of_questions(vectors, ["seal"] * 4, vectors[:2], ["seal", "belt"])
    assert found is not None
    assert (found.left_out, found.share.n, found.k) == (1, 1, 4)
    assert precision_of_questions(vectors, ["seal"] * 4, vectors[:1], ["belt"]) is None
    assert precision_of_questions(vectors[:0], [], vectors[:1], ["belt"]) is None


def test_labels_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 labels for 3 rows"):
        precision_of_rows(some(3), ["a", "b"])
    with pytest.raises(ValueError, match="2 labels for 1 questions"):
        precision_of_questions(some(3), ["a"] * 3, some(1), ["a", "b"])


@pytest.mark.parametrize(("n", "k", "share", "strength"), [(20, 10, 0.5, 5), (100, 1, 0.9, 5), (100, 10, 0.98, 5)])
def test_the_interval_of_a_mean_share_holds_the_true_one_as_often_as_it_says(
    n: int, k: int, share: float, strength: float
) -> None:
    chance = np.random.default_rng(0)
    truths = chance.beta(share * strength, (1 - share) * strength, (1_000, n))
    intervals = [mean_share(row / k, k) for row in chance.binomial(k, truths)]
    assert np.mean([found.low <= share <= found.high for found in intervals]) > 0.91


def test_shares_that_are_all_alike_still_leave_doubt() -> None:
    everything = mean_share(np.ones(30), 10)
    assert (everything.value, everything.high) == (1.0, 1.0)
    assert everything.low == pytest.approx(wilson(30, 30)[0])
    half = mean_share(np.full(30, 0.5), 10)
    assert 0.4 < half.low < 0.5 < half.high < 0.6
    assert mean_share(np.array([0.5]), 2).low < 0.2
    with pytest.raises(ValueError, match="no shares"):
        mean_share(np.zeros(0), 1)
