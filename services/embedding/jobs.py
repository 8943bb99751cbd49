"""The embedding job of each owner: one at a time for him, a bounded number for all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from weakref import ref

from services.embedding.encoders import BatchEncoder, EncoderId
from services.embedding.forecast import OVER_CAP, most_usd, over_cap
from services.embedding.job import Job
from services.embedding.kept import Kept
from services.embedding.prepared import Prepared
from services.embedding.vector_store import VectorStore
from services.errors import BadRequestError, ConfigError, OverloadedError, StoppedError
from services.per_owner import PerOwner

_MOST_SPEEDS = 100


class Jobs:
    """The job of each owner; None before he began one. A new one replaces one that has ended."""

    def __init__(
        self,
        store: VectorStore,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        max_live: int = 4,
        max_owners: int = 100,
        batch_tokens: int = 100_000,
        memory_bytes: int = 200_000_000,
        result_bytes: int = 500_000_000,
    ) -> None:
        """batch_tokens is the most that goes into one request; memory_bytes holds vectors when the store cannot.

        Over result_bytes of all owners' results the oldest go, as if their owners had begun no job.
        """
        self._store, self._clock_s, self._max_live, self._batch_tokens = store, clock_s, max_live, batch_tokens
        self._memory = VectorStore(None, max_bytes=memory_bytes)
        self._kept: PerOwner[Job | None] = PerOwner(lambda: None, max_owners=max_owners)
        self._lock = threading.Lock()
        self._live: list[Job] = []
        self._closed = False
        self._result_bytes = result_bytes
        self._begun: list[tuple[str, ref[Job]]] = []
        self._speeds: OrderedDict[EncoderId, float] = OrderedDict()
        self._workers = ThreadPoolExecutor(max_live, thread_name_prefix="embedding job")

    def current(self, owner: str) -> Job | None:
        return self._kept.get(owner)

    def texts_per_s(self, encoder: EncoderId) -> float | None:
        """How fast the latest job of this encoder was; None before one asked it anything."""
        with self._lock:
            return self._speeds.get(encoder)

    def start(
        self,
        owner: str,
        prepared: Prepared,
        encoder: BatchEncoder,
        *,
        usd_per_mtok: Decimal | None = None,
        cap_usd: Decimal | None = None,
        confirmed: bool = False,
    ) -> Job:
        """cap_usd bounds what the texts that are not kept yet may cost; confirmed lifts it. What is free has no cap.

        Raises ConfigError over the cap, or where no price is known to hold it by; BadRequestError where no row has a
        text or a job of this owner is under way; OverloadedError at max_live; StoppedError after close().
        """
        if not prepared.texts:
            raise BadRequestError("No row has a text to embed.", remedy="Change the template, or take other rows.")
        price = Decimal(0) if encoder.word == "local" else usd_per_mtok
        capped = cap_usd if encoder.word == "real" and not confirmed else None
        kept = Kept(self._store, self._memory)
        if capped is not None:
            _check_cap(prepared, kept.missing(encoder.id, prepared.hashes), price, capped)
        job = Job(
            prepared,
            encoder,
            kept,
            usd_per_mtok=price,
            cap_usd=capped,
            batch_tokens=self._batch_tokens,
            clock_s=self._clock_s,
        )
        with self._lock:
            self._admit(owner)
            self._make_room()
            job.begin(self._workers, lambda ended: self._note(encoder.id, ended))
            self._live.append(job)
            self._begun.append((owner, ref(job)))
            self._kept.update(owner, lambda _: job)
        return job

    def close(self) -> None:
        """Stops every job and waits for the threads."""
        with self._lock:
            self._closed, live = True, list(self._live)
        for job in live:
            job.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._memory.close()

    def _note(self, encoder: EncoderId, job: Job) -> None:
        speed = job.texts_per_s
        with self._lock:
            if speed is not None:
                self._speeds[encoder] = speed
                self._speeds.move_to_end(encoder)
            while len(self._speeds) > _MOST_SPEEDS:
                self._speeds.popitem(last=False)

    def _make_room(self) -> None:
        begun = [(owner, job) for owner, known in self._begun if (job := known()) is not None]
        self._begun = [(owner, ref(job)) for owner, job in begun]
        total = sum(job.result_bytes for _, job in begun)
        for owner, job in begun:
            if total > self._result_bytes and not job.live:
                total -= job.result_bytes
                self._kept.update(owner, partial(_without, job))

    def _admit(self, owner: str) -> None:
        if self._closed:
            raise StoppedError("The app is ending.", remedy="Start it again.")
        self._live = [job for job in self._live if job.live]
        earlier = self._kept.get(owner)
        if earlier is not None and earlier.live:
            raise BadRequestError("Rows are being embedded already.", remedy="Wait for them, or press Stop.")
        if len(self._live) >= self._max_live:
            raise OverloadedError(f"{self._max_live} people embed rows now.", remedy="Wait until one of them is done.")


def _without(old: Job, now: Job | None) -> Job | None:
    return None if now is old else now


def _check_cap(prepared: Prepared, missing: frozenset[bytes], price: Decimal | None, cap_usd: Decimal) -> None:
    if not missing:
        return
    if price is None:
        raise ConfigError(
            f"The price of this model is not known, so the cap of ${cap_usd:f} cannot be held.",
            remedy="Confirm to go on without a cap.",
            code=OVER_CAP,
        )
    dearest_usd = most_usd(prepared, price, missing)
    if dearest_usd > cap_usd:
        raise over_cap(f"costs up to ${dearest_usd:.4f}", cap_usd)
