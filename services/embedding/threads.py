"""Numerical libraries on one thread: the same last digits everywhere, and no waiting for a busy processor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_users = 0
_blas: Any = None


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums are then made in one order, and small products do not wait for threads that have no processor.

    OpenMP's number belongs to the calling thread, but that of BLAS to the process: whoever comes first lowers it and
    whoever leaves last restores it. Each restoring what it met would leave it low for good when two overlap.
    """
    from threadpoolctl import threadpool_limits

    _enter()
    try:
        with threadpool_limits(limits=1, user_api="openmp"):
            yield
    finally:
        _leave()


def _enter() -> None:
    global _users, _blas
    # Only a library that is loaded is found, and SciPy has a BLAS of its own.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with _lock:
        _users += 1
        if _users == 1:
            _blas = threadpool_limits(limits=1, user_api="blas")


def _leave() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            # Leaving it restores what it met; entering first makes it give up its claim to be the one that limits.
            with _blas:
                pass
