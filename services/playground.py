"""What one process shares: the HTTP pool, the gateway, the runs, the conversations and the two embedded servers."""

from __future__ import annotations

import gc
import hashlib
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from services.answers.conversations import Conversations
from services.answers.gateway import Gateway
from services.answers.resilience import Backoff
from services.answers.runs import Runs
from services.embedded import children
from services.embedded.local import model as local
from services.embedding.encoder import LocalEncoder
from services.embedding.notes import NoteSearch, read_notes
from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError, UnavailableError
from services.models.catalog import Catalog, Facts, build
from services.routing import Route, route
from services.settings import LOCAL, SANDBOX, Settings
from services.wire.limits import Limits
from services.wire.transport import Network, Pool


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


class Playground:
    """Made once per process from its settings; close() ends everything it started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool(network_of(settings))
        self.gateway = Gateway(
            self.pool,
            limits=Limits(total_timeout_s=settings.timeout_s),
            backoff=Backoff(max_attempts=settings.max_attempts),
        )
        self.runs = Runs(self.gateway)
        self.conversations = Conversations()
        self.encoder = LocalEncoder()
        self.notes = NoteSearch(read_notes(), self.encoder)
        self._facts = Facts.bundled()
        self._local = OnDemand(lambda: local.start(local.find(settings.local_model_path)))
        self._sandbox = OnDemand(sandbox_child)

    def warm(self) -> None:
        """Starts and loads what the first visitors will need, so that they do not wait for it."""
        self.local_problem()
        self.notes.find("warm")
        import pandas  # noqa: F401  tables draw with it, and it is slow to import

        settle()

    def close(self) -> None:
        self.runs.close()
        self._local.stop()
        self._sandbox.stop()
        self.pool.close()

    def route(self) -> Route:
        return route(self.settings, local_problem=self.local_problem())

    def local_problem(self) -> str | None:
        """Why Local cannot answer, in one sentence; None when it can."""
        try:
            self._local.child()
        except ServiceError as problem:
            return problem.message
        return None

    def endpoint_names(self) -> tuple[str, ...]:
        """Those that can be asked now, the real remote ones first."""
        own = self.settings.together_endpoint()
        remote = [*([own.name] if own is not None else []), *(e.name for e in self.settings.endpoints)]
        return (*remote, *([] if self.local_problem() else [LOCAL]), SANDBOX)

    def endpoint(self, name: str) -> Endpoint:
        """Raises UnavailableError for Local and Sandbox where they cannot run, ConfigError for an unknown name."""
        if name == LOCAL:
            child = self._local.child()
            return Endpoint(LOCAL, "local", child.base_url, child.api_key)
        if name == SANDBOX:
            child = self._sandbox.child()
            return Endpoint(SANDBOX, "sandbox", child.base_url, child.api_key)
        own = self.settings.together_endpoint()
        for endpoint in (*([own] if own is not None else []), *self.settings.endpoints):
            if endpoint.name == name:
                return endpoint
        raise ConfigError(f"There is no endpoint named {name}.", remedy="Pick another endpoint.")

    def catalog(self, endpoint: Endpoint) -> Catalog:
        """The endpoint's own list of models with the bundled facts. Raises ServiceError when the list cannot be had."""
        return build(endpoint, self.gateway.models(endpoint), self._facts, listed_on=datetime.now(UTC).date())

    def bundled_catalog(self, endpoint: Endpoint) -> Catalog:
        """What the bundled facts know, without asking anybody."""
        return build(endpoint, None, self._facts)


def settle() -> None:
    """Takes all that stands out of every later garbage collection.

    Streamlit collects fully after each rerun of a fragment, many times a minute while an answer streams.
    """
    gc.collect()
    gc.freeze()


def network_of(settings: Settings) -> Network:
    no_proxy = tuple(entry.strip() for entry in (settings.no_proxy or "").split(",") if entry.strip())
    return Network(settings.https_proxy, no_proxy, None if settings.ca_file is None else str(settings.ca_file))


def fingerprint(endpoint: Endpoint) -> str:
    """Tells one key from another without being one: what caches may be keyed by."""
    return hashlib.sha256(f"{endpoint.base_url}\0{endpoint.api_key}".encode()).hexdigest()[:16]


def sandbox_child() -> children.Child:
    # Up in a quarter of a second on a quiet machine; on a busy one there is nothing else to fall back to.
    return children.start([sys.executable, "-m", "services.embedded.sandbox", "--child", "--port", "0"], wait_s=20.0)


def project_root() -> Path:
    return Path(__file__).resolve().parents[1]
