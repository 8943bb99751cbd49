"""Requests to JSON: checked for what is surely wrong, then written in the endpoint's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from services.errors import BadRequestError
from services.wire.dialects import Dialect
from services.wire.types import ChatRequest, CompletionRequest, Json, Message, Role, ToolCall

_ROLES = get_args(Role)
_CHAT_FIELDS = (
    "tools",
    "tool_choice",
    "reasoning",
    "reasoning_effort",
    "chat_template_kwargs",
    "safety_model",
    "compliance",
    "grammar",
)


def chat_body(request: ChatRequest, dialect: Dialect, *, stream: bool) -> dict[str, Any]:
    """Raises BadRequestError for what no server can answer, without asking one."""
    _check_model(request.model)
    _check_messages(request.messages, dialect)
    body: dict[str, Any] = {"model": request.model, "messages": [_message(message) for message in request.messages]}
    sampling = request.sampling.to_wire()
    if dialect.logprobs_as_flag and "logprobs" in sampling:
        sampling["top_logprobs"] = sampling["logprobs"]
        sampling["logprobs"] = True
    extras = {name: getattr(request, name) for name in _CHAT_FIELDS}
    if request.response_format is not None:
        extras["response_format"] = _response_format(request.response_format, dialect)
    return body | _spoken(sampling | extras, dialect) | _streaming(dialect, stream)


def completion_body(request: CompletionRequest, dialect: Dialect, *, stream: bool) -> dict[str, Any]:
    _check_model(request.model)
    fields = request.sampling.to_wire() | {"grammar": request.grammar}
    return {"model": request.model, "prompt": request.prompt} | _spoken(fields, dialect) | _streaming(dialect, stream)


def embedding_body(model: str, inputs: Sequence[str], dialect: Dialect) -> dict[str, Any]:
    _check_model(model)
    if not inputs:
        raise BadRequestError("There is no text to embed.")
    body: dict[str, Any] = {"model": model, "input": list(inputs)}
    return body | {"encoding_format": "base64"} if dialect.embeds_base64 else body


def _spoken(given: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    return {
        dialect.renames.get(name, name): _plain(value)
        for name, value in given.items()
        if value is not None and name not in dialect.ignores
    }


def _streaming(dialect: Dialect, stream: bool) -> dict[str, Any]:
    if not stream:
        return {}
    return {"stream": True, "stream_options": {"include_usage": True}} if dialect.include_usage else {"stream": True}


def _message(message: Message) -> dict[str, Any]:
    content = message.content
    body: dict[str, Any] = {"role": message.role, "content": content if content is None else _plain(content)}
    if message.name is not None:
        body["name"] = message.name
    if message.tool_calls:
        body["tool_calls"] = [_tool_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.reasoning is not None:
        body[message.reasoning_key] = message.reasoning
    return body


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _response_format(asked: Json, dialect: Dialect) -> Json:
    if dialect.wraps_json_schema and asked.get("type") == "json_schema" and "schema" in asked:
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": asked["schema"]}}
    return asked


def _plain(value: Any) -> Any:
    """Read-only mappings and tuples as the dicts and lists a JSON writer takes."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _check_model(model: str) -> None:
    if not model.strip():
        raise BadRequestError("No model is named.", remedy="Pick a model first.")


def _check_messages(messages: Sequence[Message], dialect: Dialect) -> None:
    if not messages:
        raise BadRequestError("There is no message to send.", remedy="Write a message first.")
    for message in messages:
        if message.role not in _ROLES:
            raise BadRequestError(f"{message.role!r} is no role; a message is from one of {', '.join(_ROLES)}.")
        if message.content is None and message.role != "assistant":
            raise BadRequestError(f"A {message.role} message has no content.", remedy="Write a message first.")
        if not dialect.sees_images and isinstance(message.content, tuple) and any(map(_is_image, message.content)):
            raise BadRequestError("This endpoint reads text only, no images.", remedy="Pick a model that sees images.")


def _is_image(part: Json) -> bool:
    return part.get("type") not in (None, "text")
