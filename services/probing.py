"""Whether an endpoint answers: its list of models, asked for in a thread while the page goes on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from services.answers.resilience import MEASURED, Policy
from services.endpoints import Endpoint, Patience
from services.errors import DeadlineError, NotFoundError, OverloadedError, ProviderError, ServiceError
from services.wire.call import Call
from services.wire.types import ListedModel

State = Literal["lists", "no list", "failed"]

# Where the servers that people run at home listen unless told otherwise.
USUAL_PORTS = (("Ollama", 11434), ("LM Studio", 1234), ("vLLM", 8000), ("llama.cpp", 8080))

_SLOW = "Look whether the server runs and has loaded its model, then test again."


class Lists(Protocol):
    def models(self, endpoint: Endpoint, *, policy: Policy, call: Call | None = None) -> tuple[ListedModel, ...]: ...


@dataclass(frozen=True)
class Found:
    """no list: it answers, but names no models; error is what it said then, or why it failed."""

    state: State
    models: tuple[str, ...] = ()
    error: ServiceError | None = None


@dataclass(frozen=True)
class Probe:
    """One question to one endpoint; its key stays out of repr."""

    endpoint: Endpoint
    call: Call = field(repr=False)
    future: Future[Found] = field(repr=False)

    @property
    def found(self) -> Found | None:
        """None while it is not known. Raises what went wrong in the thread, if that was a defect of ours."""
        if self.future.cancelled():
            return Found("failed", error=OverloadedError("This was stopped before it was asked."))
        return self.future.result() if self.future.done() else None

    def stop(self) -> None:
        self.call.stop()
        self.future.cancel()

    def wait(self, timeout_s: float) -> Found:
        """Raises TimeoutError."""
        return self.future.result(timeout_s)


class Probes:
    """The threads that ask. At most max_waiting questions of the whole process are open, each of timeout_s."""

    def __init__(self, source: Lists, *, max_workers: int = 8, max_waiting: int = 64, timeout_s: float = 10.0) -> None:
        self._source, self._max_waiting, self._timeout_s = source, max_waiting, timeout_s
        self._lock = threading.Lock()
        self._open: set[Probe] = set()
        self._closed = False
        self._workers = ThreadPoolExecutor(max_workers, thread_name_prefix="probe")

    def start(self, endpoint: Endpoint, *, timeout_s: float | None = None) -> Probe:
        """timeout_s None: that of all. Raises OverloadedError when too many are open."""
        patience = Patience(self._timeout_s if timeout_s is None else timeout_s, 1)
        call = Call()
        with self._lock:
            if self._closed or len(self._open) >= self._max_waiting:
                raise OverloadedError("Too many endpoints are being tested.", remedy="Try again in a moment.")
            asked = replace(endpoint, patience=patience)
            probe = Probe(endpoint, call, self._workers.submit(_ask, self._source, asked, call))
            self._open.add(probe)
        # Not before the lock is free: of one that is done already it is called at once.
        probe.future.add_done_callback(lambda _: self._forget(probe))
        return probe

    def _forget(self, probe: Probe) -> None:
        """A probe holds a key, and this outlives every visitor."""
        with self._lock:
            self._open.discard(probe)

    def close(self) -> None:
        """Stops what is open and waits for the threads."""
        with self._lock:
            self._closed = True
            for probe in self._open:
                probe.call.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)


def _ask(source: Lists, endpoint: Endpoint, call: Call) -> Found:
    try:
        listed = source.models(endpoint, policy=MEASURED, call=call)
    except NotFoundError as error:
        return Found("no list", error=error)
    except DeadlineError as error:
        return Found("failed", error=DeadlineError(error.message, remedy=_SLOW))
    except ServiceError as error:
        return Found("no list" if _answers_without_list(error) else "failed", error=error)
    return Found("lists", tuple(model.id for model in listed))


def _answers_without_list(error: ServiceError) -> bool:
    return isinstance(error, ProviderError) and error.status in (405, 501)


def nearby(probes: Probes, made: Sequence[Endpoint], *, timeout_s: float = 1.5) -> tuple[Probe, ...]:
    """Asks each of made whether it runs; none of them is kept waiting for."""
    started = []
    for endpoint in made:
        try:
            started.append(probes.start(endpoint, timeout_s=timeout_s))
        except OverloadedError:
            break
    return tuple(started)
