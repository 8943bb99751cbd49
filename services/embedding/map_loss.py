"""What a map loses: how many of a row's nearest rows are still nearest on it, and how many strangers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.embedding.encoder import Vectors
from services.embedding.neighbours import closest, common, cosines, nearness, ranks
from services.embedding.projection import SEED, Projection, sampled
from services.shares import Share, mean_share

K, MOST_JUDGED = 10, 2_000


@dataclass(frozen=True)
class Loss:
    """kept is the share of a row's k nearest, by cosine of the vectors, that are among its k nearest on the map.

    kept.n rows of the `of` on the map were judged, against all of them. by_chance is what a map of random places keeps.
    trustworthiness, 0 to 1, is 1 where no stranger came near, weighed by how far off the strangers are; source: Venna
    and Kaski, ICANN 2001.
    """

    kept: Share
    trustworthiness: float
    k: int
    of: int

    @property
    def by_chance(self) -> float:
        return self.k / (self.of - 1)


def loss(
    vectors: Vectors, projection: Projection, k: int = K, *, most: int = MOST_JUDGED, seed: int = SEED
) -> Loss | None:
    """vectors are those the map was drawn from. k is lowered to under half of the rows; None for fewer than three.

    Beyond `most` rows a random sample of them is judged.
    """
    count = len(projection.rows)
    k = min(k, (count - 1) // 2)
    if k < 1:
        return None
    points = vectors[projection.rows].astype(np.float64)
    rows = sampled(np.arange(count), most, seed)
    kept, strange = [], 0
    for original, on_map in zip(cosines(points, rows), nearness(projection.points, rows), strict=True):
        near = closest(on_map, k)
        kept.append(common(closest(original, k), near))
        strange += int(np.maximum(ranks(original, near) - k, 0).sum())
    trust = 1 - 2 * strange / (len(rows) * k * (2 * count - 3 * k - 1))
    return Loss(mean_share(np.concatenate(kept), k), trust, k, count)
