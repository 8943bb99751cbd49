"""Filling a JSON schema by rule from the words of a prompt, so that the result validates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from services.embedded.sandbox import notes, pattern

Json = Mapping[str, Any]
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"[\"“']([^\"“”']{1,200})[\"”']")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w-]+(?: [A-Z][\w-]+)*")
_DEEPEST = 12
_TOO_DEEP = 50
_FORMS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("properties", "$defs"), Mapping),
    **dict.fromkeys(("enum", "required", "anyOf", "oneOf", "allOf"), list),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), (int, float)),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), int),
    **dict.fromkeys(("pattern", "format", "$ref"), str),
    "type": (str, list),
}
_FORMATS = {
    "date": "2026-11-24",
    "time": "12:00:00Z",
    "date-time": "2026-11-24T12:00:00Z",
    "email": "practice@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class Filler:
    """Takes quoted texts, names and numbers from the prompt in their order; `prose` stands for longer texts.

    Raises ValueError where the schema is none.
    """

    def __init__(self, schema: Json, prompt: str, prose: str) -> None:
        check(schema)
        self._root, self._prompt, self._prose = schema, prompt, prose
        self._numbers = [float(n) for n in _NUMBER.findall(prompt)]
        self._texts: list[str] = _QUOTED.findall(prompt) or _NAME.findall(prompt)

    def fill(self) -> Any:
        """Raises ValueError for a schema or a pattern that is beyond these rules."""
        return self._value(self._root, "", 0)

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        if depth > _TOO_DEEP:
            raise ValueError("it needs itself without end")
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(schema["enum"])
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return self._number(schema, kind)
        if kind == "boolean":
            return not re.search(r"\b(no|not|never|without)\b", self._prompt, re.IGNORECASE)
        return None if kind == "null" else self._text(schema, name)

    def _resolved(self, schema: Any, depth: int = 0) -> dict[str, Any]:
        """Local references followed, allOf merged, the first non-null branch of anyOf and oneOf taken."""
        if depth > _DEEPEST:
            raise ValueError("its references go round in circles")
        if not isinstance(schema, Mapping):
            return {}
        found = dict(schema)
        for _ in range(_DEEPEST):
            if "$ref" in found:
                found = {**self._referred(found.pop("$ref")), **found}
            elif "allOf" in found:
                parts = [self._resolved(part, depth + 1) for part in found.pop("allOf")]
                found = _merged([*parts, found])
            elif branches := found.pop("anyOf", None) or found.pop("oneOf", None):
                real = [b for b in branches if self._resolved(b, depth + 1).get("type") != "null"]
                found = {**found, **(real or branches)[0]}
            else:
                break
        return found

    def _referred(self, reference: str) -> dict[str, Any]:
        target: Any = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            target = target.get(step, {}) if isinstance(target, Mapping) and step else target
        return dict(target)

    def _choice(self, options: list[Any]) -> Any:
        said = self._prompt.lower()
        return next((o for o in options if isinstance(o, str) and o and o.lower() in said), options[0])

    def _object(self, schema: Json, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required")
        said = set(notes.words(self._prompt))
        filled = {}
        unnamed: dict[str, Json] = {name: {} for name in required or () if name not in properties}
        for name, inner in {**properties, **unnamed}.items():
            wanted = required is None or name in required or bool(set(notes.words(name)) & said)
            if wanted and (depth < _DEEPEST or name in (required or ())):
                filled[name] = self._value(inner, name, depth + 1)
        return filled

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        size = max(least, min(most, 1 if depth < _DEEPEST else 0))
        items = [self._value(schema.get("items", {}), name, depth + 1) for _ in range(size)]
        if schema.get("uniqueItems") and (options := self._resolved(schema.get("items")).get("enum")):
            return list(options[:size])
        return items

    def _number(self, schema: Json, kind: str) -> float | int:
        """The first number of the prompt not yet used, moved into the schema's range."""
        step = schema.get("multipleOf", 1 if kind == "integer" else None)
        nudge = step or 1e-6
        least = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf) + nudge)
        most = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf) - nudge)
        value = self._numbers.pop(0) if self._numbers else max(1.0, least)
        value = min(max(value, least), most)
        if step:
            down = value // step * step
            value = down + step if down < least else down
        return int(value) if kind == "integer" or value == int(value) else value

    def _text(self, schema: Json, name: str) -> str:
        if "pattern" in schema:
            return pattern.example(schema["pattern"], prefer=self._prompt)
        if known := _FORMATS.get(schema.get("format", "")):
            return known
        text = self._named(name) or self._short_text(name)
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        while len(text) < least:
            text += f" {self._prose}" if self._prose else " -"
        return text if most is None else text[: int(most)]

    def _named(self, name: str) -> str | None:
        """What the prompt says right after the field's name: `city: Ulm`, `the city "Ulm"`, `city Ulm`."""
        label = re.escape(name.replace("_", " "))
        value = r"[\"“']?([\w-][\w .-]*?)[\"”']?(?=[,;.?!\n]|$)"
        found = re.search(rf"\b{label}\b\s*(?:is|of|=|:)?\s*{value}", self._prompt, re.IGNORECASE)
        return found[1].strip() if name and found else None

    def _short_text(self, name: str) -> str:
        if re.search(r"summary|answer|text|reason|explanation|description|note|comment|message", name, re.IGNORECASE):
            return self._prose
        if self._texts:
            return self._texts.pop(0)
        words = [word for word in self._prompt.split() if notes.stems(word)]
        return " ".join(words[-3:]).strip(".,;:?!") or self._prose


def check(schema: Any) -> None:
    """Raises ValueError where it is no JSON schema: the first part that has the wrong form."""
    if not isinstance(schema, Mapping):
        raise ValueError(f"a schema is an object, not {schema!r:.60}")
    for name, form in _FORMS.items():
        if name in schema and not isinstance(schema[name], form):
            raise ValueError(f"{name!r} has the wrong form")
    if not all(isinstance(name, str) for name in schema.get("required", ())):
        raise ValueError("'required' holds something that is no name")
    if schema.get("enum") == []:
        raise ValueError("'enum' is empty")
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [part for name in ("anyOf", "oneOf", "allOf") for part in schema.get(name, ())]
    for part in [*inner, *([schema["items"]] if "items" in schema else [])]:
        check(part)


def _kind(schema: Json) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind)


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged |= part
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged
