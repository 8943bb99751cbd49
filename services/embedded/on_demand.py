"""An embedded server started when it is first asked for."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from services.embedded import children
from services.errors import ConfigError, ServiceError, UnavailableError


class OnDemand:
    """A child server started when first asked for, once, and again after it died.

    A failed start is remembered for again_after_s, so that pages do not wait for it anew at each look.
    """

    def __init__(
        self,
        start: Callable[[], children.Child],
        *,
        clock: Callable[[], float] = time.monotonic,
        again_after_s: float = 60.0,
    ) -> None:
        self._start, self._clock, self._again_after_s = start, clock, again_after_s
        self._lock = threading.Lock()
        self._child: children.Child | None = None
        self._failed: tuple[float, ServiceError] | None = None

    def child(self) -> children.Child:
        """Raises UnavailableError or ConfigError with the reason."""
        with self._lock:
            if self._child is not None and self._child.alive():
                return self._child
            if self._child is not None:
                self._child.stop()
                self._child = None
            if self._failed is not None and self._clock() - self._failed[0] < self._again_after_s:
                raise self._failed[1]
            try:
                self._child, self._failed = self._start(), None
            except (UnavailableError, ConfigError) as problem:
                self._failed = (self._clock(), problem)
                raise
            return self._child

    def stop(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.stop()
                self._child = None


def sandbox_child() -> children.Child:
    # Up in a quarter of a second on a quiet machine; on a busy one there is nothing else to fall back to.
    return children.start([sys.executable, "-m", "services.embedded.sandbox", "--child", "--port", "0"], wait_s=20.0)
