"""A map is exact where it says so, the same each time, and drawn for any number of rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from services.embedding.encoder import Vectors, unit
from services.embedding.projection import pca, tsne

ROOT = Path(__file__).resolve().parents[2]


def some(n: int, d: int = 12, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(n, d)) * np.linspace(1, 3, d))


@pytest.mark.parametrize(("n", "d"), [(200, 12), (12, 200), (30, 30)])
def test_the_axes_of_a_pca_are_those_of_the_singular_values(n: int, d: int) -> None:
    vectors = some(n, d)
    centred = vectors - vectors.mean(axis=0, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    projection = pca(vectors)
    assert np.abs(projection.points) == pytest.approx(np.abs(left[:, :2] * strengths[:2]), abs=1e-6)
    assert projection.explained == pytest.approx((strengths**2 / (strengths**2).sum())[:2], abs=1e-6)


def test_the_signs_of_a_pca_do_not_depend_on_the_order_of_rows() -> None:
    vectors, order = some(50), np.random.default_rng(3).permutation(50)
    assert pca(vectors[order]).points == pytest.approx(pca(vectors).points[order], abs=1e-6)


@pytest.mark.parametrize("draw", [pca, tsne])
def test_the_same_rows_give_the_same_map(draw) -> None:
    vectors = some(120)
    assert np.array_equal(draw(vectors).points, draw(vectors.copy()).points)


@pytest.mark.parametrize("draw", [pca, tsne])
@pytest.mark.parametrize("d", [1, 2, 3, 40])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 31])
def test_any_number_of_rows_and_dimensions_is_drawn(draw, n: int, d: int) -> None:
    projection = draw(some(n, d))
    assert projection.points.shape == (n, 2)
    assert np.isfinite(projection.points).all()


@pytest.mark.parametrize("draw", [pca, tsne])
@pytest.mark.parametrize(
    ("vectors", "note"),
    [
        (some(0), "No row has a vector."),
        (np.zeros((4, 3), dtype=np.float32), "No row has a vector."),
        (some(1), "One row makes no map."),
        (np.repeat(some(1), 40, axis=0), "All rows have the same vector."),
    ],
)
def test_a_map_of_one_place_says_why_and_explains_nothing(draw, vectors: Vectors, note: str) -> None:
    projection = draw(vectors)
    assert (projection.note, projection.explained) == (note, None)
    assert not projection.points.any()


def test_tsne_of_too_few_different_rows_is_the_pca_and_says_so() -> None:
    projection = tsne(np.repeat(some(4), 10, axis=0))
    assert projection.method == "pca"
    assert "Too few" in projection.note


def test_tsne_draws_many_equal_rows_beside_others() -> None:
    vectors = np.concatenate([np.repeat(some(1), 60, axis=0), some(10, seed=4)])
    projection = tsne(vectors)
    assert projection.method == "t-sne"
    assert np.isfinite(projection.points).all()


@pytest.mark.parametrize("draw", [pca, tsne])
def test_rows_without_a_vector_are_not_on_the_map_but_counted(draw) -> None:
    vectors = some(40)
    vectors[[0, 7]] = 0
    projection = draw(vectors)
    assert projection.without_vector == 2
    assert projection.rows.tolist() == [row for row in range(40) if row not in (0, 7)]


def test_tsne_draws_a_sample_of_many_rows_and_says_how_many() -> None:
    projection = tsne(some(90), most=50)
    assert (len(projection.rows), projection.not_drawn) == (50, 40)
    assert projection.note == "50 of 90 rows, chosen at random."
    assert sorted(set(projection.rows.tolist())) == projection.rows.tolist()


def test_tsne_keeps_groups_apart() -> None:
    centres = np.eye(3, 20) * 10
    vectors = unit(np.repeat(centres, 20, axis=0) + np.random.default_rng(0).normal(size=(60, 20)))
    points = tsne(vectors).points.reshape(3, 20, 2)
    middles = points.mean(axis=1)
    within = max(np.linalg.norm(points[i] - middles[i], axis=1).max() for i in range(3))
    assert min(np.linalg.norm(middles[i] - middles[i - 1]) for i in range(3)) > 2 * within


def test_a_page_that_only_lists_rows_does_not_load_what_draws_them() -> None:
    modules = ("search", "keywords", "projection", "clusters", "map_loss", "agreement")
    imports = ", ".join([f"services.embedding.{name}" for name in modules] + ["services.tables.parquet"])
    code = f"import sys, {imports}; print(sorted({{'sklearn', 'scipy', 'pyarrow', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
