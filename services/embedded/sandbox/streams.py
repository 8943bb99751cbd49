"""An answer as server-sent events: which chunk carries what, in dialect A and in dialect B."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import orjson

from services.embedded.sandbox.fitting import Fitted
from services.embedded.sandbox.latency import Bundle
from services.embedded.sandbox.script import Step
from services.embedded.sandbox.shapes import Frame, Json, chunk, delta_choice, reasoning_delta

DONE = b"data: [DONE]\n\n"
HEADERS = {"content-type": "text/event-stream;charset=utf-8", "cache-control": "no-cache, no-transform"}


def event(body: Json) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def steps(frame: Frame, bundles: list[list[Bundle]]) -> tuple[Step, ...]:
    """bundles holds the timetable of each choice; choices go out interleaved, as they come."""
    is_b = frame.model.dialect == "B"
    first_s = min(choice[0].at_s for choice in bundles)
    opening = [Step(first_s, event(_opening(frame, index))) for index in range(len(frame.choices))] if is_b else []
    runs = [list(_choice_steps(frame, index, bundles[index])) for index in range(len(frame.choices))]
    rounds = [step for turn in zip_longest(*runs) for step in turn if step is not None]
    rounds.sort(key=lambda step: step.at_s)
    last_s = max(choice[-1].at_s for choice in bundles)
    closing = [Step(last_s, event(body)) for body in _closing(frame)]
    return (*opening, *rounds, *closing, Step(last_s, DONE))


def _opening(frame: Frame, index: int) -> Json:
    choice = delta_choice(frame, index, reasoning_delta(frame.model, "", None))
    return chunk(frame, [choice], None, has_usage_key=False)


def _choice_steps(frame: Frame, index: int, bundles: list[Bundle]) -> Iterator[Step]:
    """Each bundle takes tokens of thoughts, text or arguments, and never mixes two of them in one chunk."""
    fitted = frame.choices[index]
    queue = [("thought", t) for t in fitted.reasoning] + [("text", t) for t in fitted.text]
    queue += [("call", t) for t in fitted.call_tokens]
    is_named = False
    for bundle in bundles:
        taken, queue = queue[: bundle.tokens], queue[bundle.tokens :]
        for channel in dict.fromkeys(name for name, _ in taken):
            if channel == "call" and not is_named:
                is_named = True
                yield Step(bundle.at_s, event(_call_opening(frame, index, fitted)))
            choice = _next(frame, index, channel, [token for name, token in taken if name == channel])
            if channel == "call" and not queue and frame.model.dialect == "A":
                # As recorded: dialect A finishes on the last argument, and once more beside the usage.
                choice["finish_reason"] = fitted.finish_reason
            yield Step(bundle.at_s, event(chunk(frame, [choice], None)))


def _next(frame: Frame, index: int, channel: str, pieces: list[str]) -> Json:
    text = "".join(pieces)
    if channel == "thought":
        return delta_choice(frame, index, reasoning_delta(frame.model, "", text))
    if channel == "text":
        return delta_choice(frame, index, reasoning_delta(frame.model, text, None), text, pieces)
    function: Json = {"arguments": text}
    call: Json = {"index": 0, "function": function}
    if frame.model.dialect == "B":
        call = {"id": None, "index": 0, "type": "function", "function": {"name": None, "arguments": text}}
    return delta_choice(frame, index, {"content": "", "tool_calls": [call]})


def _call_opening(frame: Frame, index: int, fitted: Fitted) -> Json:
    if fitted.call is None:
        raise ValueError("there is no call to open")
    function = {"name": fitted.call.name, "arguments": ""}
    call = {"id": fitted.call.id, "index": 0, "type": "function", "function": function}
    return chunk(frame, [delta_choice(frame, index, {"content": "", "tool_calls": [call]})], None)


def _closing(frame: Frame) -> Iterator[Json]:
    """One finishing chunk for each choice; usage on the last of them (A) or after them, without choices (B)."""
    is_a, last = frame.model.dialect == "A", len(frame.choices) - 1
    for index, fitted in enumerate(frame.choices):
        ended: dict[str, Any] = {"finish_reason": fitted.finish_reason}
        if is_a:
            ended["seed"] = frame.seed(index)
        choice = delta_choice(frame, index, reasoning_delta(frame.model, "", None)) | ended
        yield chunk(frame, [choice], frame.usage if is_a and index == last else None)
    if not is_a:
        yield chunk(frame, [], frame.usage)
