"""A script's arguments as request values: lists of dicts, texts and plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.endpoints import Endpoint
from services.errors import BadRequestError
from services.wire.types import Message, Sampling, ToolCall

_EXAMPLE = 'Pass a text or a list such as [{"role": "user", "content": "What is SAP HANA?"}].'
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


def sampling_of(*, stop: str | Sequence[str] | None, **numbers: float | None) -> Sampling:
    """Raises BadRequestError for NaN and infinity, which would go out as null, and for a stop that is no text."""
    for name, value in numbers.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise BadRequestError(
                f"{name} is {value}, which cannot be sent.", remedy=f"Pass a number, or leave {name} out."
            )
    given: dict[str, Any] = dict(numbers)
    return Sampling(**given, stop=None if stop is None else tuple(texts_of("stop", stop)))


def texts_of(name: str, texts: object) -> list[str]:
    """One text or several, none included. Raises BadRequestError for anything else; name is that of the argument."""
    remedy = "Pass a text or a list of texts."
    if not isinstance(texts, Iterable):
        raise BadRequestError(f"{name} is neither a text nor a list.", remedy=remedy)
    several = [texts] if isinstance(texts, str) else list(texts)
    wrong = next((number for number, text in enumerate(several) if not isinstance(text, str)), None)
    if wrong is not None:
        raise BadRequestError(f"{name}[{wrong}] is not a text.", remedy=remedy)
    return several


def _message(number: int, message: object) -> Message:
    if not isinstance(message, Mapping) or "role" not in message:
        raise BadRequestError(f"messages[{number}] is no dict with role and content.", remedy=_EXAMPLE)
    unknown = sorted(map(str, set(message) - _FIELDS))
    if unknown:
        raise BadRequestError(
            f"messages[{number}] has {', '.join(unknown)}, which would not be sent.",
            remedy=f"Take it out; a message has {', '.join(sorted(_FIELDS))}.",
        )
    key = "reasoning_content" if "reasoning_content" in message else "reasoning"
    return Message(
        message["role"],
        _content(number, message.get("content")),
        name=message.get("name"),
        tool_calls=_tool_calls(number, message.get("tool_calls")),
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


def _tool_calls(number: int, calls: Any) -> tuple[ToolCall, ...]:
    try:
        return tuple(
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in (() if calls is None else calls)
        )
    except (KeyError, TypeError):
        raise BadRequestError(
            f"The tool_calls of messages[{number}] are no list of dicts with id, function name and arguments.",
            remedy=_EXAMPLE,
        ) from None


def held(sampling: Sampling, endpoint: Endpoint) -> Sampling:
    """Local would write to the end of its context, for a minute or more: what is open takes its own defaults."""
    if endpoint.kind != "local":
        return sampling
    from services.embedded.local.tasks import chat_defaults

    return replace(chat_defaults(), **sampling.given())
