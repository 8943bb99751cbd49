"""A finished answer as part of a file and back: who was asked what, what came, and the figures."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any, cast, get_args

from services.answers.file_parts import Part, damage
from services.answers.kept_run import KeptRun
from services.answers.recording_files import price_of, sampling_of
from services.answers.runs import Request, Result, Run, State
from services.answers.timing import Timing
from services.endpoints import Endpoint, Kind
from services.errors import ServiceError
from services.wire.types import Answer, ChatRequest, Choice, CompletionRequest, Json, Message, Role, ToolCall, Usage

LONGEST = 50_000_000
_STATES = ("done", "stopped", "cut off", "failed")


class Texts:
    """What is said, each text once: every request repeats the conversation before it."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]

    def content(self, content: str | tuple[Json, ...] | None) -> int | list[list[Any]]:
        """The place of a text; of parts, the kind and place of each."""
        if not isinstance(content, tuple):
            return self.place("" if content is None else content)
        return [
            ["text", self.place(part["text"])]
            if part["type"] == "text"
            else ["image", self.place(part["image_url"]["url"])]
            for part in content
        ]


def run_written(run: Run, result: Result, texts: Texts) -> dict[str, Any]:
    request, answer, error = run.request, result.answer, result.error
    price = None if run.price is None else {name: _text(value) for name, value in asdict(run.price).items()}
    return {
        "id": run.id,
        "endpoint": run.endpoint.name,
        "kind": run.endpoint.kind,
        "model": request.model,
        **_asked_written(request, texts),
        "sampling": request.sampling.to_wire(),
        "price": price,
        "started_at": run.started_at.isoformat(),
        "state": result.state,
        "text": run.text(),
        "reasoning": run.text("reasoning"),
        "tool_calls": [[call.id, call.name, call.arguments] for choice in answer.choices for call in choice.tool_calls],
        "finish_reason": answer.finish_reason,
        "served_model": answer.model,
        "usage": asdict(result.usage),
        "estimated": result.estimated,
        "cost_usd": _text(result.cost_usd),
        "timing": asdict(result.timing),
        "attempts": result.attempts,
        "error": None if error is None else error.message,
        "remedy": None if error is None else error.remedy,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _asked_written(request: Request, texts: Texts) -> dict[str, Any]:
    if isinstance(request, CompletionRequest):
        return {"prompt": request.prompt}
    return {
        "messages": [[message.role, texts.content(message.content)] for message in request.messages],
        "response_format": request.response_format,
    }


def run_read(part: Part, texts: list[Any]) -> KeptRun:
    endpoint = Endpoint(part.text("endpoint", 1_000), cast(Kind, part.one_of("kind", get_args(Kind))), "")
    return KeptRun(
        part.text("id", 100),
        endpoint,
        _asked_read(part, texts),
        None if part.get("price") is None else price_of(part.part("price")),
        _result(part),
        part.moment("started_at"),
    )


def _asked_read(part: Part, texts: list[Any]) -> Request:
    model, sampling = part.text("model", 1_000), sampling_of(part.part("sampling"))
    if part.get("messages") is None:
        return CompletionRequest(model, part.text("prompt", LONGEST), sampling)
    wanted = part.get("response_format")
    messages = tuple(_message(entry, texts) for entry in part.items("messages"))
    return ChatRequest(model, messages, sampling, response_format=wanted if isinstance(wanted, dict) else None)


def _message(entry: object, texts: list[Any]) -> Message:
    match entry:
        case [("system" | "user" | "assistant") as role, int(place)]:
            return Message(cast(Role, role), text_at(place, texts))
        case [("system" | "user" | "assistant") as role, [*parts]]:
            return Message(cast(Role, role), tuple(_part(part, texts) for part in parts))
    raise damage("messages")


def _part(entry: object, texts: list[Any]) -> Json:
    match entry:
        case ["text", int(place)]:
            return {"type": "text", "text": text_at(place, texts)}
        case ["image", int(place)]:
            return {"type": "image_url", "image_url": {"url": text_at(place, texts)}}
    raise damage("messages")


def text_at(place: int, texts: list[Any]) -> str:
    if 0 <= place < len(texts) and isinstance(texts[place], str):
        return str(texts[place])
    raise damage("texts")


def _result(part: Part) -> Result:
    usage, error = part.part("usage"), part.optional_text("error", LONGEST)
    counted = Usage(
        usage.count("prompt_tokens"),
        usage.count("completion_tokens"),
        usage.optional_count("cached_tokens"),
        usage.optional_count("reasoning_tokens"),
    )
    estimated, remedy = part.flag("estimated"), part.optional_text("remedy", LONGEST)
    choice = Choice(
        part.text("text", LONGEST),
        part.text("reasoning", LONGEST),
        part.optional_text("finish_reason", 1_000),
        tuple(_call(call) for call in part.items("tool_calls")),
    )
    return Result(
        state=cast(State, part.one_of("state", _STATES)),
        answer=Answer(part.optional_text("served_model", 1_000), (choice,), None if estimated else counted),
        timing=_timing(part.part("timing")),
        usage=counted,
        estimated=estimated,
        cost_usd=part.optional_money("cost_usd"),
        attempts=part.count("attempts"),
        error=None if error is None else ServiceError(error, remedy=remedy),
    )


def _call(value: object) -> ToolCall:
    match value:
        case [str(call_id), str(name), str(arguments)]:
            return ToolCall(call_id, name, arguments)
    raise damage("tool_calls")


def _timing(part: Part) -> Timing:
    given: dict[str, Any] = {}
    for name in (known.name for known in fields(Timing)):
        value = part.get(name)
        if value is not None and (not isinstance(value, int | float) or not math.isfinite(value)):
            raise part.damage(name)
        given[name] = value
    return Timing(**{**given, "tokens_estimated": part.flag("tokens_estimated")})
