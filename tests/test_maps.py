"""Maps in the background: drawn once for all who look at the same vectors, and no one has to wait for another."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from services.embedding.embedded import Embedded
from services.embedding.encoder import Vectors, unit
from services.embedding.encoders import EncoderId
from services.embedding.projection import Method, Projection, pca
from services.maps import Draw, Drawing, Maps

WAIT_S = 20.0


def vectors(name: str, rows: int = 12) -> Embedded:
    made = unit(np.random.default_rng(len(name)).normal(size=(rows, 8)))
    return Embedded(name, "Invented", EncoderId("local", "m"), "local", None, tuple(range(rows)), made)


def rows_on(drawing: Drawing) -> int:
    """Of a map once it is drawn, with what it loses."""
    drawing.wait(WAIT_S)
    assert drawing.value is not None
    drawn, lost = drawing.value
    assert lost is not None
    return len(drawn.rows)


class Slow:
    """Draws a PCA, once it may."""

    def __init__(self) -> None:
        self.may, self.drawn = threading.Event(), 0

    def __call__(self, rows: Vectors) -> Projection:
        self.drawn += 1
        assert self.may.wait(WAIT_S)
        return pca(rows)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def maps(slow: Slow) -> Iterator[Maps]:
    draw: dict[Method, Draw] = {"pca": pca, "t-sne": slow}
    made = Maps(draw=draw, max_kept=3)
    yield made
    slow.may.set()
    made.close()


def test_a_slow_map_keeps_nobody_from_a_quick_one(maps: Maps, slow: Slow) -> None:
    drawing = maps.of(vectors("a"), "t-sne")
    quick = maps.of(vectors("a"), "pca")
    quick.wait(WAIT_S)
    assert (drawing.live, quick.live) == (True, False)
    assert rows_on(quick) == 12
    assert drawing.value is None
    slow.may.set()
    assert rows_on(drawing) == 12


def test_the_same_vectors_are_drawn_once_however_many_look(maps: Maps, slow: Slow) -> None:
    slow.may.set()
    drawings = {id(maps.of(vectors("a"), "t-sne")) for _ in range(5)}
    maps.of(vectors("a"), "t-sne").wait(WAIT_S)
    assert (len(drawings), slow.drawn) == (1, 1)


def test_only_so_many_are_kept_and_the_one_looked_at_stays(maps: Maps, slow: Slow) -> None:
    slow.may.set()
    first = maps.of(vectors("a"), "pca")
    for name in ("b", "c"):
        maps.of(vectors(name), "pca")
    assert maps.of(vectors("a"), "pca") is first
    second = maps.of(vectors("b"), "pca")
    for name in ("d", "e"):
        maps.of(vectors(name), "pca")
    assert maps.of(vectors("b"), "pca") is second
    assert maps.of(vectors("a"), "pca") is not first


def test_rows_that_make_no_map_say_so(maps: Maps) -> None:
    drawing = maps.of(vectors("a", rows=1), "pca")
    drawing.wait(WAIT_S)
    assert drawing.value is not None
    drawn, lost = drawing.value
    assert drawn.note == "One row makes no map."
    assert lost is None
