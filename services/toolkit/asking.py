"""A script's arguments as request values: lists of dicts, texts and plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.endpoints import Endpoint
from services.errors import BadRequestError
from services.wire.types import Message, Sampling, ToolCall

Messages = str | Sequence[Mapping[str, Any]]
_FIELDS = frozenset(
    ("role", "content", "name", "tool_calls", "tool_call_id", "reasoning", "reasoning_content", "refusal")
)


def messages_of(messages: Messages) -> tuple[Message, ...]:
    """One text is one message of the user. Raises BadRequestError for what is no message."""
    if isinstance(messages, str):
        return (Message("user", messages),)
    if not isinstance(messages, Sequence):
        raise BadRequestError("messages is neither a text nor a list of dicts.", remedy=_EXAMPLE)
    return tuple(_message(number, message) for number, message in enumerate(messages))


def model_of(model: str | None) -> str | None:
    """Raises BadRequestError for what names no model."""
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise BadRequestError("model is not the id of a model.", remedy="Pass one, or leave model out for the default.")
    return model


def sampling_of(*, stop: str | Sequence[str] | None, **numbers: Any) -> Sampling:
    return Sampling(**numbers, stop=(stop,) if isinstance(stop, str) else None if stop is None else tuple(stop))


def texts_of(texts: str | Sequence[str]) -> list[str]:
    """Raises BadRequestError unless there is at least one text and nothing but texts."""
    several = [texts] if isinstance(texts, str) else list(texts)
    wrong = next((number for number, text in enumerate(several) if not isinstance(text, str)), None)
    if wrong is not None:
        raise BadRequestError(f"texts[{wrong}] is not a text.", remedy="Pass a text or a list of texts.")
    if not several:
        raise BadRequestError("There is no text to embed.", remedy="Pass a text or a list of texts.")
    return several


def _message(number: int, message: object) -> Message:
    if not isinstance(message, Mapping) or "role" not in message:
        raise BadRequestError(f"messages[{number}] is no dict with role and content.", remedy=_EXAMPLE)
    unknown = sorted(set(message) - _FIELDS)
    if unknown:
        raise BadRequestError(
            f"messages[{number}] has {', '.join(map(str, unknown))}, which would not be sent.",
            remedy=f"Take it out; a message has {', '.join(sorted(_FIELDS))}.",
        )
    key = "reasoning_content" if "reasoning_content" in message else "reasoning"
    return Message(
        message["role"],
        _content(number, message.get("content")),
        name=message.get("name"),
        tool_calls=tuple(_tool_call(number, call) for call in message.get("tool_calls") or ()),
        tool_call_id=message.get("tool_call_id"),
        reasoning=message.get(key),
        reasoning_key=key,
    )


def _content(number: int, content: object) -> str | tuple[Mapping[str, Any], ...] | None:
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list | tuple) and all(isinstance(part, Mapping) for part in content):
        return tuple(content)
    raise BadRequestError(f"The content of messages[{number}] is neither a text nor a list of dicts.", remedy=_EXAMPLE)


def _tool_call(number: int, call: Mapping[str, Any]) -> ToolCall:
    try:
        return ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
    except (KeyError, TypeError):
        raise BadRequestError(
            f"A tool call of messages[{number}] lacks id, function name or arguments.", remedy=_EXAMPLE
        ) from None


_EXAMPLE = 'Pass a text or a list such as [{"role": "user", "content": "What is SAP HANA?"}].'


def held(sampling: Sampling, endpoint: Endpoint) -> Sampling:
    """Local would write to the end of its context, for a minute or more: what is open takes its own defaults."""
    if endpoint.kind != "local":
        return sampling
    from services.embedded.local.tasks import chat_defaults

    return replace(chat_defaults(), **sampling.given())
