"""Embedding as one job: kept vectors first, then batch after batch, until done, stopped or failed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from decimal import Decimal
from hashlib import sha256

import numpy as np

from services.embedding.batches import Calls, each, packed
from services.embedding.embedded import Embedded
from services.embedding.encoder import Vectors
from services.embedding.encoders import BatchEncoder, Encoded
from services.embedding.forecast import over_cap
from services.embedding.kept import Kept
from services.embedding.prepared import NO_TEXT, Prepared
from services.embedding.progress import LIVE, Snapshot, State, Stopwatch, Tally
from services.errors import ProtocolError, ProviderError, ServiceError, StoppedError
from services.wire.call import Call


class Job:
    """Everything is safe from any thread.

    A batch counts as done when its vectors are kept, so that a job started again, here or after the process was
    killed, asks nothing twice. After a failure or a stop what came stays kept.
    """

    def __init__(
        self,
        prepared: Prepared,
        encoder: BatchEncoder,
        kept: Kept,
        *,
        usd_per_mtok: Decimal | None,
        cap_usd: Decimal | None,
        batch_tokens: int,
        clock_s: Callable[[], float],
    ) -> None:
        """cap_usd ends the job once the texts have cost more; None: no cap."""
        self.id = secrets.token_urlsafe(9)
        self._prepared, self._encoder, self._kept = prepared, encoder, kept
        self._cap_usd, self._batch_tokens = cap_usd, batch_tokens
        self._lock = threading.Lock()
        self._go, self._calls = threading.Event(), Calls()
        self._watch, self._tally = Stopwatch(clock_s), Tally(prepared, usd_per_mtok)
        self._state: State = "running"
        self._problem: ServiceError | None = None
        self._embedded: Embedded | None = None
        self._vectors: Vectors | None = None
        self._served: str | None = None
        self._future: Future[None] | None = None

    @property
    def encoder(self) -> BatchEncoder:
        """Whose vectors these become: a question about them is encoded with the same."""
        return self._encoder

    @property
    def live(self) -> bool:
        return self._state in LIVE and (self._future is None or not self._future.done())

    @property
    def texts_per_s(self) -> float | None:
        """How fast the encoder was, kept vectors left out; None before its first batch."""
        with self._lock:
            return self._snapshot().texts_per_s

    @property
    def result_bytes(self) -> int:
        return 0 if self._vectors is None else self._vectors.nbytes

    def snapshot(self) -> Snapshot:
        """Raises what the worker raised, if that was a defect of ours."""
        if self._future is not None and self._future.done():
            self._future.result()
        with self._lock:
            return self._snapshot()

    def pause(self) -> None:
        """Starts no further batch; those under way come in and are kept."""
        with self._lock:
            if self._state == "running":
                self._state = "paused"
                self._go.clear()
                self._watch.halt()

    def resume(self) -> None:
        with self._lock:
            if self._state == "paused":
                self._state = "running"
                self._watch.run()
                self._go.set()

    def stop(self) -> None:
        """Hangs up the calls under way and returns at once; what has come stays kept."""
        with self._lock:
            if self._state in LIVE:
                self._state = "stopping"
                self._go.set()
        self._calls.stop()

    def wait(self, timeout_s: float) -> Snapshot:
        """Blocks until the job has ended, at most timeout_s."""
        assert self._future is not None
        wait((self._future,), timeout_s)
        return self.snapshot()

    def begin(self, workers: ThreadPoolExecutor, ended: Callable[[Job], None]) -> None:
        self._go.set()
        self._watch.run()
        self._future = workers.submit(self._work, ended)

    def _work(self, ended: Callable[[Job], None]) -> None:
        try:
            self._through()
        except StoppedError:
            self._end("stopped")
        except ServiceError as problem:
            self._end("failed", problem)
        else:
            self._end("done")
        finally:
            self._calls.stop()
            ended(self)

    def _end(self, state: State, problem: ServiceError | None = None) -> None:
        embedded = self._result() if state == "done" else None
        with self._lock:
            self._watch.halt()
            # Without its traceback, which would keep every text and vector of the frames alive.
            self._problem = None if problem is None else problem.with_traceback(None)
            self._state, self._embedded = state, embedded

    def _through(self) -> None:
        recalled = self._recall()
        left = [place for place in range(len(self._prepared.texts)) if place not in recalled]
        batches = packed(left, self._prepared.tokens, most=self._encoder.batch, most_tokens=self._batch_tokens)
        answers = each(
            self._ask,
            batches,
            concurrency=self._encoder.concurrency,
            calls=self._calls,
            go=self._go,
            enough=self._past_cap,
        )
        with closing(answers):
            try:
                for places, encoded in answers:
                    self._take(places, encoded)
            except ServiceError:
                self._calls.stop()
                raise
        if self._cap_usd is not None and self._past_cap() and self._tally.left:
            raise over_cap(f"has cost ${self._tally.cost_usd:.4f}", self._cap_usd)

    def _past_cap(self) -> bool:
        cost_usd = self._tally.cost_usd
        return self._cap_usd is not None and cost_usd is not None and cost_usd > self._cap_usd

    def _recall(self) -> frozenset[int]:
        """The texts whose vectors are kept from before."""
        hashes = self._prepared.hashes
        recalled = self._kept.recall(self._encoder.id, hashes)
        places = [place for place, hash_ in enumerate(hashes) if hash_ in recalled.vectors]
        if places:
            self._place(places, np.stack([recalled.vectors[hashes[place]] for place in places]))
        with self._lock:
            self._served = recalled.served
            self._tally.recalled(places)
        return frozenset(places)

    def _ask(self, places: list[int], call: Call) -> Encoded:
        texts = [self._prepared.texts[place] for place in places]
        rows = [self._prepared.rows_of[place][0] + 1 for place in places]
        try:
            return self._encoder.encode_batch(texts, call, rows)
        except ServiceError as problem:
            if call.attempts and not isinstance(problem, ProviderError):
                with self._lock:
                    self._tally.unanswered(places)
            raise

    def _take(self, places: list[int], encoded: Encoded) -> None:
        """Keeps a batch, then counts it as done."""
        with self._lock:
            self._tally.used(places, encoded.usage)
        self._kept.keep(self._encoder.id, [self._prepared.hashes[p] for p in places], encoded.vectors, encoded.served)
        self._place(places, encoded.vectors)
        with self._lock:
            self._served = encoded.served if self._served is None else self._served
            self._tally.kept(places)

    def _place(self, places: Sequence[int], vectors: Vectors) -> None:
        if self._vectors is None:
            self._vectors = np.zeros((len(self._prepared.texts), vectors.shape[1]), dtype=np.float32)
        if vectors.shape[1] != self._vectors.shape[1]:
            raise ProtocolError(
                f"{self._encoder.name} gave vectors of {self._vectors.shape[1]:,} and {vectors.shape[1]:,} dimensions."
            )
        self._vectors[list(places)] = vectors

    def _result(self) -> Embedded:
        assert self._vectors is not None
        self._vectors.flags.writeable = False
        encoder = self._encoder
        signs = sha256(repr((encoder.id, self._served)).encode())
        for place in self._prepared.row_texts:
            signs.update(self._prepared.hashes[place] if place != NO_TEXT else b"-")
        return Embedded(
            id=signs.hexdigest(),
            encoder=encoder.name,
            encoder_id=encoder.id,
            word=encoder.word,
            served=self._served,
            row_texts=self._prepared.row_texts,
            text_vectors=self._vectors,
        )

    def _snapshot(self) -> Snapshot:
        tally, elapsed_s = self._tally, self._watch.elapsed_s
        texts_per_s = tally.asked_texts / elapsed_s if tally.asked_texts and elapsed_s > 0 else None
        return Snapshot(
            id=self.id,
            state=self._state,
            encoder=self._encoder.name,
            word=self._encoder.word,
            rows=self._prepared.rows,
            rows_done=tally.rows_done,
            texts=len(self._prepared.texts),
            texts_done=tally.texts_done,
            from_store=tally.from_store,
            elapsed_s=elapsed_s,
            texts_per_s=texts_per_s,
            rows_per_s=None if texts_per_s is None else tally.asked_rows / elapsed_s,
            left_s=None if texts_per_s is None else tally.left / texts_per_s,
            tokens=tally.tokens,
            estimated=tally.estimated,
            cost_usd=tally.cost_usd,
            unanswered_tokens=tally.unanswered_tokens,
            problem=self._problem,
            store_problem=self._kept.problem,
            embedded=self._embedded,
        )
