"""What each visitor last looked for and at among the rows of the Tables page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from services.embedding.encoder import Vectors
from services.errors import ServiceError
from services.per_owner import PerOwner


@dataclass(frozen=True, eq=False)
class Asked:
    """A question and its vector (d,), of zeros where the encoder knows none of its words; problem: it has none."""

    text: str
    vector: Vectors | None = field(default=None, repr=False)
    problem: ServiceError | None = None


@dataclass(frozen=True)
class Exploring:
    """ground is the id of the embedded rows that the rest belongs to; row, the one looked at, counts from 0."""

    ground: str = ""
    asked: Asked | None = None
    row: int | None = None

    def on(self, ground: str) -> Exploring:
        """Without what belonged to other rows."""
        return self if self.ground == ground else Exploring(ground)


class Explorations:
    """Of each owner. Thread-safe."""

    def __init__(self, *, max_owners: int = 500) -> None:
        self._kept: PerOwner[Exploring] = PerOwner(Exploring, max_owners=max_owners)

    def current(self, owner: str, ground: str) -> Exploring:
        return self._kept.get(owner).on(ground)

    def update(self, owner: str, ground: str, change: Callable[[Exploring], Exploring]) -> Exploring:
        return self._kept.update(owner, lambda kept: change(kept.on(ground)))

    def look_at(self, owner: str, ground: str, row: int | None) -> None:
        self.update(owner, ground, lambda kept: replace(kept, row=row))
