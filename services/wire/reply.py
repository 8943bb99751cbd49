"""One exchange: a request sent, its status seen, its body handed out decoded, bounded and in our own errors."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import cast

import httpcore
import httpx

from services.errors import ConnectError, ProtocolError, ServiceError, TooLargeError
from services.wire.call import Call, Exchange
from services.wire.limits import Limits
from services.wire.origin import Origin
from services.wire.transport import Pool

_STEP_BYTES = 256 * 1024
_FOREIGN = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
    httpx.TransportError,
)
_TIMEOUTS = (httpcore.TimeoutException, httpx.TimeoutException)
_TOO_LARGE = "The answer was larger than {limit:.3g} MiB and was refused."
FIRST_BYTE = "No answer from {host} within {limit:g} s."
NO_NEW_BYTE = "Nothing more came from {host} for {limit:g} s."


class Reply:
    """An answer whose headers are there. Close it in any case."""

    def __init__(self, response: httpx.Response, call: Call, pool: Pool, origin: Origin, limits: Limits) -> None:
        self.status, self.headers = response.status_code, response.headers
        self.call, self.origin, self.limits = call, origin, limits
        self._response, self._pool = response, pool
        self._open = True

    @property
    def content_type(self) -> str:
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def request_id(self) -> str | None:
        found = self.headers.get("x-request-id")
        return None if found is None else str(found)

    def parts(self) -> Iterator[bytes]:
        """The decoded body as it comes. Raises TooLargeError past max_response_bytes, ConnectError when it breaks."""
        packed = self.headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
        return self._unpacked() if packed else self._raw()

    def _unpacked(self) -> Iterator[bytes]:
        inflate, seen = Inflate(), 0
        for raw in self._raw():
            for part in inflate.feed(raw):
                seen += len(part)
                self._bound(seen)
                yield part
        inflate.end()

    def _bound(self, seen_bytes: int) -> None:
        if seen_bytes > self.limits.max_response_bytes:
            raise TooLargeError(_TOO_LARGE.format(limit=self.limits.max_response_bytes / 2**20))

    def body(self, parts: Iterable[bytes] | None = None) -> bytes:
        """The whole body of a plain answer; parts if reading has begun. Cut short, it is a retryable ProtocolError."""
        pieces: list[bytes] = []
        try:
            for part in self.parts() if parts is None else parts:
                if not pieces:
                    self.call.expect(NO_NEW_BYTE, self.limits.idle_timeout_s)
                self.call.renewed = True
                pieces.append(part)
        except ConnectError:
            raise ProtocolError(f"The answer of {self.origin.host} was cut short.", retryable=True) from None
        return b"".join(pieces)

    def start_of_body(self) -> bytes:
        """What an answer that says no has to say, within its own small bounds; never fails for want of it."""
        self.call.expect(NO_NEW_BYTE, self.limits.error_body_timeout_s)
        pieces, seen = [], 0
        with suppress(ServiceError):
            for part in self.parts():
                pieces.append(part)
                seen += len(part)
                if seen >= self.limits.max_error_body_bytes:
                    break
        self.call.check()
        return b"".join(pieces)[: self.limits.max_error_body_bytes]

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        # First let go of the socket: once closed here, the connection may already serve another call.
        self.call.release()
        self._response.close()
        self._pool.leave()

    def _raw(self) -> Iterator[bytes]:
        seen, limit = 0, self.limits.max_response_bytes
        error: ServiceError | None = None
        try:
            for part in cast("Iterable[bytes]", self._response.stream):
                seen += len(part)
                if seen > limit:
                    self._bound(seen)
                yield part
        except _FOREIGN as failure:
            error = translated(failure, self.call, self.origin)
        if error is not None:
            raise error
        self.call.check()


class Inflate:
    """gzip in bounded steps: a few bytes that unpack to gigabytes are seen before they are held."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises ProtocolError for damaged data."""
        while data:
            try:
                part = self._member.decompress(data, _STEP_BYTES)
            except zlib.error:
                raise ProtocolError("The answer came damaged: its gzip compression cannot be undone.") from None
            data = self._member.unconsumed_tail
            if self._member.eof:
                data = self._member.unused_data
                if data:
                    self._member = zlib.decompressobj(31)
            if part:
                yield part

    def end(self) -> None:
        if not self._member.eof:
            raise ProtocolError("The answer came damaged: its gzip compression is cut short.", retryable=True)


def send(pool: Pool, request: httpx.Request, call: Call, origin: Origin, limits: Limits) -> Reply:
    """One attempt, up to the headers. A kept connection that had died meanwhile is replaced once, unseen."""
    call.expect(FIRST_BYTE, limits.first_token_timeout_s)
    call.check()
    pool.enter(call)
    try:
        call.attempt()
        call.expect(FIRST_BYTE, limits.first_token_timeout_s)
        response = _sent(pool, request, call, origin)
    except BaseException:
        call.release()
        pool.leave()
        raise
    return Reply(response, call, pool, origin, limits)


def _sent(pool: Pool, request: httpx.Request, call: Call, origin: Origin) -> httpx.Response:
    call.exchange = Exchange()
    try:
        return _handled(pool, request, call, origin)
    except ConnectError:
        if not call.exchange.reused or call.exchange.received:
            raise
    call.check()
    call.release()
    call.exchange = Exchange()
    request.extensions["fresh"] = True
    return _handled(pool, request, call, origin)


def _handled(pool: Pool, request: httpx.Request, call: Call, origin: Origin) -> httpx.Response:
    try:
        with call.active():
            return pool.send(request)
    except _FOREIGN as failure:
        error = translated(failure, call, origin)
    # Raised out here, so that the library's exception, which knows request and headers, does not hang on ours.
    raise error


def translated(failure: Exception, call: Call, origin: Origin) -> ServiceError:
    call.check()
    if isinstance(failure, _TIMEOUTS):
        return call.expired(origin.host)
    if isinstance(failure, httpcore.ProxyError):
        code = re.match(r"\d{3}", str(failure))
        return ConnectError(f"The proxy refused the way to {origin.host} ({code[0] if code else 'no reason given'}).")
    if "disconnected without" in str(failure):
        return ConnectError(f"{origin.host} hung up without an answer.")
    if isinstance(failure, httpcore.ProtocolError | httpx.ProtocolError):
        return ConnectError(f"{origin.host} broke the rules of HTTP or hung up in the middle of an answer.")
    return ConnectError(f"The connection to {origin.host} broke.")
