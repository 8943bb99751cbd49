"""How many calls go to each endpoint at once, and in which order cells are asked."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable

from services.matrix.plans import Plan

Place = tuple[int, int]


def queues(plan: Plan, cells: Iterable[Place]) -> dict[str, deque[Place]]:
    """The cells of each endpoint by its name, row by row; within a row the models in an order drawn from the seed."""
    drawn = random.Random(plan.seed)
    by_line: dict[int, list[int]] = {}
    for line, place in sorted(cells):
        by_line.setdefault(line, []).append(place)
    found: dict[str, deque[Place]] = {}
    for line, places in by_line.items():
        drawn.shuffle(places)
        for place in places:
            found.setdefault(plan.entrants[place].endpoint.name, deque()).append((line, place))
    return found


def lanes(waiting: Iterable[tuple[str, int, bool]], *, most: int, local: int, other: int) -> dict[str, int]:
    """How many calls each endpoint gets at once: one at least, `most` together, no more than cells wait there.

    waiting: the name of each endpoint, the number of its cells, and whether it is this machine's own model, which
    gets `local`: two calls would slow each other down.
    """
    bounds = {name: min(cells, local if is_local else other) for name, cells, is_local in waiting}
    found = {name: min(1, bound) for name, bound in bounds.items()}
    while sum(found.values()) < most and found != bounds:
        name = min((name for name in found if found[name] < bounds[name]), key=found.__getitem__)
        found[name] += 1
    return found
