"""A streamed chat for scripts: an iterator of texts that afterwards knows usage and times."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from services.errors import ServiceError, StoppedError
from services.toolkit.refusals import Asked, complete
from services.toolkit.shapes import usage_of
from services.toolkit.targets import Target
from services.wire.stream import AnswerStream
from services.wire.types import Answer, Chunk

if TYPE_CHECKING:
    from services.answers.timing import Timing


class ChatStream:
    """Yields pieces of the answer's text; nothing is sent before the first is asked for.

    Iterated by one thread; close() from any, and forgetting it stops the server too. A ServiceError raised while
    iterating has the text so far as partial_text.
    """

    def __init__(self, stream: AnswerStream, target: Target, asked: Asked = "chat") -> None:
        self._stream, self.target, self._asked = stream, target, asked
        self._chunks: list[Chunk] = []
        self._closed = False
        # The stream below refers to itself, so it would wait for the garbage collector with the server writing on.
        weakref.finalize(self, stream.stop).atexit = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            chunk = self._next_chunk()
            if chunk.channel == "answer":
                return chunk.text

    def __enter__(self) -> ChatStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the rest: the server sees the connection end. Iteration ends then, in any thread."""
        self._closed = True
        self._stream.stop()
        # Being read by another thread right now, which ends by itself.
        with suppress(ValueError):
            self._stream.close()

    def answer(self) -> Answer:
        """Read what is left and return the whole. Raises ServiceError."""
        for _ in self:
            pass
        return self._stream.partial()

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._stream.partial().text

    @property
    def reasoning(self) -> str:
        return self._stream.partial().reasoning

    @property
    def finish_reason(self) -> str | None:
        return self._stream.partial().finish_reason

    @property
    def model(self) -> str:
        """The id the server says it served, the one asked for until it has said so."""
        served = self._stream.partial().model
        return self.target.model if served is None else served

    @property
    def usage(self) -> dict[str, int] | None:
        """None where the server did not count, or not yet."""
        return usage_of(self._stream.partial().usage)

    @property
    def timing(self) -> Timing:
        """Of what has come so far."""
        from services.answers.timing import Timing, timing

        sent_ns = self._stream.sent_ns
        return Timing() if sent_ns is None else timing(self._chunks, sent_ns, self._stream.partial().usage)

    def _next_chunk(self) -> Chunk:
        try:
            chunk = next(self._stream)
        except StoppedError:
            if self._closed:
                raise StopIteration from None
            raise
        except ServiceError as error:
            error.partial_text = self.text
            complete(error, self.target, self._asked)
            raise
        self._chunks.append(chunk)
        return chunk
