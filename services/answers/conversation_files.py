"""A conversation as bytes to keep and back. Holds no key and no address; what is still being written is left out."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import asdict, fields
from typing import Any, cast, get_args

import orjson

from services.answers.context import Context
from services.answers.conversations import Conversation, Setup, Turn
from services.answers.file_parts import Part, damage
from services.answers.images import MEDIA_TYPES, Image
from services.answers.kept_run import KeptRun
from services.answers.recording_files import price_of, sampling_of
from services.answers.runs import Request, Result, Run, State
from services.answers.timing import Timing
from services.embedding.notes import Hit, Note
from services.endpoints import Endpoint, Kind
from services.errors import ServiceError
from services.wire.types import Answer, ChatRequest, Choice, CompletionRequest, Json, Message, Role, ToolCall, Usage

FORMAT = "together-playground-kept-conversation/1"
_LONGEST = 50_000_000
_STATES = ("done", "stopped", "cut off", "failed")


class _Texts:
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


def to_json(talk: Conversation) -> bytes:
    texts = _Texts()
    document = {
        "format": FORMAT,
        "id": talk.id,
        "title": talk.title,
        "setup": _setup_written(talk.setup),
        "turns": [written for turn in talk.turns if (written := _turn_written(turn, texts)) is not None],
        "texts": texts.all,
    }
    return orjson.dumps(document, default=_plain)


def from_json(data: bytes) -> Conversation:
    """Raises ConfigError for what is no such conversation."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise damage("the whole") from None
    part = Part(document)
    if part.get("format") != FORMAT:
        raise damage("format")
    texts = part.items("texts")
    turns = tuple(_turn_read(Part(turn), texts) for turn in part.items("turns"))
    title = part.optional_text("title", _LONGEST)
    return Conversation(turns, _setup_read(part.part("setup")), part.text("id", 100), title)


def _plain(value: object) -> object:
    return str(value)


def _setup_written(setup: Setup) -> dict[str, Any]:
    return {
        "endpoint": setup.endpoint,
        "model": setup.model,
        "system": setup.system,
        "sampling": setup.sampling.to_wire(),
        "task": setup.task,
        "context": None if setup.context is None else asdict(setup.context),
        "schema": setup.schema,
    }


def _setup_read(part: Part) -> Setup:
    return Setup(
        endpoint=part.optional_text("endpoint", _LONGEST),
        model=part.optional_text("model", _LONGEST),
        system=part.text("system", _LONGEST),
        sampling=sampling_of(part.part("sampling")),
        task=part.optional_text("task", _LONGEST),
        context=_context(part),
        schema=part.text("schema", _LONGEST),
    )


def _context(part: Part) -> Context | None:
    if part.get("context") is None:
        return None
    rows = part.part("context")
    return Context(
        rows.text("source", _LONGEST), rows.count("rows"), rows.text("block", _LONGEST), rows.count("tokens")
    )


def _turn_written(turn: Turn, texts: _Texts) -> dict[str, Any] | None:
    """None where no answer has ended yet."""
    runs = [(run, result) for run in turn.runs if (result := run.result) is not None]
    if not runs:
        return None
    ids = [run.id for run, _ in runs]
    return {
        "id": turn.id,
        "text": turn.text,
        "runs": [_run_written(run, result, texts) for run, result in runs],
        "shown": ids.index(turn.run.id) if turn.run.id in ids else len(ids) - 1,
        "task": turn.task,
        "notes": [[*asdict(hit.note).values(), hit.score] for hit in turn.notes],
        "left_out": turn.left_out,
        "context": None if turn.context is None else asdict(turn.context),
        "more": [
            [ids.index(version), _run_written(run, result, texts)]
            for version, run in turn.more
            if version in ids and (result := run.result) is not None
        ],
        "images": [[each.name, texts.place(each.url), each.width, each.height] for each in turn.images],
    }


def _turn_read(part: Part, texts: list[Any]) -> Turn:
    runs = tuple(_run_read(Part(run), texts) for run in part.items("runs"))
    shown = part.count("shown")
    if shown >= len(runs):
        raise part.damage("shown")
    return Turn(
        text=part.text("text", _LONGEST),
        runs=runs,
        shown=shown,
        task=part.optional_text("task", _LONGEST),
        notes=tuple(_hit(hit) for hit in part.items("notes")),
        left_out=part.count("left_out"),
        context=_context(part),
        more=tuple(_more(entry, runs, texts) for entry in part.items("more")),
        images=tuple(_image(entry, texts) for entry in part.items("images")),
        id=part.text("id", 100),
    )


def _more(entry: object, runs: tuple[KeptRun, ...], texts: list[Any]) -> tuple[str, KeptRun]:
    match entry:
        case [int(place), run] if 0 <= place < len(runs):
            return runs[place].id, _run_read(Part(run), texts)
    raise damage("more")


def _hit(value: object) -> Hit:
    match value:
        case [str(subject), str(title), str(text), float(score)]:
            return Hit(Note(subject, title, text), score)
    raise damage("notes")


def _run_written(run: Run, result: Result, texts: _Texts) -> dict[str, Any]:
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


def _asked_written(request: Request, texts: _Texts) -> dict[str, Any]:
    if isinstance(request, CompletionRequest):
        return {"prompt": request.prompt}
    return {
        "messages": [[message.role, texts.content(message.content)] for message in request.messages],
        "response_format": request.response_format,
    }


def _run_read(part: Part, texts: list[Any]) -> KeptRun:
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
        return CompletionRequest(model, part.text("prompt", _LONGEST), sampling)
    wanted = part.get("response_format")
    messages = tuple(_message(entry, texts) for entry in part.items("messages"))
    return ChatRequest(model, messages, sampling, response_format=wanted if isinstance(wanted, dict) else None)


def _message(entry: object, texts: list[Any]) -> Message:
    match entry:
        case [("system" | "user" | "assistant") as role, int(place)]:
            return Message(cast(Role, role), _text_at(place, texts))
        case [("system" | "user" | "assistant") as role, [*parts]]:
            return Message(cast(Role, role), tuple(_part(part, texts) for part in parts))
    raise damage("messages")


def _part(entry: object, texts: list[Any]) -> Json:
    match entry:
        case ["text", int(place)]:
            return {"type": "text", "text": _text_at(place, texts)}
        case ["image", int(place)]:
            return {"type": "image_url", "image_url": {"url": _text_at(place, texts)}}
    raise damage("messages")


def _text_at(place: int, texts: list[Any]) -> str:
    if 0 <= place < len(texts) and isinstance(texts[place], str):
        return str(texts[place])
    raise damage("texts")


def _image(entry: object, texts: list[Any]) -> Image:
    match entry:
        case [str(name), int(place), int(width), int(height)]:
            head, _, data = _text_at(place, texts).partition(";base64,")
            media_type = head.removeprefix("data:")
            if media_type in MEDIA_TYPES.values():
                return Image(name, media_type, _decoded(data), width, height)
    raise damage("images")


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise damage("images") from None


def _result(part: Part) -> Result:
    usage, error = part.part("usage"), part.optional_text("error", _LONGEST)
    counted = Usage(
        usage.count("prompt_tokens"),
        usage.count("completion_tokens"),
        usage.optional_count("cached_tokens"),
        usage.optional_count("reasoning_tokens"),
    )
    estimated, remedy = part.flag("estimated"), part.optional_text("remedy", _LONGEST)
    choice = Choice(
        part.text("text", _LONGEST),
        part.text("reasoning", _LONGEST),
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
