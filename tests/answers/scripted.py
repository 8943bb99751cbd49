"""A source of answers that plays a script: for tests of what stands above the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

from services.answers.resilience import Policy
from services.endpoints import Endpoint
from services.errors import ServiceError, StoppedError
from services.wire.call import Call
from services.wire.types import (
    Answer,
    ChatRequest,
    Choice,
    Chunk,
    CompletionRequest,
    Message,
    Sampling,
    ToolCall,
    Usage,
)

LOCAL = Endpoint("Local", "local", "http://127.0.0.1:1/v1", "invented")
SANDBOX = Endpoint("Sandbox", "sandbox", "http://127.0.0.1:1/v1", "invented")
TOGETHER = Endpoint("Together", "together", "https://api.example/v1", "tgp_v1_invented")


def chat(text: str = "Hello", model: str = "org/model") -> ChatRequest:
    return ChatRequest(model, (Message("user", text),), Sampling(max_tokens=100))


class ScriptedStream:
    """Yields the words as chunks, waits for go before each when there is one, then ends or raises."""

    def __init__(
        self,
        words: Sequence[str],
        call: Call,
        *,
        usage: Usage | None,
        finish: str | None,
        error: ServiceError | None,
        go: threading.Semaphore | None,
    ) -> None:
        self._words, self._call, self._usage, self._finish = words, call, usage, finish
        self._error, self._go, self._text = error, go, ""
        self.sent_ns: int | None = None
        self.attempts = 0

    def __iter__(self) -> Iterator[Chunk]:
        self.sent_ns, self.attempts = time.monotonic_ns(), 1
        for word in self._words:
            self._wait()
            self._text += word
            yield Chunk(time.monotonic_ns(), "answer", word)
        if self._error is not None:
            raise self._error
        self._wait()

    def _wait(self) -> None:
        while self._go is not None and not self._go.acquire(timeout=0.01):
            self._call.check()
        if self._call.stopped:
            raise StoppedError("Stopped.")

    def partial(self) -> Answer:
        return Answer("org/model", (Choice(self._text, finish_reason=self._finish),), self._usage)


class Script:
    """Stands where the gateway stands; counts what is sent."""

    def __init__(
        self,
        words: Sequence[str] = ("Hello", " there"),
        *,
        usage: Usage | None = None,
        finish: str | None = "stop",
        error: ServiceError | None = None,
        go: threading.Semaphore | None = None,
        defect: Callable[[], None] | None = None,
    ) -> None:
        self.words, self.usage, self.finish, self.error, self.go, self.defect = words, usage, finish, error, go, defect
        self.sent: list[ChatRequest | CompletionRequest] = []
        self.policies: list[Policy] = []

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = ..., call: Call | None = None
    ) -> ScriptedStream:
        return self._stream(request, policy, call)

    def stream_completion(
        self, endpoint: Endpoint, request: CompletionRequest, *, policy: Policy = ..., call: Call | None = None
    ) -> ScriptedStream:
        return self._stream(request, policy, call)

    def _stream(self, request: ChatRequest | CompletionRequest, policy: Policy, call: Call | None) -> ScriptedStream:
        self.sent.append(request)
        self.policies.append(policy)
        if self.defect is not None:
            self.defect()
        return ScriptedStream(
            self.words, call or Call(), usage=self.usage, finish=self.finish, error=self.error, go=self.go
        )


class Played:
    """A source of one answer whose chunks are there already, with the times they carry."""

    def __init__(
        self,
        *chunks: Chunk,
        sent_ns: int = 0,
        attempts: int = 1,
        served: str = "org/model",
        finish: str = "stop",
        error: ServiceError | None = None,
        tool_calls: tuple[ToolCall, ...] = (),
    ) -> None:
        self.chunks, self.sent_ns, self.attempts, self.error = chunks, sent_ns, attempts, error
        text = "".join(chunk.text for chunk in chunks if chunk.channel == "answer")
        self.answer = Answer(served, (Choice(text, finish_reason=finish, tool_calls=tool_calls),), None)

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = ..., call: Call | None = None
    ) -> Played:
        return self

    def __iter__(self) -> Iterator[Chunk]:
        yield from self.chunks
        if self.error is not None:
            raise self.error

    def partial(self) -> Answer:
        return self.answer
