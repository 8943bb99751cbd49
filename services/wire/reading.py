"""JSON to answers: each part of an answer in every shape seen, read leniently, nothing invented."""

from __future__ import annotations

import math
from typing import Any

from services.errors import ProtocolError
from services.wire.json_text import count_of, list_of, object_of, repaired, text_of
from services.wire.types import Answer, Choice, TokenLogprob, ToolCall, Usage

REASONING_KEYS = ("reasoning", "reasoning_content")


def answer(body: dict[str, Any], host: str, request_id: str | None = None) -> Answer:
    """A plain chat or completion answer. Raises ProtocolError where no choice can be read."""
    choices = [choice for choice in list_of(body.get("choices")) if isinstance(choice, dict)]
    if not choices or not any(_speaks(choice) for choice in choices):
        raise ProtocolError(f"{host} answered without any choice: that is not the answer of a model API.")
    choices.sort(key=lambda choice: count_of(choice.get("index")) or 0)
    keys = [reasoning_of(_message(choice))[0] for choice in choices]
    return Answer(
        model=text_of(body.get("model")),
        choices=tuple(_choice(choice) for choice in choices),
        usage=usage(body.get("usage")),
        id=text_of(body.get("id")),
        request_id=request_id,
        reasoning_key=next((key for key in keys if key is not None), "reasoning"),
        timings=body["timings"] if isinstance(body.get("timings"), dict) else None,
        warnings=warnings(body.get("warnings")),
    )


def _speaks(choice: dict[str, Any]) -> bool:
    return isinstance(choice.get("message"), dict) or isinstance(choice.get("text"), str)


def _message(choice: dict[str, Any]) -> dict[str, Any]:
    return object_of(choice.get("message"))


def _choice(choice: dict[str, Any]) -> Choice:
    message = _message(choice)
    text = text_of(message.get("content")) if "content" in message else text_of(choice.get("text"))
    return Choice(
        text=text or "",
        reasoning=reasoning_of(message)[1],
        finish_reason=finish_reason(choice.get("finish_reason")),
        tool_calls=tuple(_tool_call(call) for call in list_of(message.get("tool_calls")) if isinstance(call, dict)),
        logprobs=logprobs(choice.get("logprobs")),
        seed=seed(choice.get("seed")),
    )


def _tool_call(call: dict[str, Any]) -> ToolCall:
    function = object_of(call.get("function"))
    name, arguments = text_of(function.get("name")), text_of(function.get("arguments"))
    return ToolCall(id=text_of(call.get("id")) or "", name=name or "", arguments=arguments or "")


def reasoning_of(message: dict[str, Any]) -> tuple[str | None, str]:
    """The key the reasoning came under, and its text; (None, "") without any. The key moves between models."""
    for key in REASONING_KEYS:
        if isinstance(message.get(key), str) and message[key]:
            return key, repaired(message[key])
    return None, ""


def finish_reason(value: Any) -> str | None:
    """eos is the older word for stop."""
    return "stop" if value == "eos" else text_of(value) or None


def usage(value: Any) -> Usage | None:
    """None unless both counts are whole numbers >= 0. The finer counts stand flat or under *_details."""
    counted = object_of(value)
    prompt, completion = count_of(counted.get("prompt_tokens")), count_of(counted.get("completion_tokens"))
    if prompt is None:
        return None
    if "completion_tokens" not in counted:
        # Embeddings have nothing to complete; their total is the prompt.
        total = count_of(counted.get("total_tokens"))
        completion = total - prompt if total is not None and total >= prompt else None
    if completion is None:
        return None
    return Usage(
        prompt,
        completion,
        cached_tokens=_detail(counted, "cached_tokens", "prompt_tokens_details"),
        reasoning_tokens=_detail(counted, "reasoning_tokens", "completion_tokens_details"),
    )


def _detail(counted: dict[str, Any], name: str, group: str) -> int | None:
    flat = count_of(counted.get(name))
    return count_of(object_of(counted.get(group)).get(name)) if flat is None else flat


def seed(value: Any) -> str | None:
    """As text: servers send numbers beyond 64 bits."""
    return None if value is None or isinstance(value, bool) else str(value)


def warnings(value: Any) -> tuple[str, ...]:
    texts = (text_of(object_of(item).get("message")) for item in list_of(value))
    return tuple(text for text in texts if text)


def logprobs(value: Any) -> tuple[TokenLogprob, ...]:
    """Three shapes: {"content": [{token, logprob, top_logprobs}]}; lists "tokens" and "token_logprobs" with, per token,
    a list or an object of alternatives; the same with one object of alternatives for all."""
    given = object_of(value)
    if isinstance(given.get("content"), list):
        entries = [object_of(entry) for entry in given["content"]]
        return _tokens((entry.get("token"), entry.get("logprob"), entry.get("top_logprobs")) for entry in entries)
    tokens, values, tops = (list_of(given.get(name)) for name in ("tokens", "token_logprobs", "top_logprobs"))
    if len(tokens) == 1 and isinstance(given.get("top_logprobs"), dict):
        tops = [given["top_logprobs"]]
    tops = tops if len(tops) == len(tokens) else [None] * len(tokens)
    return _tokens(zip(tokens, values, tops, strict=False))


def _tokens(rows: Any) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(repaired(token), float(logprob), _alternatives(top))
        for token, logprob, top in rows
        if isinstance(token, str) and _is_number(logprob)
    )


def _alternatives(top: Any) -> tuple[tuple[str, float], ...]:
    if isinstance(top, dict):
        pairs = list(top.items())
    else:
        pairs = [(object_of(entry).get("token"), object_of(entry).get("logprob")) for entry in list_of(top)]
    return tuple((repaired(token), float(lp)) for token, lp in pairs if isinstance(token, str) and _is_number(lp))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
