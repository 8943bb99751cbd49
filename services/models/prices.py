"""What an answer costs: a dated price, and the sums made with it. An unknown price gives None, never 0."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import orjson

from services.wire.types import Json, Message, Usage

_PER_MTOK = 1_000_000
_MOST_USD_PER_MTOK = 1_000_000
_PER_EXTRA_MESSAGE_TOKENS = 4
_IMAGE_TOKENS = 1_000

# Tokens a chat template adds to one message, fitted on recorded prompts of Together's models.
_TEMPLATE_TOKENS = (("gpt-oss", 66), ("deepseek", 82), ("llama", 36), ("smollm", 8))
_UNKNOWN_TEMPLATE_TOKENS = 40

_NOT_LATIN = re.compile("[\u0370-\u1dff\u2e80-\U0010ffff]+")
_MARKUP = re.compile(r"[{}\[\]()<>;=_\"\\|/]")
_CODE_SHARE = 0.06


@dataclass(frozen=True)
class Price:
    """USD per 10^6 tokens. cached_input None: cached tokens cost what new ones do. as_of None: the day is not known."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal | None = None
    as_of: date | None = None
    source: str = ""

    @property
    def free(self) -> bool:
        return not (self.input_usd_per_mtok or self.output_usd_per_mtok or self.cached_input_usd_per_mtok)


def usd_per_mtok(value: float | str | None) -> Decimal | None:
    """A listed price, rounded to 6 digits (floats come as 1.0399999999999998); None if it cannot be a price."""
    if value is None or not 0 <= float(value) <= _MOST_USD_PER_MTOK:
        return None
    return Decimal(str(round(float(value), 6)))


def cost_usd(usage: Usage | None, price: Price | None) -> Decimal | None:
    """n_new * p_in + n_cached * p_cached + n_out * p_out, per 10^6.

    Reasoning tokens are part of the completion tokens and not added again. None where the price is unknown, the
    server did not count, or its counts contradict themselves.
    """
    if usage is None or price is None:
        return None
    cached = 0 if usage.cached_tokens is None else usage.cached_tokens
    new = usage.prompt_tokens - cached
    if new < 0 or cached < 0 or usage.completion_tokens < 0:
        return None
    p_in, p_cached = price.input_usd_per_mtok, price.cached_input_usd_per_mtok
    input_usd = new * p_in + cached * (p_in if p_cached is None else p_cached)
    return (input_usd + usage.completion_tokens * price.output_usd_per_mtok) / _PER_MTOK


def most_usd(
    prompt_tokens: int, max_tokens: int | None, price: Price | None, *, safety: Decimal = Decimal("1.3")
) -> Decimal | None:
    """At most what one answer costs: nothing cached, max_tokens used up. None where that has no bound.

    safety widens an estimated prompt_tokens; 1 for a counted one.
    """
    if price is None or prompt_tokens < 0:
        return None
    if max_tokens is None and price.output_usd_per_mtok:
        return None
    output_tokens = 0 if max_tokens is None else max_tokens
    return (prompt_tokens * safety * price.input_usd_per_mtok + output_tokens * price.output_usd_per_mtok) / _PER_MTOK


def estimate_tokens(prompt: str | Sequence[Message], model: str, tools: Sequence[Json] | None = None) -> int:
    """About how many tokens a prompt has, without a tokenizer; an estimate, to be shown as one.

    Text: bytes / 4 for prose, / 3 for code and JSON, / 2 for scripts other than Latin. Messages also carry their
    model family's template (fitted for gpt-oss, DeepSeek and Llama, 40 for others) and 4 for each message after the
    first. An image counts 1,000, an assumption on the high side.
    """
    if isinstance(prompt, str):
        return _text_tokens(prompt)
    if not prompt:
        return 0
    extra = _PER_EXTRA_MESSAGE_TOKENS * (len(prompt) - 1)
    offered = 0 if tools is None else _text_tokens(orjson.dumps([dict(tool) for tool in tools]).decode())
    return _template_tokens(model) + extra + offered + sum(map(_message_tokens, prompt))


def _template_tokens(model: str) -> int:
    name = model.lower()
    return next((tokens for family, tokens in _TEMPLATE_TOKENS if family in name), _UNKNOWN_TEMPLATE_TOKENS)


def _message_tokens(message: Message) -> int:
    called = sum(_text_tokens(call.name) + _text_tokens(call.arguments) for call in message.tool_calls)
    thought = 0 if message.reasoning is None else _text_tokens(message.reasoning)
    if message.content is None:
        return called + thought
    if isinstance(message.content, str):
        return called + thought + _text_tokens(message.content)
    return called + thought + sum(map(_part_tokens, message.content))


def _part_tokens(part: Json) -> int:
    text = part.get("text")
    return _text_tokens(text) if isinstance(text, str) else _IMAGE_TOKENS


def _text_tokens(text: str) -> int:
    size = len(text.encode("utf-8", "replace"))
    wide = sum(len(run.encode("utf-8", "replace")) for run in _NOT_LATIN.findall(text))
    is_code = bool(text) and len(_MARKUP.findall(text)) > _CODE_SHARE * len(text)
    return math.ceil((size - wide) / (3 if is_code else 4) + wide / 2)
