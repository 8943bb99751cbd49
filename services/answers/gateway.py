"""The one way to any model: an endpoint and a request in, an answer or one of our errors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.answers.resilience import INTERACTIVE, MEASURED, Backoff, Policy, RetryBudget, retried
from services.endpoints import Endpoint
from services.wire.attempt import Attempt
from services.wire.call import Call
from services.wire.client import Client
from services.wire.limits import DEFAULT_LIMITS, Limits
from services.wire.stream import AnswerStream
from services.wire.transport import Pool
from services.wire.types import Answer, ChatRequest, CompletionRequest, EmbeddingResult, ListedModel

__all__ = ["INTERACTIVE", "MEASURED", "Gateway", "Policy"]

T = TypeVar("T")


class Gateway:
    """Thread-safe and free of secrets: keys come with each call's endpoint and are not kept.

    Retries by policy, before the first text only; the endpoint's patience wins over limits and backoff. call, if given,
    lets another thread stop it; one Call serves once.
    Every method raises ServiceError and nothing else; ConfigError and BadRequestError for what no server can answer
    come without a request. Streams send nothing before they are iterated.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        limits: Limits = DEFAULT_LIMITS,
        backoff: Backoff | None = None,
        retry_budget: RetryBudget | None = None,
    ) -> None:
        self._pool, self._limits = pool, limits
        self._backoff = backoff or Backoff()
        self._budget = retry_budget or RetryBudget()

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = INTERACTIVE, call: Call | None = None
    ) -> AnswerStream:
        return self._stream(endpoint, policy, call, lambda client, active: client.open_chat(request, active))

    def stream_completion(
        self, endpoint: Endpoint, request: CompletionRequest, *, policy: Policy = INTERACTIVE, call: Call | None = None
    ) -> AnswerStream:
        return self._stream(endpoint, policy, call, lambda client, active: client.open_completion(request, active))

    def chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = INTERACTIVE, call: Call | None = None
    ) -> Answer:
        return self._asked(endpoint, policy, call, lambda client, active: client.chat(request, active))

    def complete(
        self, endpoint: Endpoint, request: CompletionRequest, *, policy: Policy = INTERACTIVE, call: Call | None = None
    ) -> Answer:
        return self._asked(endpoint, policy, call, lambda client, active: client.complete(request, active))

    def embed(
        self,
        endpoint: Endpoint,
        model: str,
        inputs: Sequence[str],
        *,
        policy: Policy = INTERACTIVE,
        call: Call | None = None,
    ) -> EmbeddingResult:
        """All inputs in one request: vectors (n, d), row i belonging to input i."""
        return self._asked(endpoint, policy, call, lambda client, active: client.embed(model, inputs, active))

    def models(
        self, endpoint: Endpoint, *, policy: Policy = INTERACTIVE, call: Call | None = None
    ) -> tuple[ListedModel, ...]:
        return self._asked(endpoint, policy, call, lambda client, active: client.models(active))

    def _stream(
        self, endpoint: Endpoint, policy: Policy, call: Call | None, open_: Callable[[Client, Call], Attempt]
    ) -> AnswerStream:
        active = call or Call()
        return AnswerStream(active, lambda: self._asked(endpoint, policy, active, open_))

    def _asked(self, endpoint: Endpoint, policy: Policy, call: Call | None, ask: Callable[[Client, Call], T]) -> T:
        limits, backoff = self._limits, self._backoff
        if endpoint.patience.total_timeout_s is not None:
            limits = replace(limits, total_timeout_s=endpoint.patience.total_timeout_s)
        if endpoint.patience.max_attempts is not None:
            backoff = replace(backoff, max_attempts=endpoint.patience.max_attempts)
        client, active = Client(self._pool, endpoint, limits), call or Call()
        return retried(active, lambda: ask(client, active), policy, backoff, self._budget)
