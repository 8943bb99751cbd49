"""Numerical libraries on one thread: the same last digits everywhere, and no waiting for a busy processor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _OneBlasThread:
    """Lowered by whoever enters first, restored by whoever leaves last: each restoring what it met would leave it low
    for good when two overlap. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        # Only a library that is loaded is found, and SciPy has a BLAS of its own.
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_limits

        with self._lock:
            self._users += 1
            if self._users == 1:
                self._limits = threadpool_limits(limits=1, user_api="blas")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                # Leaving it restores what it met; entering first makes it give up its claim to be the one that limits.
                with self._limits:
                    pass


# Its number of threads belongs to the process.
_BLAS = _OneBlasThread()


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums are then made in one order, and small products do not wait for threads that have no processor."""
    from threadpoolctl import threadpool_limits

    # OpenMP's number belongs to the calling thread.
    with _BLAS, threadpool_limits(limits=1, user_api="openmp"):
        yield
