"""How far a job is: what is done, what it used, what it cost, and when it will end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.embedding.embedded import Embedded
from services.embedding.prepared import NO_TEXT, Prepared
from services.endpoints import Word
from services.errors import ServiceError
from services.wire.types import Usage

State = Literal["running", "paused", "stopping", "stopped", "failed", "done"]
LIVE: tuple[State, ...] = ("running", "paused", "stopping")
_PER_MTOK = 1_000_000


@dataclass(frozen=True)
class Snapshot:
    """rows and texts count what is done, from_store the texts that were kept from before and cost nothing.

    tokens is what the server counted; where it did not, the counts of the texts, and estimated says so. cost_usd is
    tokens times the price: None where that is not known, invented where word is "simulated". unanswered_tokens were
    sent but hung up or refused: the provider may bill them. elapsed_s and the speeds leave pauses out; texts_per_s and
    left_s are None until a first batch came. problem ended the job; store_problem did not: vectors then stay in memory.
    embedded is there once the job is done.
    """

    id: str
    state: State
    encoder: str
    word: Word
    rows: int
    rows_done: int
    texts: int
    texts_done: int
    from_store: int
    elapsed_s: float
    texts_per_s: float | None
    rows_per_s: float | None
    left_s: float | None
    tokens: int
    estimated: bool
    cost_usd: Decimal | None
    unanswered_tokens: int
    problem: ServiceError | None = None
    store_problem: ServiceError | None = None
    embedded: Embedded | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE


class Stopwatch:
    """Seconds that ran, pauses left out."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s, self._before_s = clock_s, 0.0
        self._since_s: float | None = None

    def run(self) -> None:
        if self._since_s is None:
            self._since_s = self._clock_s()

    def halt(self) -> None:
        self._before_s, self._since_s = self.elapsed_s, None

    @property
    def elapsed_s(self) -> float:
        return self._before_s + (0.0 if self._since_s is None else self._clock_s() - self._since_s)


class Tally:
    """Counts of one job. Not thread-safe: its job holds a lock."""

    def __init__(self, prepared: Prepared, usd_per_mtok: Decimal | None) -> None:
        self._prepared, self._usd_per_mtok = prepared, usd_per_mtok
        self.texts_done = self.from_store = self.asked_texts = self.asked_rows = self.tokens = 0
        self.rows_done = prepared.row_texts.count(NO_TEXT)
        self.unanswered_tokens = 0
        self.estimated = False

    def recalled(self, places: Sequence[int]) -> None:
        self.from_store += len(places)
        self._done(places)

    def used(self, places: Sequence[int], usage: Usage | None) -> None:
        """What an answer cost, whatever becomes of it."""
        if usage is not None and usage.prompt_tokens >= 0:
            self.tokens += usage.prompt_tokens
        else:
            self.tokens += self._tokens(places)
            self.estimated = self.estimated or self._prepared.estimated

    def kept(self, places: Sequence[int]) -> None:
        self.asked_texts += len(places)
        self.asked_rows += self._done(places)

    def unanswered(self, places: Sequence[int]) -> None:
        self.unanswered_tokens += self._tokens(places)

    @property
    def cost_usd(self) -> Decimal | None:
        return None if self._usd_per_mtok is None else self.tokens * self._usd_per_mtok / _PER_MTOK

    @property
    def left(self) -> int:
        return len(self._prepared.texts) - self.texts_done

    def _tokens(self, places: Sequence[int]) -> int:
        return sum(self._prepared.tokens[place] for place in places)

    def _done(self, places: Sequence[int]) -> int:
        """The rows that have these texts."""
        rows = sum(len(self._prepared.rows_of[place]) for place in places)
        self.texts_done += len(places)
        self.rows_done += rows
        return rows
