"""What arrived and how it ended, so that a test can prove `sent once` and `closed after Stop`."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from services.embedded.sandbox.script import Outcome


class Counts:
    """Paths that are not served count together as `other`. The last `kept` hang-ups are told one by one."""

    def __init__(self, paths: tuple[str, ...], clock: Callable[[], float], kept: int = 200) -> None:
        self._paths, self._clock = paths, clock
        self._requests: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._hang_ups: deque[dict[str, Any]] = deque(maxlen=kept)
        self._open = 0
        self._lock = threading.Lock()

    def arrived(self, path: str) -> None:
        with self._lock:
            self._requests[path if path in self._paths else "other"] += 1

    def opened(self) -> None:
        with self._lock:
            self._open += 1

    def ended(self, path: str, model: str, outcome: Outcome, sent: int) -> None:
        with self._lock:
            self._open -= 1
            self._outcomes[outcome] += 1
            if outcome == "hung_up":
                self._hang_ups.append({"path": path, "model": model, "steps_sent": sent, "at_s": self._clock()})

    def shown(self) -> dict[str, Any]:
        """at_s is on the machine's monotonic clock, the one time.monotonic() reads."""
        with self._lock:
            answers = {"open": self._open, "finished": 0, "hung_up": 0, "dropped": 0} | self._outcomes
            return {"requests": dict(self._requests), "answers": answers, "hang_ups": list(self._hang_ups)}
