"""What each visitor has on the Tables page: the sample, how its rows become texts, and which rows he chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.embedding.texts import default_template
from services.per_owner import PerOwner
from services.tables.source import Sample


@dataclass(frozen=True)
class EncoderChoice:
    """Whose vectors: the local encoder where endpoint is None, else a model of that endpoint."""

    endpoint: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Workspace:
    """sample is what was read last, template how a row of it becomes a text (see services.embedding.texts).

    cut_long: texts longer than the model reads are cut, else refused. selected are rows of the sample, from 0, in the
    order in which they were chosen. job is the id of the one that embeds exactly this, None before one began.
    """

    sample: Sample | None = None
    template: str = ""
    encoder: EncoderChoice = EncoderChoice()
    cut_long: bool = True
    selected: tuple[int, ...] = ()
    job: str | None = None

    def of(self, sample: Sample) -> Workspace:
        """With another sample: what spoke of the earlier one's rows and columns goes."""
        return replace(self, sample=sample, template=default_template(sample), selected=(), job=None)


class Workspaces:
    """Thread-safe; bounded, because each may hold thousands of rows."""

    def __init__(self, *, max_owners: int = 100) -> None:
        self._kept: PerOwner[Workspace] = PerOwner(Workspace, max_owners=max_owners)

    def current(self, owner: str) -> Workspace:
        return self._kept.get(owner)

    def update(self, owner: str, change: Callable[[Workspace], Workspace]) -> Workspace:
        return self._kept.update(owner, change)
