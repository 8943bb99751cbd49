"""The bodies of answers, field for field: message and chunks in Together's two dialects, and its forms of usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.embedded.sandbox import probabilities
from services.embedded.sandbox.ask import Ask
from services.embedded.sandbox.fitting import Fitted
from services.embedded.sandbox.models import Model, dice

Json = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """What all parts of one answer share. created is in Unix seconds."""

    id: str
    created: int
    ask: Ask
    model: Model
    prompt_tokens: int
    choices: tuple[Fitted, ...]

    @property
    def usage(self) -> Json:
        completion = sum(choice.completion_tokens for choice in self.choices)
        total = self.prompt_tokens + completion
        counted = {"prompt_tokens": self.prompt_tokens, "completion_tokens": completion, "total_tokens": total}
        thoughts = sum(len(choice.reasoning) for choice in self.choices)
        if self.model.usage == "flat_cached":
            counted["cached_tokens"] = 0
        if self.model.usage == "flat_reasoning":
            counted["reasoning_tokens"] = 0 if self.model.hides_reasoning_tokens else thoughts
        if self.model.usage == "details":
            details = {"cached_tokens": 0}, {"reasoning_tokens": thoughts}
            return counted | {"prompt_tokens_details": details[0], "completion_tokens_details": details[1]}
        return counted

    @property
    def prompt(self) -> list[Json]:
        """The prompt comes back where `echo` asks for it."""
        if not self.ask.body.get("echo"):
            return []
        return [{"text": "\n".join(self.ask.texts()), "logprobs": None}]

    def seed(self, index: int) -> int | None:
        """Llama answers name a seed beyond 2^63 on the last chunk; the others name none."""
        if not self.model.big_seed:
            return None
        given = self.ask.body.get("seed")
        return given if given is not None else dice(self.id, index).randrange(2**63, 2**64)


def chat_body(frame: Frame) -> Json:
    body = _head(frame, "chat.completion")
    if frame.model.dialect == "B":
        body["metadata"] = {"weight_version": "default"}
    choices = [_chat_choice(frame, index, fitted) for index, fitted in enumerate(frame.choices)]
    return body | {"prompt": frame.prompt, "choices": choices, "usage": frame.usage}


def completion_body(frame: Frame) -> Json:
    choices = [
        {
            "index": index,
            "text": "".join(fitted.text),
            "finish_reason": fitted.finish_reason,
            "seed": frame.seed(index),
            "logprobs": probabilities.of_message(frame.model, fitted.text, frame.ask.logprobs),
        }
        for index, fitted in enumerate(frame.choices)
    ]
    body = _head(frame, "text.completion")
    return body | {"prompt": frame.prompt, "choices": choices, "usage": frame.usage}


def _head(frame: Frame, name: str) -> Json:
    return {"id": frame.id, "object": name, "created": frame.created, "model": frame.ask.model}


def _chat_choice(frame: Frame, index: int, fitted: Fitted) -> Json:
    text: str | None = "".join(fitted.text)
    message: Json = {"role": "assistant", "content": text, "tool_calls": []}
    if fitted.call is not None:
        message["content"] = text if text else frame.model.empty_tool_content
        function = {"name": fitted.call.name, "arguments": "".join(fitted.call_tokens)}
        message["tool_calls"] = [{"id": fitted.call.id, "index": 0, "type": "function", "function": function}]
    if frame.model.reasoning in ("reasoning", "reasoning_content"):
        message[frame.model.reasoning] = "".join(fitted.reasoning) or None
    return {
        "index": index,
        "message": message,
        "logprobs": probabilities.of_message(frame.model, fitted.text, frame.ask.logprobs),
        "finish_reason": fitted.finish_reason,
        "seed": frame.seed(index),
    }


def chunk(frame: Frame, choices: list[Json], usage: Json | None, *, has_usage_key: bool = True) -> Json:
    name = "chat.completion.chunk" if frame.ask.is_chat else "completion.chunk"
    body = {"id": frame.id, "object": name, "created": frame.created, "choices": choices, "model": frame.ask.model}
    return body | {"usage": usage} if has_usage_key else body


def delta_choice(frame: Frame, index: int, delta: Json, text: str = "", pieces: Sequence[str] = ()) -> Json:
    """A choice that goes on. text repeats what the delta adds to the answer."""
    is_a = frame.model.dialect == "A"
    head: Json = {"token_id": probabilities.token_id(pieces[-1]) if is_a and pieces else None}
    if frame.ask.is_chat:
        head["role"] = "assistant"
    logprobs = probabilities.of_chunk(pieces, frame.ask.logprobs)
    choice: Json = {"index": index, "text": text, "logprobs": logprobs, "finish_reason": None}
    if is_a:
        choice["seed"] = None
    return choice | {"delta": head | delta}


def reasoning_delta(model: Model, content: str, thought: str | None) -> Json:
    """Models that think name their key in every delta, null or not."""
    key = model.reasoning if model.reasoning in ("reasoning", "reasoning_content") else None
    return {"content": content} if key is None else {"content": content, key: thought}
