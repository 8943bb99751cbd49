"""From a checked request to the script of its answer: whole or streamed, text or vectors."""

from __future__ import annotations

from random import Random

import orjson

from services.embedded.sandbox import fitting, shapes, streams, tokens
from services.embedded.sandbox.ask import Ask
from services.embedded.sandbox.latency import Bundle
from services.embedded.sandbox.models import Model
from services.embedded.sandbox.replies import Writer
from services.embedded.sandbox.script import Script, Step
from services.embedded.sandbox.shapes import Frame, Json

_JSON = {"content-type": "application/json; charset=utf-8"}


def frame(ask: Ask, model: Model, writer: Writer, request_id: str, created: int) -> Frame:
    """Raises Refusal where the request cannot be served."""
    used = fitting.prompt_tokens(ask, model)
    room = fitting.room_tokens(ask, model, used)
    choices = tuple(fitting.fit(writer.reply(ask, model, index), ask, model, room) for index in range(ask.n))
    return Frame(request_id, created, ask, model, used, choices)


def script(frame: Frame, chance: Random) -> Script:
    bundles = [_timetable(frame, index, chance) for index in range(len(frame.choices))]
    if frame.ask.stream:
        first_s = min(choice[0].at_s for choice in bundles)
        return Script(200, streams.HEADERS, streams.steps(frame, bundles), head_at_s=first_s / 2)
    body = shapes.chat_body(frame) if frame.ask.is_chat else shapes.completion_body(frame)
    return _whole(body, max(choice[-1].at_s for choice in bundles))


def _timetable(frame: Frame, index: int, chance: Random) -> list[Bundle]:
    if frame.model.latency is None:
        raise ValueError(f"{frame.model.id} has no latency profile")
    size = max(frame.choices[index].completion_tokens, 1)
    return frame.model.latency.bundles(size, frame.prompt_tokens, chance)


def cut(inputs: list[str], model: Model) -> list[str]:
    """Texts over the model's context lose their end without a word, as they do at Together."""
    limit = model.context_length
    return [text if limit is None else "".join(tokens.split(text)[:limit]) for text in inputs]


def vectors_script(inputs: list[str], vectors: list[list[float]], model: Model, asked_id: str) -> Script:
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    body: Json = {"object": "list", "model": asked_id, "data": rows}
    if model.counts_usage:
        used = sum(tokens.count(text) for text in cut(inputs, model)) + model.overhead_tokens * len(inputs)
        body["usage"] = {"prompt_tokens": used, "total_tokens": used}
    return _whole(body, 0.02 + 0.0005 * len(inputs))


def _whole(body: Json, at_s: float) -> Script:
    raw = orjson.dumps(body)
    return Script(200, {**_JSON, "content-length": str(len(raw))}, (Step(at_s, raw),), head_at_s=at_s)
