"""What a browser session remembers of its recordings and of the line-ups it saved."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.answers.line_ups import LineUp
from services.answers.recordings import Recording
from services.answers.replays import Playing
from services.errors import ServiceError


@dataclass
class Shelf:
    """playing holds what is being played, by the place where it is drawn; instead_of names the comparison and the runs
    whose place it took in Compare; deleted can still be put back.

    imports counts the files that were offered, so that each gets a fresh upload field; said tells what was done last,
    problem what stood in its way.
    """

    playing: dict[str, Playing] = field(default_factory=dict)
    instead_of: tuple[str, ...] = ()
    deleted: Recording | None = None
    imports: int = 0
    said: str = ""
    problem: ServiceError | None = None


@dataclass
class Rack:
    """Of line-ups: deleted can still be put back, said tells what was done last, problem what stood in its way."""

    deleted: LineUp | None = None
    said: str = ""
    problem: ServiceError | None = None
