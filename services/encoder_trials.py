"""Several encoders on the same rows: what each took, what it finds, and how far they find the same."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from services.embedding.agreement import K, Overlap, Precision, overlap, precision_of_rows
from services.embedding.embedded import Embedded
from services.embedding.encoders import BatchEncoder
from services.embedding.forecast import most_usd, of_sample
from services.embedding.job import Job
from services.embedding.jobs import Jobs
from services.embedding.prepared import Prepared
from services.embedding.progress import Snapshot
from services.embedding.vector_store import VectorStore
from services.errors import BadRequestError, ServiceError
from services.per_owner import PerOwner

FEWEST, MOST = 2, 3


@dataclass(frozen=True)
class Candidate:
    """An encoder, the rows as it would be sent them, and what a million tokens cost: None where that is not known.

    by_token: a token has a price at all, known or not.
    """

    encoder: BatchEncoder
    ready: Prepared
    usd_per_mtok: Decimal | None
    by_token: bool = True


@dataclass(frozen=True)
class Entry:
    """A candidate with the job that embeds, or embedded, its texts."""

    candidate: Candidate
    job: Job


@dataclass(frozen=True)
class Trial:
    """texts tells which rows, and which texts of them, these are; entries are in the order of their choice."""

    texts: str
    entries: tuple[Entry, ...]

    @property
    def live(self) -> bool:
        return any(entry.job.live for entry in self.entries)

    def stop(self) -> None:
        for entry in self.entries:
            entry.job.stop()

    def snapshots(self) -> tuple[Snapshot, ...]:
        return tuple(entry.job.snapshot() for entry in self.entries)


@dataclass(frozen=True)
class Forecast:
    """new_texts are not kept yet; usd is at most what those cost, None where a price is not known.

    Only real endpoints count: what a simulated one names is invented.
    """

    new_texts: int
    usd: Decimal | None


class Trials:
    """The trial of each owner. Thread-safe."""

    def __init__(
        self, store: VectorStore, *, max_live: int = 6, max_owners: int = 50, result_bytes: int = 200_000_000
    ) -> None:
        self._store = store
        self._jobs = Jobs(store, max_live=max_live, max_owners=MOST * max_owners, result_bytes=result_bytes)
        self._kept: PerOwner[Trial | None] = PerOwner(lambda: None, max_owners=max_owners)

    def current(self, owner: str, texts: str) -> Trial | None:
        """None where the owner began none of these texts."""
        kept = self._kept.get(owner)
        return kept if kept is not None and kept.texts == texts else None

    def forecast(self, candidates: Sequence[Candidate]) -> Forecast:
        """What the texts that are not kept yet would take. Raises UnavailableError where kept ones cannot be read."""
        new, costs = 0, []
        for candidate in candidates:
            encoder, ready = candidate.encoder, candidate.ready
            missing = self._store.missing(encoder.id, ready.hashes)
            new += len(missing)
            if encoder.word == "real" and candidate.by_token and missing:
                price = candidate.usd_per_mtok
                costs.append(None if price is None else most_usd(ready, price, missing))
        known = [cost for cost in costs if cost is not None]
        return Forecast(new, sum(known, Decimal(0)) if len(known) == len(costs) else None)

    def start(self, owner: str, texts: str, candidates: Sequence[Candidate]) -> Trial:
        """Embeds with all of them at once. What it costs was asked before: see forecast.

        Raises BadRequestError for another number than two or three, one encoder twice, or while a trial is under way;
        otherwise as Jobs.start.
        """
        if not FEWEST <= len(candidates) <= MOST:
            raise BadRequestError("Two or three encoders are compared.", remedy="Choose that many.")
        if len({candidate.encoder.id for candidate in candidates}) < len(candidates):
            raise BadRequestError("One encoder is chosen twice.", remedy="Choose different ones.")
        earlier = self._kept.get(owner)
        if earlier is not None and earlier.live:
            raise BadRequestError("Encoders are being compared already.", remedy="Wait for them, or press Stop.")
        begun: list[Entry] = []
        for place, candidate in enumerate(candidates):
            begun.append(Entry(candidate, self._begin(f"{owner} {place}", candidate, begun)))
        trial = Trial(texts, tuple(begun))
        self._kept.update(owner, lambda _: trial)
        return trial

    def _begin(self, key: str, candidate: Candidate, begun: Sequence[Entry]) -> Job:
        """Where one cannot begin, those that have are stopped: half a comparison would be paid for nothing."""
        try:
            return self._jobs.start(key, candidate.ready, candidate.encoder, usd_per_mtok=candidate.usd_per_mtok)
        except ServiceError:
            for entry in begun:
                entry.job.stop()
            raise

    def close(self) -> None:
        self._jobs.close()


@dataclass(frozen=True)
class Agreement:
    """Of the encoders at two places of the trial."""

    first: int
    second: int
    overlap: Overlap


def vector_bytes(entry: Entry, embedded: Embedded) -> int | None:
    """What the vectors of all rows take in SAP HANA, before compression and any index."""
    return of_sample(entry.candidate.ready, usd_per_mtok=None, dimensions=embedded.dimensions).vector_bytes


def agreements(embedded: Sequence[Embedded | None], k: int = K) -> tuple[Agreement, ...]:
    """Of every two that have vectors, at least three rows of which are known to both."""
    found = []
    for first, second in combinations(range(len(embedded)), 2):
        a, b = embedded[first], embedded[second]
        shared = None if a is None or b is None else overlap(a.row_vectors(), b.row_vectors(), k)
        if shared is not None:
            found.append(Agreement(first, second, shared))
    return tuple(found)


def precision(embedded: Embedded, labels: Sequence[Hashable], k: int = K) -> Precision | None:
    """Of a row's k nearest rows, how many bear its own label."""
    return precision_of_rows(embedded.row_vectors(), labels, k)


def verdict(names: Sequence[str], found: Sequence[Precision | None]) -> str:
    """One sentence on the two best: a difference is claimed only where their intervals do not meet."""
    ranked = sorted(
        ((name, cell) for name, cell in zip(names, found, strict=True) if cell is not None),
        key=lambda pair: -pair[1].share.value,
    )
    if len(ranked) < FEWEST:
        return ""
    (best, high), (other, low) = ranked[:2]
    if high.share.low > low.share.high:
        return f"{best} finds more rows of the same label than {other}: the intervals do not meet."
    return f"No difference shown between {best} and {other}: the intervals meet (n = {high.share.n:,})."
