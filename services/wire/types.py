"""The values that travel: requests as they are asked, answers as they came. Frozen; absent is None and is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Json = Mapping[str, Any]
Role = Literal["system", "user", "assistant", "tool"]
Channel = Literal["answer", "reasoning", "tool"]
Outcome = Literal["ok", "partial", "error", "stopped"]


@dataclass(frozen=True)
class ToolCall:
    """arguments is the JSON text as the model wrote it; it may be invalid JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Message:
    """One turn. content is text, or parts in the provider's shape ({"type": "text" | "image_url", ...}).

    reasoning is sent back under reasoning_key, the name it came under ("reasoning" or "reasoning_content").
    """

    role: Role
    content: str | tuple[Json, ...] | None
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning: str | None = None
    reasoning_key: str = "reasoning"


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, under Together's names; dialects.py holds what others call them.

    temperature 0-2, top_p and min_p 0-1, presence and frequency penalty -2 to 2, n 1-128, logprobs 0-20.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: Mapping[str, float] | None = None
    stop: tuple[str, ...] | None = None
    n: int | None = None
    seed: int | None = None
    logprobs: int | None = None
    echo: bool | None = None
    context_length_exceeded_behavior: Literal["error", "truncate"] | None = None

    def given(self) -> dict[str, Any]:
        """The parameters that are set, under their own names."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def to_wire(self) -> dict[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in self.given().items()}


@dataclass(frozen=True)
class ChatRequest:
    """One chat call. grammar (GBNF) holds the answer where the server supports it (llama.cpp)."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    response_format: Json | None = None
    tools: tuple[Json, ...] | None = None
    tool_choice: str | Json | None = None
    reasoning: Json | None = None
    reasoning_effort: str | None = None
    chat_template_kwargs: Json | None = None
    safety_model: str | None = None
    compliance: str | None = None
    grammar: str | None = None


@dataclass(frozen=True)
class CompletionRequest:
    """One text completion: the prompt is continued as it stands."""

    model: str
    prompt: str
    sampling: Sampling = field(default_factory=Sampling)
    grammar: str | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens of one answer as the server counted them. An answer without counts has usage None, never zeros."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of text; t_ns is time.monotonic_ns() read right after its event was parsed."""

    t_ns: int
    channel: Channel
    text: str


@dataclass(frozen=True)
class TokenLogprob:
    """One token with its natural-log probability, and the likeliest alternatives as (token, logprob)."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Choice:
    """One alternative of an answer (n > 1 gives several)."""

    text: str
    reasoning: str = ""
    finish_reason: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    seed: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. model is the id the server says it served; timings are the server's own (ms), where it has any.

    text, reasoning, finish_reason, tool_calls and logprobs are those of choice 0.
    """

    model: str | None
    choices: tuple[Choice, ...]
    usage: Usage | None = None
    id: str | None = None
    request_id: str | None = None
    reasoning_key: str = "reasoning"
    timings: Json | None = None
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.choices[0].text if self.choices else ""

    @property
    def reasoning(self) -> str:
        return self.choices[0].reasoning if self.choices else ""

    @property
    def finish_reason(self) -> str | None:
        return self.choices[0].finish_reason if self.choices else None


@dataclass(frozen=True)
class ListedModel:
    """One entry of GET /models, as the server lists it: listing is not availability. Prices in USD per 10^6 tokens."""

    id: str
    type: str | None = None
    display_name: str | None = None
    organization: str | None = None
    context_length: int | None = None
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cached_input_usd_per_mtok: float | None = None
    license: str | None = None
    link: str | None = None
    created: int | None = None


@dataclass(frozen=True)
class EmbeddingResult:
    """vectors is a float32 array (n, d), row i belonging to input i; usage None where the server does not count."""

    vectors: Any
    model: str | None
    usage: Usage | None = None
