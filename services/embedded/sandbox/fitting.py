"""Fitting a reply into what was asked: thoughts first, then text up to a stop sequence or the last allowed token."""

from __future__ import annotations

from dataclasses import dataclass

from services.embedded.sandbox import tokens
from services.embedded.sandbox.ask import Ask
from services.embedded.sandbox.models import Model
from services.embedded.sandbox.refusals import overflow
from services.embedded.sandbox.replies import Reply
from services.embedded.sandbox.tools import Call


@dataclass(frozen=True)
class Fitted:
    """One choice, cut into tokens. call_tokens are those of the arguments of the one call there may be."""

    reasoning: tuple[str, ...]
    text: tuple[str, ...]
    call: Call | None
    call_tokens: tuple[str, ...]
    finish_reason: str

    @property
    def completion_tokens(self) -> int:
        """One more for the end, where the answer came to it."""
        is_ended = self.finish_reason != "length"
        return len(self.reasoning) + len(self.text) + len(self.call_tokens) + is_ended


def prompt_tokens(ask: Ask, model: Model) -> int:
    """Tools count as their JSON text. A completion has no template around it."""
    extra = [str(tool) for tool in ask.tools]
    return tokens.prompt_tokens([*ask.texts(), *extra], model.overhead_tokens if ask.is_chat else 0)


def room_tokens(ask: Ask, model: Model, used_tokens: int) -> int | None:
    """Most tokens the answer may have. Raises Refusal where prompt and max_tokens do not fit the context."""
    if model.context_length is None:
        return ask.max_tokens
    left = model.context_length - used_tokens
    if left < (1 if ask.max_tokens is None else ask.max_tokens):
        if ask.body.get("context_length_exceeded_behavior") != "truncate":
            raise overflow(model.overflow_status, used_tokens, ask.max_tokens or 1, model.context_length)
        return ask.max_tokens
    return left if ask.max_tokens is None else ask.max_tokens


def fit(reply: Reply, ask: Ask, model: Model, room: int | None) -> Fitted:
    reasoning, text = reply.reasoning, reply.text
    stopped = [at for stop in ask.stop if (at := text.find(stop)) >= 0]
    text = text[: min(stopped)] if stopped else text
    if model.reasoning == "think" and reasoning:
        reasoning, text = "", f"<think>\n{reasoning}\n</think>\n\n{text}"
    call = reply.calls[0] if reply.calls else None
    parts = [tokens.split(part) for part in (reasoning, text, call.arguments if call else "")]
    finish: str = "tool_calls" if call else "stop" if stopped else model.finish
    kept, left = [], room
    for part in parts:
        kept.append(tuple(part if left is None else part[:left]))
        left = None if left is None else left - len(kept[-1])
    if sum(map(len, kept)) < sum(map(len, parts)):
        finish = "length"
    return Fitted(kept[0], kept[1], call if kept[2] else None, kept[2], finish)
