"""What each visitor last looked for and at among embedded rows; a question's vector is made in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from services.background import Background
from services.embedding.encoder import Vectors
from services.per_owner import PerOwner
from services.wire.call import Call

Encode = Callable[[Call], Vectors]


class Asked(Background[Vectors]):
    """A question on its way to its vector (d,), which is of zeros where the encoder knows none of its words."""

    def __init__(self, text: str, workers: Executor, encode: Encode, clock_s: Callable[[], float]) -> None:
        self.text, self._call = text, Call()
        super().__init__(workers, partial(encode, self._call), clock_s)

    def cancel(self) -> None:
        """Returns at once."""
        super().cancel()
        self._call.stop()


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
    """Of each owner; max_live questions of all of them are read at once, others wait. Thread-safe."""

    def __init__(
        self, *, clock_s: Callable[[], float] = time.monotonic, max_live: int = 4, max_owners: int = 500
    ) -> None:
        self._kept: PerOwner[Exploring] = PerOwner(Exploring, max_owners=max_owners)
        self._clock_s = clock_s
        self._workers = ThreadPoolExecutor(max_live, thread_name_prefix="question")
        self._lock = threading.Lock()
        self._live: list[Asked] = []

    def current(self, owner: str, ground: str) -> Exploring:
        return self._kept.get(owner).on(ground)

    def look_at(self, owner: str, ground: str, row: int | None) -> None:
        self._kept.update(owner, lambda kept: replace(kept.on(ground), row=row))

    def ask(self, owner: str, ground: str, text: str, encode: Encode) -> Asked:
        """encode runs in a thread and gets the call to be stopped by; an earlier question of the owner is cancelled."""
        self.forget(owner)
        with self._lock:
            asked = Asked(text, self._workers, encode, self._clock_s)
            self._live = [*(other for other in self._live if other.live), asked]
        self._kept.update(owner, lambda kept: replace(kept.on(ground), asked=asked))
        return asked

    def forget(self, owner: str) -> None:
        """Cancels the question of the owner, if there is one."""
        earlier = self._kept.get(owner).asked
        if earlier is not None:
            earlier.cancel()
        self._kept.update(owner, lambda kept: replace(kept, asked=None))

    def close(self) -> None:
        """Cancels what is under way and waits for the threads; the pool refuses later questions."""
        with self._lock:
            live = list(self._live)
        for asked in live:
            asked.cancel()
        self._workers.shutdown(wait=True, cancel_futures=True)
