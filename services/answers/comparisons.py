"""A comparison: one prompt, two to four panels, and the runs that answered in them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from services.answers.context import Context
from services.answers.runs import Run
from services.endpoints import Word
from services.per_owner import PerOwner
from services.wire.types import ChatRequest, Sampling

LETTERS = "ABCD"
MIN_PANELS, MAX_PANELS = 2, 4
BLIND_PANELS = 2


@dataclass(frozen=True)
class FollowUp:
    """A question asked on, after earlier (question, answer) turns of the same panel."""

    question: str
    earlier: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Panel:
    """Who answers in one place, and how. sampling None: as the comparison says for all panels.

    follow_up stands in the place of the comparison's prompt until all are asked again. id stays with a panel wherever
    it moves and whatever is changed in it.
    """

    endpoint: str
    model: str
    sampling: Sampling | None = None
    follow_up: FollowUp | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(6))


@dataclass(frozen=True)
class Comparison:
    """runs has one place per panel, None where nothing was asked yet; round counts how often all were asked.

    blind asks for hidden models when all are asked next; hidden: they are, until a vote or reveal; swapped: chance then
    put the second panel in front. context are rows that go along with the prompt.
    """

    panels: tuple[Panel, ...]
    prompt: str = ""
    system: str = ""
    sampling: Sampling = Sampling()
    runs: tuple[Run | None, ...] = ()
    round: int = 0
    blind: bool = False
    hidden: bool = False
    swapped: bool = False
    context: Context | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def sent(self) -> str:
        """The prompt with the rows in front of it."""
        return self.prompt if self.context is None else self.context.before(self.prompt)

    @property
    def asked(self) -> bool:
        return any(self.runs)

    @property
    def live(self) -> bool:
        return any(run is not None and run.live for run in self.runs)

    @property
    def words(self) -> frozenset[Word]:
        """Of the answers that stand here."""
        return frozenset(run.endpoint.word for run in self.runs if run is not None)

    @property
    def one_question(self) -> bool:
        """Whether all answers that stand here are to the same thing: then their figures may stand side by side."""
        return len({questions(run) for run in self.runs if run is not None}) <= 1

    def run_at(self, place: int) -> Run | None:
        return self.runs[place] if place < len(self.runs) else None

    def with_run(self, place: int, run: Run, panel: Panel | None = None) -> Comparison:
        """panel: as it was asked; None where it is as before."""
        runs, panels = [self.run_at(other) for other in range(len(self.panels))], list(self.panels)
        runs[place] = run
        if panel is not None:
            panels[place] = panel
        return replace(self, runs=tuple(runs), panels=tuple(panels))

    def with_panels(self, panels: tuple[Panel, ...]) -> Comparison:
        """A changed panel loses its answer, which was another model's or another sampling's; the others keep theirs.

        A panel that only moved takes its answer along. A blind round is over.
        """
        left = {place: panel for place, panel in enumerate(self.panels)}
        runs: list[Run | None] = []
        for panel in panels:
            place = next((place for place, old in left.items() if old == panel), None)
            runs.append(None if place is None else self.run_at(place))
            left.pop(-1 if place is None else place, None)
        return replace(self, panels=panels, runs=tuple(runs), hidden=False)

    def begun(self, *, swap: bool) -> Comparison:
        """The next round, before anything is sent; where it is blind the panels change places if swap says so."""
        hidden = self.blind and len(self.panels) == BLIND_PANELS
        panels = tuple(replace(panel, follow_up=None) for panel in self.panels)
        panels = panels[::-1] if hidden and swap else panels
        return replace(self, panels=panels, runs=(), round=self.round + 1, hidden=hidden, swapped=hidden and swap)

    def revealed(self) -> Comparison:
        return replace(self, hidden=False)

    def sampling_of(self, place: int) -> Sampling:
        own = self.panels[place].sampling
        return self.sampling if own is None else own


def questions(run: Run) -> tuple[tuple[str, str], ...]:
    """(role, text) of all that was sent but what the model itself had answered before."""
    sent = run.request.messages if isinstance(run.request, ChatRequest) else ()
    return tuple((message.role, str(message.content)) for message in sent if message.role != "assistant")


class Comparisons:
    """The comparison of each owner; None before he began one."""

    def __init__(self, *, max_owners: int = 500) -> None:
        self._kept: PerOwner[Comparison | None] = PerOwner(lambda: None, max_owners=max_owners)
        self._asking: PerOwner[threading.Lock] = PerOwner(threading.Lock, max_owners=max_owners)

    def current(self, owner: str) -> Comparison | None:
        return self._kept.get(owner)

    def begin(self, owner: str, comparison: Comparison) -> None:
        self._kept.update(owner, lambda _: comparison)

    def asking(self, owner: str) -> threading.Lock:
        """Held while a round is sent, so that another of the same person begins after it."""
        return self._asking.get(owner)

    def update(self, owner: str, change: Callable[[Comparison], Comparison]) -> None:
        """Changes the comparison, if there is one, so that two tabs of one person lose nothing of each other."""
        self._kept.update(owner, lambda kept: None if kept is None else change(kept))
