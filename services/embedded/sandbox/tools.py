"""Calling an offered function by rule, and telling its result."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import orjson

from services.embedded.sandbox import notes
from services.embedded.sandbox.ask import Ask, Json, text_of
from services.embedded.sandbox.refusals import wrong
from services.embedded.sandbox.schema import Filler


@dataclass(frozen=True)
class Call:
    """arguments is JSON text."""

    id: str
    name: str
    arguments: str


def chosen_tool(ask: Ask) -> Json | None:
    """The forced one; else the one the last user text speaks of; with `required` the first when none is."""
    if ask.forced_tool is not None:
        return next(tool for tool in ask.tools if tool["name"] == ask.forced_tool)
    if not ask.tools or ask.messages[-1]["role"] == "tool":
        return None
    said = set(notes.stems(ask.last_user_text))
    best = max(ask.tools, key=lambda tool: _overlap(tool, said))
    is_spoken_of = _overlap(best, said) >= 2
    return best if is_spoken_of or ask.body.get("tool_choice") == "required" else None


def _overlap(tool: Json, said: set[str]) -> int:
    """A word of the name counts two, one of the description one."""
    name = set(notes.stems(tool["name"].replace("_", " ")))
    about = set(notes.stems(str(tool.get("description") or "")))
    return 2 * len(said & name) + len(said & (about - name))


def call(tool: Json, prompt: str, chance: random.Random) -> Call:
    """Raises Refusal where the function's parameters are no schema."""
    try:
        arguments = Filler(tool.get("parameters", {"type": "object"}), prompt, prompt).fill()
    except ValueError as error:
        raise wrong("tools", f"The parameters of {tool['name']}: {error}.") from error
    call_id = f"call_{chance.getrandbits(96):024x}"
    return Call(call_id, tool["name"], orjson.dumps(arguments).decode())


def tell_results(ask: Ask) -> list[str]:
    """A sentence for each tool message at the end of the conversation; none where it ends otherwise."""
    names = {c["id"]: c["function"]["name"] for message in ask.messages for c in message.get("tool_calls") or ()}
    told: list[str] = []
    for message in reversed(ask.messages):
        if message["role"] != "tool":
            break
        name = names.get(message["tool_call_id"]) or message.get("name") or "the tool"
        told.insert(0, f"{name} returned {_in_words(text_of(message))}.")
    return told


def _in_words(content: str) -> str:
    try:
        value: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.strip().rstrip(".") or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_plain(inner)}" for key, inner in value.items()) or "nothing"
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
