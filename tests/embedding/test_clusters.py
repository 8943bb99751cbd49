"""Rows that mean the like stand together, under words that tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

from services.embedding.clusters import clusters
from services.embedding.encoder import LocalEncoder, Vectors, unit
from services.embedding.labels import terms_of_groups

TOPICS = ("seal drips oil", "belt slips off", "label wrong side", "motor runs hot")


def groups_of(sizes: tuple[int, ...], d: int = 20, noise: float = 0.5) -> tuple[Vectors, list[str]]:
    """As many groups as sizes, mixed, each row with a text of its topic and a word that all share."""
    member = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors = np.eye(len(sizes), d)[member] * 4 + noise * np.random.default_rng(0).normal(size=(len(member), d))
    return unit(vectors), [f"{TOPICS[i]} in the plant" for i in member.tolist()]


def test_the_number_of_groups_is_found_and_the_largest_comes_first() -> None:
    found = clusters(*groups_of((10, 40, 25)))
    assert [cluster.size for cluster in found.clusters] == [40, 25, 10]
    assert found.silhouette is not None
    assert found.silhouette > 0.5
    assert np.bincount(found.of).tolist() == [40, 25, 10]


def test_each_group_is_named_by_its_own_words() -> None:
    labels = [set(cluster.terms) for cluster in clusters(*groups_of((40, 25, 10))).clusters]
    assert labels == [{"seal", "drips", "oil"}, {"belt", "slips"}, {"label", "wrong", "side"}]


def test_the_heart_is_the_row_nearest_the_mean_of_its_group() -> None:
    vectors, texts = groups_of((30, 20))
    for cluster in clusters(vectors, texts).clusters:
        members = np.flatnonzero(clusters(vectors, texts).of == cluster.number)
        cosines = vectors[members] @ vectors[members].mean(axis=0)
        assert cluster.heart == members[cosines.argmax()]


def test_the_same_rows_give_the_same_groups() -> None:
    vectors, texts = groups_of((30, 30, 30, 30), noise=2)
    first, second = clusters(vectors, texts), clusters(vectors.copy(), texts)
    assert first.clusters == second.clusters
    assert np.array_equal(first.of, second.of)


def test_a_given_number_is_kept_as_far_as_rows_differ() -> None:
    vectors, texts = groups_of((20, 20))
    assert len(clusters(vectors, texts, 5).clusters) == 5
    assert len(clusters(np.repeat(vectors[:3], 9, axis=0), texts[:27], 5).clusters) == 3
    assert len(clusters(vectors, texts, 1).clusters) == 1
    assert len(clusters(vectors[:3], texts[:3], 3).clusters) == 3


def test_the_number_is_looked_for_where_the_caller_says() -> None:
    vectors, texts = groups_of((40, 25, 10))
    assert len(clusters(vectors, texts, between=(4, 6)).clusters) >= 4
    assert len(clusters(vectors, texts, between=(1, 2)).clusters) == 2
    assert len(clusters(np.repeat(vectors[:3], 9, axis=0), texts[:27], between=(4, 6)).clusters) == 3


def test_rows_that_differ_by_noise_alone_are_one_group() -> None:
    vectors = unit(np.ones((30, 8)) + 1e-7 * np.random.default_rng(0).normal(size=(30, 8)))
    assert len(clusters(vectors, ["seal"] * 30, 4).clusters) == 1


def test_rows_without_a_vector_belong_to_no_group() -> None:
    vectors, texts = groups_of((20, 20))
    vectors[[0, 9]] = 0
    found = clusters(vectors, texts)
    assert found.of[[0, 9]].tolist() == [-1, -1]
    assert sum(cluster.size for cluster in found.clusters) == 38


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_few_rows_are_grouped_too(n: int) -> None:
    vectors, texts = groups_of((20, 20))
    found = clusters(vectors[:n], texts[:n])
    assert sum(cluster.size for cluster in found.clusters) == n
    assert (found.silhouette is None) == (len(found.clusters) < 2)


def test_equal_rows_are_one_group_however_many_are_wanted() -> None:
    vectors, texts = groups_of((20, 20))
    assert [c.size for c in clusters(np.repeat(vectors[:1], 40, axis=0), texts, 4).clusters] == [40]


def test_a_group_without_words_has_a_number_for_a_name() -> None:
    vectors, _ = groups_of((6, 5))
    texts = [None, "", "\ud800", "12 34", "ab", "the and", None, "", "\0", "x", "1"]
    assert [cluster.label for cluster in clusters(vectors, texts).clusters] == ["group 1", "group 2"]


@pytest.mark.parametrize(("texts", "k"), [(["a"], None), (["a"] * 40, 0)])
def test_texts_of_another_number_and_no_groups_are_refused(texts: list[str], k: int | None) -> None:
    with pytest.raises(ValueError, match="texts for 40 rows"):
        clusters(groups_of((20, 20))[0], texts, k)


def test_a_word_that_most_groups_share_names_none_of_them() -> None:
    groups = [["pump seal"] * 9 + ["seal"], ["pump belt"] * 9 + ["belt"], ["pump motor"] * 9 + ["motor"], ["door"] * 30]
    assert all("pump" not in terms for terms in terms_of_groups(groups))
    assert terms_of_groups(groups)[1] == ("belt",)


def test_a_word_that_is_more_at_home_elsewhere_names_no_other_group() -> None:
    groups = [["seal"] * 9 + ["belt"], ["belt"] * 9 + ["roller"], ["door"] * 10, ["lamp"] * 10]
    assert terms_of_groups(groups)[0] == ("seal",)


def test_a_word_of_this_group_alone_comes_before_one_used_everywhere() -> None:
    groups = [["valve oil"] * 10 + ["oil"], ["oil motor"] * 5 + ["motor"] * 6, ["door"] * 11]
    assert terms_of_groups(groups)[0] == ("valve", "oil")


def test_short_words_numbers_and_words_that_tell_nothing_are_no_names() -> None:
    assert terms_of_groups([["The pump with 4711 is on x9y und über den Rand"]]) == (("pump", "rand"),)


def test_umlauts_stay_in_a_name() -> None:
    assert terms_of_groups([["Öl strömt aus", "O\u0308l"], ["Motor"]])[0][0] == "strömt"
    assert "öltank" in terms_of_groups([["Der ÖLTANK", "Öltank"], ["Motor"]])[0]


def test_real_texts_of_three_subjects_fall_into_their_groups() -> None:
    subjects = (
        ["Oil leaks from the pump seal", "The seal of the pump drips oil", "Oil puddle under the pump, seal worn"],
        ["The invoice was paid twice", "Payment of the invoice is missing", "Wrong amount on the invoice"],
        ["The label is on the wrong side", "Label printed with wrong code", "The label comes off the box"],
    )
    texts = [text for subject in subjects for text in subject]
    found = clusters(LocalEncoder().encode(texts), texts, 3)
    assert [len(set(found.of[i : i + 3].tolist())) for i in (0, 3, 6)] == [1, 1, 1]
    assert {cluster.terms[0] for cluster in found.clusters} >= {"invoice", "label"}
