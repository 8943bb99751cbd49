"""What this installation itself saw of a model: the waits and speeds of real answers, never of simulated ones."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from services.endpoints import Endpoint


@dataclass(frozen=True)
class Observed:
    """Medians over the newest answers kept: wait_n of them told a wait, writing_n were long enough to tell a speed.

    wait_s is from sending to the first text, writing_per_s tokens per second of writing; last_at is the newest one's.
    """

    wait_s: float | None
    wait_n: int
    writing_per_s: float | None
    writing_n: int
    last_at: datetime


@dataclass(frozen=True)
class _Seen:
    wait_s: float | None
    writing_per_s: float | None
    at: datetime


class Observations:
    """Shared by all visitors and free of what they wrote: per model the newest keep answers, of max_models models.

    A model is one at an address: what a server is called differs from visitor to visitor. Thread-safe. Where there are
    more models, the one not answering for longest goes first.
    """

    def __init__(self, *, max_models: int = 500, keep: int = 200) -> None:
        self._max_models, self._keep = max_models, keep
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], deque[_Seen]] = OrderedDict()

    def add(
        self, endpoint: Endpoint, model_id: str, *, wait_s: float | None, writing_per_s: float | None, at: datetime
    ) -> None:
        """One answer. Nothing is kept of a simulated one, nor of one that tells neither figure."""
        seen = _Seen(_measured(wait_s), _measured(writing_per_s), at)
        if endpoint.word == "simulated" or (seen.wait_s is None and seen.writing_per_s is None):
            return
        key = (endpoint.base_url, model_id)
        with self._lock:
            self._seen.setdefault(key, deque(maxlen=self._keep)).append(seen)
            self._seen.move_to_end(key)
            while len(self._seen) > self._max_models:
                self._seen.popitem(last=False)

    def of(self, endpoint: Endpoint, model_id: str) -> Observed | None:
        """None for a model that has not answered here."""
        with self._lock:
            seen = tuple(self._seen.get((endpoint.base_url, model_id), ()))
        if not seen:
            return None
        waits, speeds = _known(each.wait_s for each in seen), _known(each.writing_per_s for each in seen)
        return Observed(
            median(waits) if waits else None,
            len(waits),
            median(speeds) if speeds else None,
            len(speeds),
            max(each.at for each in seen),
        )


def _measured(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
