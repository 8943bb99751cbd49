"""What each visitor has on the Tables page: the sample, how its rows become texts, and which rows he chose."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from services.embedding.texts import default_template
from services.per_owner import PerOwner
from services.tables.source import Sample, SampleRequest

SourceKind = Literal["demo", "hana"]
DEFAULT_CAP_USD = Decimal("0.10")


@dataclass(frozen=True)
class EncoderChoice:
    """Whose vectors: a model of endpoint, or one inside SAP HANA; where both are left out, the local encoder.

    model None: none of them was chosen yet.
    """

    endpoint: str | None = None
    in_hana: bool = False
    model: str | None = None

    @property
    def local(self) -> bool:
        return self.endpoint is None and not self.in_hana


@dataclass(frozen=True)
class Workspace:
    """source is where the next sample comes from, request what the last one was read with.

    sample is what was read last, read_at when, number no other sample's in this process; template how a row of it
    becomes a text (see services.embedding.texts). cut_long: texts longer than the model reads are cut, else refused.
    A run that may cost more than cap_usd asks first; None: none does. selected are rows of the sample, from 0, in the
    order in which they were chosen. job is the id of the one that embeds exactly this, None before one began.
    """

    source: SourceKind = "demo"
    request: SampleRequest | None = None
    sample: Sample | None = None
    number: int = 0
    read_at: datetime | None = None
    template: str = ""
    encoder: EncoderChoice = EncoderChoice()
    cut_long: bool = True
    cap_usd: Decimal | None = DEFAULT_CAP_USD
    selected: tuple[int, ...] = ()
    job: str | None = None

    def of(self, request: SampleRequest, sample: Sample, number: int, read_at: datetime) -> Workspace:
        """With another sample: what spoke of the earlier one's rows goes, and its template unless it fits again."""
        earlier = self.sample
        same = earlier is not None and _form(earlier) == _form(sample)
        return replace(
            self,
            request=request,
            sample=sample,
            number=number,
            read_at=read_at,
            template=self.template if same else default_template(sample),
            selected=(),
            job=None,
        )

    def rewritten(self, template: str, *, cut_long: bool) -> Workspace:
        """With other texts: the vectors of the earlier ones no longer belong to it."""
        if (template, cut_long) == (self.template, self.cut_long):
            return self
        return replace(self, template=template, cut_long=cut_long, job=None)

    def rechosen(self, encoder: EncoderChoice) -> Workspace:
        return self if encoder == self.encoder else replace(self, encoder=encoder, job=None)


def _form(sample: Sample) -> object:
    return sample.source, sample.info.object, sample.columns


class Workspaces:
    """Thread-safe; bounded, because each may hold thousands of rows."""

    def __init__(self, *, max_owners: int = 100, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._kept: PerOwner[Workspace] = PerOwner(Workspace, max_owners=max_owners)
        self._numbers, self._now = itertools.count(1), now

    def current(self, owner: str) -> Workspace:
        return self._kept.get(owner)

    def update(self, owner: str, change: Callable[[Workspace], Workspace]) -> Workspace:
        return self._kept.update(owner, change)

    def take(self, owner: str, request: SampleRequest, sample: Sample) -> Workspace:
        """A sample that was just read takes the place of the earlier one."""
        number, read_at = next(self._numbers), self._now()
        return self.update(owner, lambda workspace: workspace.of(request, sample, number, read_at))
