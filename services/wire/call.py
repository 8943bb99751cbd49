"""One call as seen from outside: it can be stopped from any thread, and its deadlines bound every socket operation."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from services.errors import DeadlineError, StoppedError

_TOTAL = "The answer from {host} was not complete within {limit:g} s."
_DAY_S = 86_400.0


class Exchange:
    """One request on one connection: was the connection used before, and has a byte come back?"""

    __slots__ = ("received", "reused")

    def __init__(self) -> None:
        self.reused = False
        self.received = False


class Call:
    """The life of one call, its retries included; make a new one for every call.

    attempts counts requests sent, waits_s the pauses between them. sent_ns and first_sent_ns are readings of clock_ns
    at the start of the latest and of the first attempt. Set renewed when something hoped for came: the phase's time
    then starts anew with the next socket operation.
    """

    def __init__(self, *, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.clock_ns = clock_ns
        self.attempts = 0
        self.waits_s: list[float] = []
        self.renewed = False
        self.first_sent_ns: int | None = None
        self.sent_ns: int | None = None
        self.exchange = Exchange()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._phase: tuple[str, float] | None = None
        self._phase_ns: int | None = None
        self._total_s = 0.0
        self._total_ns: int | None = None

    def stop(self) -> None:
        """End the call now, from any thread: its sockets are shut down, a wait between attempts is cut short."""
        with self._lock:
            self._stopped.set()
            for held in self._sockets:
                _shut_down(held)

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def check(self) -> None:
        """Raises StoppedError once stop() was called."""
        if self._stopped.is_set():
            raise StoppedError("Stopped.")

    def wait(self, seconds: float) -> bool:
        """Pause; True if the call was stopped meanwhile."""
        return self._stopped.wait(seconds)

    def begin(self, total_s: float) -> None:
        """Start the total deadline; later calls change nothing, so that retries share it."""
        if self._total_ns is None:
            self._total_s = total_s
            self._total_ns = self.clock_ns() + round(total_s * 1e9)

    def attempt(self) -> None:
        """Note that a request is about to be sent."""
        self.check()
        self.attempts += 1
        self.sent_ns = self.clock_ns()
        if self.first_sent_ns is None:
            self.first_sent_ns = self.sent_ns

    def expect(self, complaint: str, seconds: float, *, since_ns: int | None = None) -> None:
        """Replace the phase's deadline, counted from now or from since_ns.

        complaint says what did not come, with {host} and {limit} to fill.
        """
        self._phase, self.renewed = (complaint, seconds), False
        self._phase_ns = (self.clock_ns() if since_ns is None else since_ns) + round(seconds * 1e9)

    def left_s(self) -> float:
        """Seconds until the nearest deadline; may be negative. A day where there is none: sockets take no infinity."""
        ends = [end for end in (self._phase_ns, self._total_ns) if end is not None]
        return (min(ends) - self.clock_ns()) / 1e9 if ends else _DAY_S

    def total_left_s(self) -> float:
        return _DAY_S if self._total_ns is None else (self._total_ns - self.clock_ns()) / 1e9

    def expired(self, host: str) -> DeadlineError:
        """The error for the deadline that is over. After the total one there is no time left to try again."""
        phase_is_nearer = self._phase_ns is not None and (self._total_ns is None or self._phase_ns < self._total_ns)
        if self._phase is not None and phase_is_nearer:
            complaint, limit_s = self._phase
            return DeadlineError(complaint.format(host=host, limit=limit_s), remedy="Try again, or pick another model.")
        remedy = "For answers that take longer raise the time limit: under Settings, or TOGETHER_TIMEOUT."
        return DeadlineError(_TOTAL.format(host=host, limit=self._total_s), remedy=remedy, retryable=False)

    def hold(self, held: socket.socket, host: str) -> float:
        """Bind a socket to this call; returns the seconds left for its next operation.

        Raises StoppedError or DeadlineError when there is none left.
        """
        if held not in self._sockets:
            with self._lock:
                self._sockets.add(held)
        self.check()
        if self.renewed and self._phase is not None:
            self.expect(*self._phase)
        left_s = self.left_s()
        if left_s <= 0:
            raise self.expired(host)
        return left_s

    def swap(self, old: socket.socket, new: socket.socket) -> None:
        """A TLS socket takes the place of the plain one it grew from."""
        with self._lock:
            self._sockets.discard(old)
            self._sockets.add(new)
            if self._stopped.is_set():
                _shut_down(new)

    def release(self) -> None:
        """Let go of the sockets: the next stop() must not hit a connection that now serves another call."""
        with self._lock:
            self._sockets.clear()

    @contextmanager
    def active(self) -> Iterator[Call]:
        """Make this the call that socket operations of this thread belong to."""
        token = ACTIVE.set(self)
        try:
            yield self
        finally:
            ACTIVE.reset(token)


ACTIVE: ContextVar[Call] = ContextVar("active_call")


def _shut_down(held: socket.socket) -> None:
    # SSLSocket.shutdown drops its TLS state first, under the feet of the thread that reads: use the plain one.
    with suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)
