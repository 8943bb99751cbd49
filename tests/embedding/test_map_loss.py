"""A map says what it loses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from services.embedding.encoder import Vectors, unit
from services.embedding.map_loss import loss
from services.embedding.projection import Projection, pca


def some(n: int, d: int = 12) -> Vectors:
    return unit(np.random.default_rng(0).normal(size=(n, d)))


def placed(points: object) -> Projection:
    places = np.asarray(points, dtype=np.float64)
    return Projection("pca", np.arange(len(places)), places)


def circle(n: int) -> Vectors:
    """Neighbours by cosine are neighbours on the circle; at uneven steps, so that no two are equally near."""
    turns = np.cumsum(np.random.default_rng(0).uniform(0.5, 1, n)) * 2 / n
    return unit(np.column_stack([np.cos(turns), np.sin(turns)]))


def test_a_map_that_loses_nothing_keeps_all() -> None:
    vectors = circle(80)
    found = loss(vectors, placed(vectors))
    assert found is not None
    assert (found.kept.value, found.trustworthiness) == (1.0, 1.0)
    assert found.kept.low < 1.0 == found.kept.high


def test_trustworthiness_is_the_published_one() -> None:
    vectors = some(90)
    projection = pca(vectors)
    found = loss(vectors, projection, 7)
    assert found is not None
    assert found.trustworthiness == pytest.approx(trustworthiness(vectors, projection.points, n_neighbors=7), abs=1e-9)


def test_a_map_of_random_places_keeps_what_chance_does() -> None:
    vectors = some(600)
    found = loss(vectors, placed(np.random.default_rng(5).normal(size=(600, 2))))
    assert found is not None
    assert found.by_chance == 10 / 599
    assert found.kept.low <= found.by_chance + 0.01
    assert found.kept.value < 0.03
    assert found.trustworthiness == pytest.approx(0.5, abs=0.05)


def test_one_row_that_moved_away_costs_what_its_neighbours_lose() -> None:
    vectors = circle(9)
    places = vectors.astype(np.float64)
    places[4] += 9
    found = loss(vectors, placed(places), 1)
    assert found is not None
    nearest = [max((float(vectors[i] @ vectors[j]), j) for j in range(9) if j != i)[1] for i in range(9)]
    on_map = [min((float(np.square(places[i] - places[j]).sum()), j) for j in range(9) if j != i)[1] for i in range(9)]
    assert found.kept.value == pytest.approx(np.mean([a == b for a, b in zip(nearest, on_map, strict=True)]))
    assert found.kept.value < 1


def test_many_rows_are_judged_by_a_sample_against_all() -> None:
    vectors = circle(500)
    found = loss(vectors, placed(vectors), most=60)
    assert found is not None
    assert (found.kept.n, found.of, found.kept.value) == (60, 500, 1.0)


def test_only_rows_on_the_map_count() -> None:
    vectors = circle(60)
    vectors[[0, 30]] = 0
    projection = Projection("pca", np.flatnonzero(vectors.any(axis=1)), vectors[vectors.any(axis=1)].astype(float))
    found = loss(vectors, projection)
    assert found is not None
    assert (found.of, found.kept.value) == (58, 1.0)


@pytest.mark.parametrize(("n", "k"), [(0, None), (1, None), (2, None), (3, 1), (4, 1), (5, 2), (21, 10), (90, 10)])
def test_few_rows_have_few_neighbours(n: int, k: int | None) -> None:
    found = loss(some(n), pca(some(n)))
    assert (None if found is None else found.k) == k


def test_equal_rows_lose_nothing_in_one_place() -> None:
    vectors = np.repeat(some(1), 30, axis=0)
    found = loss(vectors, pca(vectors))
    assert found is not None
    assert (found.kept.value, found.trustworthiness) == (1.0, 1.0)


@pytest.mark.parametrize("scale", [1e-200, 1e150])
def test_the_size_of_a_map_does_not_matter(scale: float) -> None:
    vectors = some(40)
    projection = pca(vectors)
    assert loss(vectors, placed(projection.points * scale)) == loss(vectors, projection)
