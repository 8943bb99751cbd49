"""One streamed exchange: a reply's bytes to chunks, and whether the answer came to its end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any

from services.errors import (
    ConnectError,
    DeadlineError,
    ProtocolError,
    ServiceError,
    StoppedError,
    StreamInterruptedError,
)
from services.wire.assembly import Assembly
from services.wire.json_text import list_of, loads, object_of
from services.wire.plain import not_an_api, plain_answer
from services.wire.reply import Reply
from services.wire.sse import Decoder, Event
from services.wire.status import event_error
from services.wire.types import Answer, Chunk

_NO_TEXT = "No text from {host} within {limit:g} s."
_NO_NEW_TEXT = "No new text from {host} for {limit:g} s."
_NO_TAIL = "Nothing more from {host} within {limit:g} s of the finish."
_DRAIN_S = 0.05
_BOM = b"\xef\xbb\xbf"


class Attempt:
    """One streamed exchange, already advanced to its first chunk: until then it may be tried again.

    Reading on raises StreamInterruptedError when the stream ends before the answer, DeadlineError, TooLargeError,
    ProtocolError for a malformed event, or what the server says went wrong.
    """

    def __init__(self, reply: Reply, asked: int) -> None:
        self._reply, self._call, self._limits = reply, reply.call, reply.limits
        self._host = reply.origin.host
        self._assembly = Assembly(asked, reply.request_id)
        self._plain: Answer | None = None
        self.closed_ns: int | None = None
        self._rest = self._chunks()
        first = next(self._rest, None)
        self.chunks: Iterator[Chunk] = self._rest if first is None else chain((first,), self._rest)

    @property
    def started(self) -> bool:
        return self._assembly.growth > 0

    def answer(self) -> Answer:
        """The answer so far."""
        return self._assembly.answer() if self._plain is None else self._plain

    def close(self) -> None:
        """Give up what has not been read."""
        self._rest.close()

    def _chunks(self) -> Generator[Chunk, None, None]:
        try:
            yield from self._read()
        except StoppedError:
            raise
        except ServiceError as error:
            if not self._assembly.finished:
                raise self._judged(error) from None
        finally:
            self.closed_ns = self.closed_ns or self._call.clock_ns()
            self._reply.close()
        yield from self._assembly.flush(self._call.clock_ns())

    def _read(self) -> Iterator[Chunk]:
        self._call.expect(_NO_TEXT, self._limits.first_token_timeout_s, since_ns=self._call.sent_ns)
        parts = self._reply.parts()
        opening = _opening(parts)
        if opening[:1] in (b"{", b"[", b"<"):
            yield from self._read_plain(opening, parts)
            return
        decoder, ending = Decoder(self._limits.max_event_bytes), False
        for part in chain((opening,), parts):
            before = self._assembly.growth
            for event in decoder.feed(part):
                if event[1] == b"[DONE]":
                    self._finish(parts)
                    return
                yield from self._read_event(event)
            if self._assembly.growth != before:
                if before == 0:
                    self._call.expect(_NO_NEW_TEXT, self._limits.idle_timeout_s)
                self._call.renewed = True
            if self._assembly.finished and not ending:
                ending = True
                self._call.expect(_NO_TAIL, self._limits.tail_timeout_s)
        yield from self._read_last(decoder.flush())

    def _read_event(self, event: Event) -> list[Chunk]:
        name, data = event
        try:
            value = loads(data)
        except ValueError:
            if not data.strip():
                return []
            value = data.decode("utf-8", "replace")
        t_ns = self._call.clock_ns()
        # Looking for the word in the bytes is cheaper than looking into every object.
        if name == "error" or b'"error"' in data:
            self._raise_error(name, value)
        if type(value) is not dict:
            raise ProtocolError(f"{self._host} sent an event that is not one of a model API: the answer is incomplete.")
        return self._assembly.read(value, t_ns)

    def _raise_error(self, name: str, value: Any) -> None:
        whole = object_of(value)
        errors = [whole.get("error"), *(object_of(choice).get("error") for choice in list_of(whole.get("choices")))]
        said = next((error for error in errors if error), value if name == "error" else None)
        if said is not None:
            raise event_error(said, self._reply.origin)

    def _read_last(self, events: list[Event]) -> Iterator[Chunk]:
        """The stream ended. An event without its blank line counts if it is whole."""
        for event in events:
            if event[1] == b"[DONE]":
                self._finish(iter(()))
                return
            try:
                yield from self._read_event(event)
            except ProtocolError:
                break
        if not self._assembly.finished:
            raise self._cut_off("it ended")

    def _finish(self, parts: Iterator[bytes]) -> None:
        if not self.started and not self._assembly.finished:
            raise self._cut_off("it ended")
        self.closed_ns = self._call.clock_ns()
        # The end mark of the body is usually here already; once read, the connection can be kept.
        self._call.expect(_NO_TAIL, _DRAIN_S)
        try:
            next(parts, None)
        except ServiceError:
            return

    def _read_plain(self, opening: bytes, parts: Iterator[bytes]) -> Iterator[Chunk]:
        """The stream was answered in one piece."""
        if opening[:1] == b"<":
            raise not_an_api(self._reply, opening)
        whole = self._reply.body(chain((opening,), parts))
        t_ns = self._call.clock_ns()
        self._plain = plain_answer(whole, self._reply)
        self.closed_ns = t_ns
        texts = (("reasoning", self._plain.reasoning), ("answer", self._plain.text))
        yield from (Chunk(t_ns, "reasoning" if channel == "reasoning" else "answer", t) for channel, t in texts if t)

    def _cut_off(self, reason: str) -> ServiceError:
        if self.started:
            return StreamInterruptedError(
                f"The stream from {self._host} broke off before the answer was complete: {reason}."
            )
        return ProtocolError(f"{self._host} ended the stream without an answer.", retryable=True)

    def _judged(self, error: ServiceError) -> ServiceError:
        """What went wrong after text was shown is not tried again, anywhere."""
        if not self.started:
            return error
        if isinstance(error, ConnectError):
            error = self._cut_off("the connection broke")
        error.retryable = error.fallback = False
        if isinstance(error, DeadlineError):
            error.remedy = f"The text so far is kept. {error.remedy}"
        elif isinstance(error, ProtocolError):
            error.remedy = StreamInterruptedError.remedy
        return error


def _opening(parts: Iterator[bytes]) -> bytes:
    """Enough of the body to tell an event stream, JSON and HTML apart: up to the first byte that is no blank or BOM."""
    opening = b""
    for part in parts:
        opening += part
        start = opening.removeprefix(_BOM).lstrip()
        if start and not _BOM.startswith(opening):
            return start if start[:1] in (b"{", b"[", b"<") else opening
        if not start and len(opening) > len(_BOM):
            # Any number of blank lines is as good as one.
            opening = b"\n"
    return opening
