"""The one pool of connections: whom it may talk to, through which proxy, and how many at once."""

from __future__ import annotations

import ipaddress
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import certifi
import httpcore
import httpx

from services.errors import ConfigError, DeadlineError
from services.reach import Reach
from services.wire.backend import Backend
from services.wire.call import Call

_KEPT_CONNECTIONS = 20
_KEPT_FOR_S = 30.0
_STEP_S = 0.05


@dataclass(frozen=True)
class Network:
    """What lies between here and the servers. https_proxy (it may hold a password) serves https only, loopback never.

    no_proxy holds host names, domain suffixes, host:port or "*". ca_file (PEM) replaces the built-in authorities.
    """

    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: tuple[str, ...] = ()
    ca_file: str | None = None

    def proxy_for(self, url: httpx.URL) -> str | None:
        if self.https_proxy is None or url.scheme != "https" or is_loopback(url.host):
            return None
        return None if any(_covers(entry, url) for entry in self.no_proxy) else self.https_proxy


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _covers(entry: str, url: httpx.URL) -> bool:
    name, _, port = entry.strip().lower().lstrip(".").partition(":")
    if port and port != str(url.port or 443):
        return False
    return name == "*" or (bool(name) and (url.host == name or url.host.endswith(f".{name}")))


class Transport(httpx.BaseTransport):
    """Sends through httpcore on our own sockets. One inner pool per route, built when first needed.

    A request with the extension {"fresh": True} gets a connection of its own, closed after use; one with {"reach": …}
    none that was opened without it. Behind a proxy the proxy finds the addresses, and its rules hold.
    """

    def __init__(self, network: Network) -> None:
        # At DEBUG it writes down response headers and first lines as they come, and servers repeat keys.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._network = network
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._routes: dict[tuple[str, str | None, bool, Reach | None], httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fresh = bool(request.extensions.get("fresh"))
        key = (request.url.scheme, self._network.proxy_for(request.url), fresh, request.extensions.get("reach"))
        with self._lock:
            route = self._routes.get(key) or self._routes.setdefault(key, self._route(*key))
        sent = route.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(sent.status, headers=sent.headers, stream=_Body(sent), extensions=sent.extensions)

    def close(self) -> None:
        with self._lock:
            for route in self._routes.values():
                route.close()
            self._routes.clear()

    def _route(self, scheme: str, proxy: str | None, fresh: bool, reach: Reach | None) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls_context() if scheme == "https" else None,
            proxy=None if proxy is None else _proxy(proxy),
            max_connections=None,
            max_keepalive_connections=0 if fresh else _KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_FOR_S,
            network_backend=Backend(reach=reach if proxy is None else None),
        )

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = _trusting(self._network.ca_file)
        return self._tls


class _Body(httpx.SyncByteStream):
    def __init__(self, sent: httpcore.Response) -> None:
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        return iter(cast("Iterator[bytes]", self._sent.stream))

    def close(self) -> None:
        self._sent.close()


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if ca_file is None:
            # Slim images have no system store.
            context.load_verify_locations(cafile=certifi.where())
    except OSError:
        raise ConfigError("The certificate file (SSL_CERT_FILE) cannot be read as PEM certificates.") from None
    return context


def _proxy(address: str) -> httpcore.Proxy:
    try:
        url = httpx.URL(address if "://" in address else f"http://{address}")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme != "http" or not url.host:
        raise ConfigError("HTTPS_PROXY has to be an http:// address with a host.")
    auth = (url.username, url.password) if url.username else None
    return httpcore.Proxy(httpcore.URL(scheme=b"http", host=url.raw_host, port=url.port or 80, target=b"/"), auth=auth)


class Pool:
    """One per process. At most max_connections requests at once; the next ones wait for a place.

    transport stands in for the network in tests.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        max_connections: int = 100,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = Transport(network or Network()) if transport is None else transport
        self._max_connections = max_connections
        self._busy = 0
        self._place = threading.Condition()

    def enter(self, call: Call) -> None:
        """Take a place. Raises StoppedError, or DeadlineError when none came free in time."""
        with self._place:
            while self._busy >= self._max_connections:
                call.check()
                left_s = call.left_s()
                if left_s <= 0:
                    raise DeadlineError(
                        f"All {self._max_connections} connections of this app are busy.",
                        remedy="Wait until other answers are complete, then try again.",
                        retryable=False,
                    )
                self._place.wait(min(_STEP_S, left_s))
            self._busy += 1

    def leave(self) -> None:
        with self._place:
            self._busy -= 1
            self._place.notify()

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
