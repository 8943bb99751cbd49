"""Reading a request strictly, by Together's published parameters; what does not fit is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.embedded.sandbox.refusals import Refusal, wrong

Json = Mapping[str, Any]
_ROLES = ("system", "user", "assistant", "tool", "function")
_RANGES: dict[str, tuple[type, float, float]] = {
    "max_tokens": (int, 1, float("inf")),
    "temperature": (float, 0, 2),
    "top_p": (float, 0, 1),
    "top_k": (int, -1, 2**31 - 1),
    "min_p": (float, 0, 1),
    "repetition_penalty": (float, 0, float("inf")),
    "presence_penalty": (float, -2, 2),
    "frequency_penalty": (float, -2, 2),
    "n": (int, 1, 128),
    "seed": (int, float("-inf"), float("inf")),
    "logprobs": (int, 0, 20),
}
_FLAGS = ("stream", "echo")
_OBJECTS = ("reasoning", "chat_template_kwargs")
_CHAT_ONLY = ("tools", "tool_choice", "response_format", "reasoning", "reasoning_effort", "chat_template_kwargs")
_FORMATS = ("text", "json_object", "json_schema", "regex")


@dataclass(frozen=True)
class Ask:
    """A checked chat or completion request. body keeps the rest as it came; a completion is one user message."""

    model: str
    messages: tuple[Json, ...]
    body: Json
    is_chat: bool

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True

    @property
    def stop(self) -> tuple[str, ...]:
        return tuple(self.body.get("stop") or ())

    @property
    def n(self) -> int:
        given = self.body.get("n")
        return 1 if given is None else int(given)

    @property
    def logprobs(self) -> int | None:
        return self.body.get("logprobs")

    @property
    def max_tokens(self) -> int | None:
        return self.body.get("max_tokens")

    @property
    def tools(self) -> tuple[Json, ...]:
        """The functions offered; none where tool_choice says none."""
        tools = () if self.body.get("tool_choice") == "none" else self.body.get("tools") or ()
        return tuple(tool["function"] for tool in tools)

    @property
    def forced_tool(self) -> str | None:
        choice = self.body.get("tool_choice")
        return str(choice["function"]["name"]) if isinstance(choice, Mapping) else None

    def texts(self, *roles: str) -> list[str]:
        return [text_of(message) for message in self.messages if not roles or message["role"] in roles]

    @property
    def last_user_text(self) -> str:
        texts = self.texts("user")
        return texts[-1] if texts else ""


def text_of(message: Json) -> str:
    """Text parts joined; a picture is passed over in silence, as the text models at Together do."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or () if part.get("type") == "text")


