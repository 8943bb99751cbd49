"""Sockets that obey the active Call: every connect, read and write ends with its deadline or its stop()."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from services.errors import ConnectError, DeadlineError, DnsError, ServiceError, StoppedError, TlsError
from services.reach import Reach
from services.wire.call import ACTIVE, Call

_STEP_S = 0.05
_PENDING = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)}
Address = tuple[Any, ...]


class Stream(httpcore.NetworkStream):
    """One connection, used by one call after another: it belongs to the call that last wrote to it."""

    def __init__(self, held: socket.socket, host: str, call: Call) -> None:
        self._socket, self._host, self._call = held, host, call
        self._exchange = call.exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._call
        try:
            self._socket.settimeout(call.hold(self._socket, self._host))
            received = self._socket.recv(max_bytes)
        except TimeoutError:
            raise call.expired(self._host) from None
        except OSError as failure:
            raise _broken(call, self._host, failure) from None
        if received:
            call.exchange.received = True
        else:
            call.check()
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        call = self._call = ACTIVE.get()
        if self._exchange is not call.exchange:
            self._exchange = call.exchange
            call.exchange.reused = True
        try:
            while buffer:
                self._socket.settimeout(call.hold(self._socket, self._host))
                buffer = buffer[self._socket.send(buffer) :]
        except TimeoutError:
            raise call.expired(self._host) from None
        except OSError:
            call.check()
            # httpcore then still reads: a server may refuse a large request before it has arrived whole.
            raise httpcore.WriteError(f"{self._host} stopped reading") from None

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        call, name = ACTIVE.get(), server_hostname or self._host
        try:
            left_s = call.hold(self._socket, self._host)
            self._socket.settimeout(left_s if timeout is None else min(timeout, left_s))
            # Shaking hands apart from wrapping keeps the socket known to stop() all the while.
            secured = ssl_context.wrap_socket(self._socket, server_hostname=name, do_handshake_on_connect=False)
            call.swap(self._socket, secured)
            self._socket = secured
            secured.do_handshake()
        except TimeoutError:
            self.close()
            raise _no_handshake(self._host, timeout, call) from None
        except (OSError, ValueError) as failure:
            self.close()
            call.check()
            raise _untrusted(name, failure) from None
        except (StoppedError, DeadlineError):
            self.close()
            raise
        return Stream(secured, self._host, call)

    def get_extra_info(self, info: str) -> Any:
        if info == "socket":
            return self._socket
        if info == "is_readable":
            return _is_readable(self._socket)
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return None


class Backend(httpcore.NetworkBackend):
    """Connects within the active call. Name resolution blocks: the operating system offers no way to interrupt it.

    reach judges the very addresses that are connected to, so a name that leads elsewhere a moment later gains nothing.
    """

    def __init__(
        self, resolve: Callable[..., list[Address]] = socket.getaddrinfo, *, reach: Reach | None = None
    ) -> None:
        self._resolve, self._reach = resolve, reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        call, place = ACTIVE.get(), f"{host}:{port}"
        addresses = self._addresses(host, port)
        end_ns = call.clock_ns() + round((call.left_s() if timeout is None else timeout) * 1e9)
        reason = "no answer"
        for position, (family, kind, protocol, _, address) in enumerate(addresses):
            # An even share for each address: a dead IPv6 route must leave time for IPv4.
            share_s = (end_ns - call.clock_ns()) / 1e9 / (len(addresses) - position)
            try:
                connecting = socket.socket(family, kind, protocol)
            except OSError as failure:
                reason = _reason(failure)
                continue
            try:
                refusal = _connect(connecting, address, share_s, call, place)
            except BaseException:
                connecting.close()
                raise
            if refusal is None:
                connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return Stream(connecting, place, call)
            connecting.close()
            reason = refusal
        raise ConnectError(f"Cannot reach {place}: {reason}.")

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            found = self._resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DnsError(f"The host name {host} was not found.") from None
        return found if self._reach is None else self._reach.within(host, found)


def _connect(connecting: socket.socket, address: Address, limit_s: float, call: Call, place: str) -> str | None:
    """Connect in short steps, so that stop() and the deadline work meanwhile; returns why it failed, or None."""
    connecting.setblocking(False)
    code = connecting.connect_ex(address)
    if code not in _PENDING:
        return os.strerror(code).lower()
    end_ns = call.clock_ns() + round(limit_s * 1e9)
    with selectors.DefaultSelector() as selector:
        selector.register(connecting, selectors.EVENT_WRITE)
        while True:
            left_s = min((end_ns - call.clock_ns()) / 1e9, call.hold(connecting, place))
            if selector.select(max(0.0, min(_STEP_S, left_s))):
                code = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                return os.strerror(code).lower() if code else None
            if left_s <= 0:
                return f"no connection within {limit_s:.2g} s"


def _is_readable(held: socket.socket) -> bool:
    if held.fileno() < 0:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(held, selectors.EVENT_READ)
        return bool(selector.select(0))


def _broken(call: Call, host: str, failure: OSError) -> ConnectError | StoppedError:
    if call.stopped:
        return StoppedError("Stopped.")
    return ConnectError(f"The connection to {host} broke: {_reason(failure)}.")


def _reason(failure: OSError) -> str:
    if isinstance(failure, ssl.SSLError) or failure.errno is None:
        return "TLS failure"
    return os.strerror(failure.errno).lower()


def _no_handshake(host: str, timeout_s: float | None, call: Call) -> ServiceError:
    if call.stopped:
        return StoppedError("Stopped.")
    if timeout_s is None or call.left_s() <= 0:
        return call.expired(host)
    return ConnectError(f"Cannot reach {host}: no TLS handshake within {timeout_s:g} s.")


def _untrusted(name: str, failure: OSError | ValueError) -> TlsError | ConnectError:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return TlsError(f"The certificate of {name} is not trusted: {failure.verify_message}.")
    if isinstance(failure, ssl.SSLError):
        return TlsError(f"{name} does not speak TLS as expected: {failure.reason or 'handshake cut off'}.")
    return ConnectError(f"The connection to {name} broke during the TLS handshake.")
