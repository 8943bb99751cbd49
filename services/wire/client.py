"""One attempt at one endpoint: routes, headers, and what came back as a value or one of our errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import httpx

from services.endpoints import Endpoint
from services.errors import ProtocolError
from services.wire import listing
from services.wire.attempt import Attempt
from services.wire.bodies import chat_body, completion_body, embedding_body
from services.wire.call import Call
from services.wire.dialects import DIALECTS
from services.wire.json_text import dumps
from services.wire.limits import DEFAULT_LIMITS, Limits
from services.wire.origin import origin_of
from services.wire.plain import not_an_api, parsed, plain_answer
from services.wire.reply import Reply, send
from services.wire.status import event_error, status_error
from services.wire.stream import AnswerStream
from services.wire.transport import Pool
from services.wire.types import Answer, ChatRequest, CompletionRequest, EmbeddingResult, ListedModel

_AGENT = "together-playground-hana"


class Client:
    """Never tries twice. Every method raises ServiceError and nothing else.

    Raises ConfigError at once for an address or key that cannot be right. now_s is Unix time, for dates in headers.
    """

    def __init__(
        self,
        pool: Pool,
        endpoint: Endpoint,
        limits: Limits = DEFAULT_LIMITS,
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._origin = origin_of(endpoint)
        self._pool, self._endpoint, self._limits, self._now_s = pool, endpoint, limits, now_s
        self._dialect = DIALECTS[endpoint.kind]

    def stream_chat(self, request: ChatRequest, call: Call | None = None) -> AnswerStream:
        active = call or Call()
        return AnswerStream(active, lambda: self.open_chat(request, active))

    def stream_completion(self, request: CompletionRequest, call: Call | None = None) -> AnswerStream:
        active = call or Call()
        return AnswerStream(active, lambda: self.open_completion(request, active))

    def open_chat(self, request: ChatRequest, call: Call) -> Attempt:
        """Send, and wait for the first text."""
        return self._opened("chat/completions", chat_body(request, self._dialect, stream=True), call)

    def open_completion(self, request: CompletionRequest, call: Call) -> Attempt:
        return self._opened("completions", completion_body(request, self._dialect, stream=True), call)

    def chat(self, request: ChatRequest, call: Call | None = None) -> Answer:
        return self._answered("chat/completions", chat_body(request, self._dialect, stream=False), call or Call())

    def complete(self, request: CompletionRequest, call: Call | None = None) -> Answer:
        return self._answered("completions", completion_body(request, self._dialect, stream=False), call or Call())

    def embed(self, model: str, inputs: Sequence[str], call: Call | None = None) -> EmbeddingResult:
        # numpy takes longer to import than a chat takes to start.
        from services.wire.vectors import embeddings

        body = embedding_body(model, inputs, self._dialect)
        return embeddings(self._object("embeddings", body, call or Call()), len(inputs), self._origin.host)

    def models(self, call: Call | None = None) -> tuple[ListedModel, ...]:
        return listing.models(self._value("models", None, call or Call()), self._origin.host)

    def _opened(self, path: str, body: dict[str, Any], call: Call) -> Attempt:
        return Attempt(self._sent(path, body, call), body.get("n", 1))

    def _answered(self, path: str, body: dict[str, Any], call: Call) -> Answer:
        with closing(self._sent(path, body, call)) as reply:
            return plain_answer(reply.body(), reply)

    def _object(self, path: str, body: dict[str, Any], call: Call) -> dict[str, Any]:
        value = self._value(path, body, call)
        if not isinstance(value, dict):
            raise ProtocolError(f"{self._origin.host} answered with JSON that is not an answer to {path}.")
        return value

    def _value(self, path: str, body: dict[str, Any] | None, call: Call) -> Any:
        with closing(self._sent(path, body, call)) as reply:
            raw = reply.body()
            if raw.lstrip()[:1] == b"<":
                raise not_an_api(reply, raw)
            value = parsed(raw, reply)
        if isinstance(value, dict) and value.get("error"):
            raise event_error(value["error"], self._origin)
        return value

    def _sent(self, path: str, body: dict[str, Any] | None, call: Call) -> Reply:
        """The reply to a request that was accepted. Raises the error its status stands for otherwise."""
        request = self._request(path, body)
        call.begin(self._limits.total_timeout_s)
        reply = send(self._pool, request, call, self._origin, self._limits)
        if 200 <= reply.status < 300:
            return reply
        with closing(reply):
            said = b"" if 300 <= reply.status < 400 else reply.start_of_body()
        raise status_error(reply.status, reply.headers, said, self._origin, self._now_s())

    def _request(self, path: str, body: dict[str, Any] | None) -> httpx.Request:
        streams = body is not None and body.get("stream") is True
        headers = {
            "Accept": "text/event-stream, application/json" if streams else "application/json",
            # A compressing proxy would hold text of a stream back.
            "Accept-Encoding": "identity" if streams else "gzip",
            "User-Agent": _AGENT,
        }
        if self._endpoint.api_key:
            headers["Authorization"] = f"Bearer {self._endpoint.api_key}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        if not self._dialect.keeps_connection:
            headers["Connection"] = "close"
        return httpx.Request(
            "GET" if body is None else "POST",
            f"{self._endpoint.base_url.rstrip('/')}/{path}",
            headers=headers,
            content=None if body is None else dumps(body),
            extensions={
                "timeout": {"connect": self._limits.connect_timeout_s},
                "fresh": not self._dialect.keeps_connection,
                "reach": self._endpoint.reach,
            },
        )