def read_json(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The request body is not JSON: {error.msg}.") from error
    if not isinstance(body, dict):
        raise Refusal(422, "The request body must be a JSON object.")
    return body


def model_of(body: Json) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise wrong("model", "Missing required parameter: 'model'.")
    return model


def read_chat(body: dict[str, Any]) -> Ask:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise wrong("messages", "Missing required parameter: 'messages', a list that is not empty.")
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")
    _check_parameters(body)
    _check_tools(body)
    _check_format(body.get("response_format"))
    return Ask(model_of(body), tuple(messages), body, is_chat=True)


def read_completion(body: dict[str, Any]) -> Ask:
    prompt = body.get("prompt")
    if not isinstance(prompt, str):
        raise wrong("prompt", "Parameter 'prompt' must be one string.")
    _check_parameters(body)
    own = {name: value for name, value in body.items() if name not in _CHAT_ONLY}
    return Ask(model_of(body), ({"role": "user", "content": prompt},), own, is_chat=False)


def read_inputs(body: Json) -> list[str]:
    given = body.get("input")
    inputs = [given] if isinstance(given, str) else given
    if not isinstance(inputs, list) or not inputs or not all(isinstance(text, str) and text for text in inputs):
        raise wrong("input", "Parameter 'input' must be a string or a list of strings, none of them empty.")
    return inputs


def _check_message(message: Any, where: str) -> None:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise wrong(where, f"{where} needs a 'role' of {', '.join(_ROLES)}.")
    content = message.get("content")
    if content is None and message["role"] != "assistant":
        raise wrong(where, f"{where} needs 'content'.")
    is_parts = isinstance(content, list) and all(map(_is_part, content))
    if not (content is None or isinstance(content, str) or is_parts):
        raise wrong(where, f"'content' of {where} must be a string or a list of parts with a 'type'.")
    if not _are_calls(message.get("tool_calls")):
        raise wrong(where, f"'tool_calls' of {where} need 'id' and 'function' with 'name' and 'arguments'.")
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise wrong(where, f"{where} needs 'tool_call_id'.")


def _is_part(part: Any) -> bool:
    is_text = isinstance(part, dict) and part.get("type") == "text"
    return isinstance(part.get("text"), str) if is_text else isinstance(part, dict) and "type" in part


def _are_calls(calls: Any) -> bool:
    return calls is None or (isinstance(calls, list) and all(_is_call(call) for call in calls))


def _is_call(call: Any) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    return isinstance(function, dict) and all(
        isinstance(text, str) for text in (call.get("id"), function.get("name"), function.get("arguments"))
    )


def _check_parameters(body: Json) -> None:
    for name, (kind, least, most) in _RANGES.items():
        value = body.get(name)
        if value is not None and not _fits(value, kind, least, most):
            what = "an integer" if kind is int else "a number"
            raise wrong(name, f"Parameter '{name}' must be {what} from {least} to {most}.")
    for name in _OBJECTS:
        if not isinstance(body.get(name), dict | None):
            raise wrong(name, f"Parameter '{name}' must be an object.")
    for name in _FLAGS:
        if body.get(name) not in (None, True, False):
            raise wrong(name, f"Parameter '{name}' must be true or false.")
    stop = body.get("stop")
    if stop is not None and not (isinstance(stop, list) and all(isinstance(text, str) and text for text in stop)):
        raise wrong("stop", "Parameter 'stop' must be a list of strings.")
    if body.get("context_length_exceeded_behavior") not in (None, "error", "truncate"):
        raise wrong("context_length_exceeded_behavior", "It must be 'error' or 'truncate'.")


def _fits(value: Any, kind: type, least: float, most: float) -> bool:
    """A boolean is no number here: `logprobs: true` is refused."""
    accepted = (int,) if kind is int else (int, float)
    return isinstance(value, accepted) and not isinstance(value, bool) and least <= value <= most


def _check_tools(body: Json) -> None:
    tools = [] if body.get("tools") is None else body["tools"]
    if not isinstance(tools, list) or not all(_is_function(tool) for tool in tools):
        raise wrong("tools", "Each of 'tools' must be {'type': 'function', 'function': {'name': ...}}.")
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        function = choice.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        if name not in [tool["function"]["name"] for tool in tools]:
            raise wrong("tool_choice", f"'tool_choice' names {name!r}, which is not among 'tools'.")
    elif choice not in (None, "auto", "required", "none"):
        raise wrong("tool_choice", "'tool_choice' must be auto, required, none or one function.")


def _is_function(tool: Any) -> bool:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _check_format(wanted: Any) -> None:
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") not in _FORMATS:
        raise wrong("response_format", f"'response_format' needs a 'type' of {', '.join(_FORMATS)}.")
    if wanted["type"] == "json_schema" and not isinstance(schema_of(wanted), dict):
        raise wrong("response_format", "'json_schema' needs a 'schema'.")
    if wanted["type"] == "regex" and not isinstance(wanted.get("pattern"), str):
        raise wrong("response_format", "'regex' needs a 'pattern'.")


def schema_of(response_format: Json) -> Json | None:
    """The nested form or the flat one that Together also accepts."""
    nested = response_format.get("json_schema")
    schema: Json | None = nested.get("schema") if isinstance(nested, dict) else response_format.get("schema")
    return schema
