"""A streamed answer: an iterator of chunks that afterwards knows the whole answer and how it came."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from services.errors import ServiceError, StoppedError
from services.wire.attempt import Attempt
from services.wire.call import Call
from services.wire.types import Answer, Chunk, Outcome


class AnswerStream:
    """Iterate it for chunks; nothing is sent before. Afterwards outcome, answer, attempts and times are known.

    Used by one thread; stop() and partial() from any. Raises ServiceError while iterating; partial() keeps the text.
    Times are readings of the call's clock (time.monotonic_ns).
    """

    def __init__(self, call: Call, begin: Callable[[], Attempt]) -> None:
        self.call = call
        self.outcome: Outcome | None = None
        self.error: ServiceError | None = None
        self._begin = begin
        self._attempt: Attempt | None = None
        self._closed_ns: int | None = None
        self._running = self._run()

    def __iter__(self) -> Iterator[Chunk]:
        return self._running

    def __next__(self) -> Chunk:
        return next(self._running)

    def __enter__(self) -> AnswerStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def answer(self) -> Answer:
        """The complete answer. Raises the stream's own error, or RuntimeError while it is not read to its end."""
        if self.error is not None:
            raise self.error
        if self.outcome != "ok":
            raise RuntimeError("the stream has to be read to its end first")
        return self.partial()

    def read(self) -> Answer:
        """Read what is left and return the complete answer."""
        for _ in self._running:
            pass
        return self.answer

    def partial(self) -> Answer:
        """The answer so far."""
        return Answer(model=None, choices=()) if self._attempt is None else self._attempt.answer()

    @property
    def attempts(self) -> int:
        return self.call.attempts

    @property
    def waits_s(self) -> tuple[float, ...]:
        return tuple(self.call.waits_s)

    @property
    def first_sent_ns(self) -> int | None:
        return self.call.first_sent_ns

    @property
    def sent_ns(self) -> int | None:
        return self.call.sent_ns

    @property
    def closed_ns(self) -> int | None:
        """When the answer was complete, or broke off."""
        return self._closed_ns

    def stop(self) -> None:
        self.call.stop()

    def close(self) -> None:
        """Give up the rest, if there is any. From the reading thread only."""
        self._running.close()

    def _run(self) -> Generator[Chunk, None, None]:
        try:
            self._attempt = self._begin()
            yield from self._attempt.chunks
            self.outcome = "ok"
        except ServiceError as error:
            error.attempts = max(1, self.call.attempts)
            self.error = error
            kept = self._attempt is not None and self._attempt.started
            self.outcome = "stopped" if isinstance(error, StoppedError) else "partial" if kept else "error"
            raise
        except GeneratorExit:
            self.outcome = "stopped"
            raise
        finally:
            self._close()

    def _close(self) -> None:
        self._closed_ns = self.call.clock_ns()
        if self._attempt is not None:
            self._attempt.close()
            self._closed_ns = self._attempt.closed_ns
