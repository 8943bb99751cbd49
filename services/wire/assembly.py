"""Deltas to one answer: takes the events of a stream one by one, hands out the new text, knows the answer so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.wire.json_text import count_of, half_open, list_of, object_of, repaired, text_of
from services.wire.reading import REASONING_KEYS, finish_reason, logprobs, seed, usage, warnings
from services.wire.types import Answer, Channel, Choice, Chunk, TokenLogprob, ToolCall, Usage


@dataclass(slots=True)
class _ToolParts:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Parts:
    """One choice while it grows. held keeps the first half of a surrogate pair back until the second comes."""

    handed_out: bool
    texts: dict[Channel, list[str]] = field(default_factory=lambda: {"answer": [], "reasoning": []})
    held: dict[Channel, str] = field(default_factory=dict)
    finish_reason: str | None = None
    tools: dict[int, _ToolParts] = field(default_factory=dict)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    seed: str | None = None

    def built(self) -> Choice:
        tools = (ToolCall(tool.id, tool.name, "".join(tool.arguments)) for tool in list(self.tools.values()))
        return Choice(
            text="".join(self.texts["answer"]),
            reasoning="".join(self.texts["reasoning"]),
            finish_reason=self.finish_reason,
            tool_calls=tuple(tools),
            logprobs=tuple(self.logprobs),
            seed=self.seed,
        )


class Assembly:
    """One streamed answer. growth counts what has come of any choice and channel, so a change means new text.

    finished holds once every choice asked for named its finish_reason. asked is the number of choices in the request;
    only choice 0 is handed out as chunks.
    """

    def __init__(self, asked: int = 1, request_id: str | None = None) -> None:
        self.growth = 0
        self.finished = False
        self.reasoning_key = "reasoning"
        self._asked = asked
        self._request_id = request_id
        self._model: str | None = None
        self._id: str | None = None
        self._usage: Usage | None = None
        self._timings: dict[str, Any] | None = None
        self._warnings: tuple[str, ...] = ()
        self._choices: dict[int, _Parts] = {}
        self._t_ns = 0
        self._new: list[Chunk] = []

    def read(self, event: dict[str, Any], t_ns: int) -> list[Chunk]:
        """The new text of choice 0 in this event."""
        if self._model is None or self._id is None:
            self._identify(event)
        if event.get("usage") is not None:
            # The last valid one counts; they repeat or grow, and are never added up.
            self._usage = usage(event["usage"]) or self._usage
        if "timings" in event and isinstance(event["timings"], dict):
            self._timings = event["timings"]
        if "warnings" in event:
            self._warnings = warnings(event["warnings"]) or self._warnings
        self._t_ns, self._new = t_ns, []
        choices = event.get("choices")
        if choices and type(choices) is list:
            for choice in choices:
                if type(choice) is dict:
                    self._read_choice(choice)
        return self._new

    def flush(self, t_ns: int) -> list[Chunk]:
        """The stream is over: half an emoji that never became whole is shown as U+FFFD."""
        self._t_ns, self._new = t_ns, []
        for parts in self._choices.values():
            channels = tuple(parts.held)
            parts.held.clear()
            for channel in channels:
                self._add(parts, channel, "\ufffd")
        return self._new

    def answer(self) -> Answer:
        indexes = sorted(self._choices)
        return Answer(
            model=self._model,
            choices=tuple(self._choices[index].built() for index in indexes),
            usage=self._usage,
            id=self._id,
            request_id=self._request_id,
            reasoning_key=self.reasoning_key,
            timings=self._timings,
            warnings=self._warnings,
        )

    def _identify(self, event: dict[str, Any]) -> None:
        for name in ("_model", "_id"):
            value = event.get(name[1:])
            if getattr(self, name) is None and isinstance(value, str):
                setattr(self, name, repaired(value))

    def _read_choice(self, choice: dict[str, Any]) -> None:
        index = choice.get("index", 0)
        parts = self._choices.get(index) if type(index) is int else self._choices.get(0)
        if parts is None:
            index = index if type(index) is int else 0
            parts = self._choices.setdefault(index, _Parts(handed_out=index == 0))
        delta = choice.get("delta")
        if type(delta) is dict:
            self._read_delta(parts, delta)
            text = delta["content"] if "content" in delta else choice.get("text")
        else:
            text = choice.get("text")
        if text and type(text) is str:
            self._add(parts, "answer", text)
        if choice.get("finish_reason") is not None:
            parts.finish_reason = finish_reason(choice["finish_reason"])
            asked = (self._choices.get(index) for index in range(self._asked))
            self.finished = all(choice is not None and choice.finish_reason is not None for choice in asked)
        if choice.get("logprobs") is not None:
            parts.logprobs.extend(logprobs(choice["logprobs"]))
        if choice.get("seed") is not None:
            parts.seed = seed(choice["seed"])

    def _read_delta(self, parts: _Parts, delta: dict[str, Any]) -> None:
        for key in REASONING_KEYS:
            thought = delta.get(key)
            if thought and type(thought) is str:
                self.reasoning_key = key
                self._add(parts, "reasoning", thought)
                break
        if delta.get("tool_calls"):
            for position, call in enumerate(list_of(delta["tool_calls"])):
                self._read_tool(parts, position, object_of(call))

    def _read_tool(self, parts: _Parts, position: int, call: dict[str, Any]) -> None:
        number = count_of(call.get("index"))
        tool = parts.tools.setdefault(position if number is None else number, _ToolParts())
        function = object_of(call.get("function"))
        tool.id = tool.id or text_of(call.get("id")) or ""
        name = text_of(function.get("name"))
        if name and not tool.name:
            tool.name = name
            self.growth += len(name)
        arguments = text_of(function.get("arguments"))
        if arguments:
            tool.arguments.append(arguments)
            self.growth += len(arguments)
            if parts.handed_out:
                self._new.append(Chunk(self._t_ns, "tool", arguments))

    def _add(self, parts: _Parts, channel: Channel, text: str) -> None:
        if parts.held or not text.isascii() or "\x00" in text:
            text = parts.held.pop(channel, "") + text
            if half_open(text):
                parts.held[channel] = text[-1]
                text = text[:-1]
            text = repaired(text)
        if text:
            self.growth += len(text)
            parts.texts[channel].append(text)
            if parts.handed_out:
                self._new.append(Chunk(self._t_ns, channel, text))
