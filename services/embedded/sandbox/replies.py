"""Writing an answer without a language model: sentences found by their words, laid out in the model's voice."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import Any

import orjson

from services.embedded.sandbox import given, layout, notes, pattern, tools
from services.embedded.sandbox.ask import Ask, Json, schema_of
from services.embedded.sandbox.given import NOWHERE, Found
from services.embedded.sandbox.models import Model, dice
from services.embedded.sandbox.notes import Notes
from services.embedded.sandbox.refusals import wrong
from services.embedded.sandbox.schema import Filler

_WHO = re.compile(
    r"\b(who|what) are you\b|\bwhat(?:'s| is) your name\b|\b(which|what) (?:language )?model are you\b"
    r"|\bare you (?:an? )?(?:real|llama|mixtral|deepseek|qwen|gpt|chatgpt|claude|ai|human|language model|model)\b"
    r"|\bintroduce yourself\b|\bwer bist du\b|\bwhat can (?:you do|i ask)\b|^\W*help\W*$",
    re.IGNORECASE,
)
_GREETING = re.compile(r"^\W*(hello|hi|hey|good (?:morning|day|evening)|hallo|guten tag|thanks|thank you)\W*$", re.I)
_SAY = re.compile(
    r"^\W*(?:please )?(?:say|repeat|reply with|answer with)\b(?: only| exactly| just)?:?\s+(.{1,200}?)[.!]?\s*$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"^\W*(and|but|so|what about|how about|und)\b|\b(it|its|they|them|their|these|those|there|that)\b", re.IGNORECASE
)
_GO_ON = re.compile(r"\b(go on|continue)\b[^.?]{0,40}\b(where|from)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(and|or|versus|vs|compare|difference)\b", re.IGNORECASE)
_QUOTES = "\"'“”"
_ENOUGH = 0.28
_NEAR_BEST = 0.4


@dataclass(frozen=True)
class Reply:
    reasoning: str
    text: str
    calls: tuple[tools.Call, ...] = ()


class Writer:
    """Writes from the bundled notes and from text in the prompt; the same request gives the same reply."""

    def __init__(self, library: Notes, seed: int) -> None:
        self._library, self._seed = library, seed

    def reply(self, ask: Ask, model: Model, choice: int) -> Reply:
        """Raises Refusal where a forced tool, a schema or a pattern cannot be served."""
        if (rest := self._rest(ask, model, choice)) is not None:
            return Reply("", rest)
        chance = dice(self._seed, model.id, ask.messages, ask.body.get("seed"), choice)
        thinks = _thinks(ask, model)
        if ask.forced_tool is not None and thinks and not model.forced_tool_while_thinking:
            raise wrong("tool_choice", f"{model.id} takes no forced tool_choice while it thinks.")
        if (tool := tools.chosen_tool(ask)) is not None:
            call = tools.call(tool, ask.last_user_text, chance)
            reasoning = f"The question fits the function {call.name}, so I fill in its arguments." if thinks else ""
            return Reply(reasoning, "", (call,))
        found = self._find(ask, model)
        reasoning = self._thoughts(ask, found) if thinks else ""
        is_cold = ask.body.get("temperature") == 0
        return Reply(reasoning, _written(ask, model, found, None if is_cold else chance))

    def _rest(self, ask: Ask, model: Model, choice: int) -> str | None:
        """What is left of a reply that was cut off, where the prompt asks to go on; None where there is nothing."""
        if len(ask.messages) < 3 or ask.messages[-2]["role"] != "assistant" or not _GO_ON.search(ask.last_user_text):
            return None
        said = ask.texts()[-2]
        whole = self.reply(replace(ask, messages=ask.messages[:-2]), model, choice).text
        return whole.removeprefix(said) if said and whole.startswith(said) and whole != said else None

    def _find(self, ask: Ask, model: Model) -> Found:
        if told := tools.tell_results(ask):
            return Found("the result", tuple(told), "the tool's result", fixed=True)
        prompt = ask.last_user_text
        if spoken := _spoken(prompt, model):
            return Found("this", (spoken,), "the prompt", fixed=True)
        question, material = given.split(prompt)
        material = material or _brought_along(ask)
        size = layout.wanted_sentences(_instructions(ask))
        most = model.voice.sentences[1] if size is None else size
        if material and (found := given.look_up(question, material, most)):
            return found
        return self._from_notes(question, ask) or _nothing(self._library)

    def _from_notes(self, question: str, ask: Ask) -> Found | None:
        """Earlier user text helps where the question goes on from it, or finds nothing alone."""
        hits = self._library.search(question)
        if _FOLLOWS.search(question) or not hits or hits[0].score < _ENOUGH:
            earlier = " ".join(ask.texts("user")[:-1][-2:])
            hits = self._library.search(question, earlier) or hits
        if not hits or hits[0].score < _ENOUGH:
            return None
        near = [hit.note for hit in hits if hit.score >= _NEAR_BEST * hits[0].score]
        near = near if _SEVERAL.search(question) else near[:1]
        lines = tuple(line for note in near for line in note.sentences)
        sizes = tuple(len(note.sentences) for note in near)
        return Found(near[0].title, lines, f"the note “{near[0].title}”", sizes=sizes)

    def _thoughts(self, ask: Ask, found: Found) -> str:
        looked_for = list(dict.fromkeys(notes.words(given.split(ask.last_user_text)[0])))
        telling = [word for word in looked_for if notes.stems(word)][:8]
        steps = [f"I look for {', '.join(telling)}." if telling else "The question names no subject."]
        effort = ask.body.get("reasoning_effort")
        if effort != "low":
            is_found = found.where != NOWHERE
            steps.append(f"The closest is {found.where}." if is_found else "No note comes near.")
        if effort in ("high", "max"):
            others = [hit.note.title for hit in self._library.search(ask.last_user_text, limit=6)[1:]]
            steps.append(f"Further notes: {', '.join(others)}." if others else "No other note comes near.")
        if effort != "low":
            steps.append("I keep to what it says and leave the rest out.")
        return " ".join(steps)


def _thinks(ask: Ask, model: Model) -> bool:
    if model.reasoning is None or not ask.is_chat:
        return False
    switches = [
        (ask.body.get("reasoning") or {}).get("enabled"),
        *((ask.body.get("chat_template_kwargs") or {}).get(key) for key in ("thinking", "enable_thinking")),
    ]
    return not (model.reasoning_optional and False in switches)


def _spoken(prompt: str, model: Model) -> str | None:
    if _WHO.search(prompt):
        return (
            f"I am a simulation that carries the name {model.display_name}. No language model runs here: "
            "I put together sentences from a few notes and from text you give me."
        )
    if _GREETING.match(prompt):
        return "Ask me about SAP HANA, Together.ai or this playground; I am a simulation and answer from notes."
    said = _SAY.match(prompt)
    if said is None:
        return None
    words = said[1].split(". ")[0].strip(_QUOTES)
    return words[:1].upper() + words[1:]


def _brought_along(ask: Ask) -> str:
    """Material of the system prompt or of an earlier turn."""
    system = "\n".join(ask.texts("system"))
    if len(system) >= 200:
        return system
    earlier = [given.split(text)[1] for text in ask.texts("user")[:-1]]
    return next((material for material in reversed(earlier) if material), "")


def _nothing(library: Notes) -> Found:
    subjects = ", ".join(library.subjects)
    text = (
        "My notes hold nothing on this, and I am a simulation without a language model. "
        f"I can answer about these: {subjects}. "
        "I can also summarise, list or count rows of text that you give me."
    )
    return Found("what I can answer", (text,), NOWHERE, fixed=True)


def _written(ask: Ask, model: Model, found: Found, chance: random.Random | None) -> str:
    prose = ask.last_user_text if found.where == NOWHERE else " ".join(found.lines[:2])
    wanted_format = ask.body.get("response_format") or {"type": "text"}
    if wanted_format["type"] == "json_schema":
        schema = schema_of(wanted_format) or {}
        return _json(_filled(schema, ask.last_user_text, prose))
    if wanted_format["type"] == "json_object":
        return _json(_filled(_named_keys(ask), ask.last_user_text, prose))
    if wanted_format["type"] == "regex":
        return _matching(wanted_format["pattern"], ask.last_user_text)
    wanted = layout.wanted_sentences(_instructions(ask))
    if ask.is_chat:
        return layout.lay_out(found, model.voice, wanted, chance)
    plain = replace(model.voice, layout="paragraphs", opener="", closing="")
    return f" {layout.lay_out(found, plain, wanted, chance)}"


def _instructions(ask: Ask) -> str:
    return " ".join([*ask.texts("system"), given.split(ask.last_user_text)[0]])


def _filled(schema: Json, prompt: str, prose: str) -> Any:
    try:
        return Filler(schema, prompt, prose).fill()
    except ValueError as error:
        raise wrong("response_format", f"This schema is beyond the sandbox: {error}.") from error


def _matching(expression: str, prompt: str) -> str:
    try:
        return pattern.example(expression, prompt)
    except ValueError as error:
        raise wrong("response_format", f"This pattern is beyond the sandbox: {error}.") from error


def _named_keys(ask: Ask) -> dict[str, Any]:
    """A schema of the keys a prompt names in quotes, else answer alone."""
    keys = re.findall(r"[\"'`](\w{1,40})[\"'`]", " ".join(ask.texts("system", "user"))) or ["answer"]
    return {"type": "object", "properties": {key: {"type": "string"} for key in keys}, "required": keys}


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
