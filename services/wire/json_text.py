"""JSON of other people's making: read leniently, its text repaired so that no lone surrogate leaves the client."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import orjson

from services.errors import BadRequestError
from services.well_formed import well_formed

_BOM = b"\xef\xbb\xbf"


def loads(data: bytes) -> Any:
    """Python values; strings may hold lone surrogates. Raises ValueError for what is no JSON.

    The strict fast parser first; what it refuses (invalid UTF-8, half an emoji, NaN) gets the lenient one.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    with suppress(ValueError, RecursionError):
        return json.loads(data.removeprefix(_BOM).decode("utf-8", "replace"))
    # Raised out here: the parsers' own exceptions carry the whole document along.
    raise ValueError("no JSON")


def dumps(body: dict[str, Any]) -> bytes:
    """UTF-8 bytes; a lone surrogate becomes U+FFFD. Raises BadRequestError for what JSON cannot carry."""
    with suppress(TypeError):
        return orjson.dumps(body)
    with suppress(TypeError, RecursionError):
        return orjson.dumps(_repaired(body))
    raise BadRequestError("The request holds a value that cannot be written as JSON.")


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return repaired(value)
    if isinstance(value, dict):
        return {repaired(str(key)): _repaired(item) for key, item in value.items()}
    return [_repaired(item) for item in value] if isinstance(value, list | tuple) else value


def repaired(text: str) -> str:
    """Surrogate pairs joined, lone surrogates and NUL replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return well_formed(text)


def half_open(text: str) -> bool:
    """Does it end with the first half of a surrogate pair, whose second half may still come?"""
    return "\ud800" <= text[-1:] <= "\udbff"


def text_of(value: Any) -> str | None:
    """value if it is a string, repaired; None for anything else."""
    return repaired(value) if isinstance(value, str) else None


def object_of(value: Any) -> dict[str, Any]:
    """value if it is an object, else an empty one: a missing and a null part read alike."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def count_of(value: Any) -> int | None:
    """A count: a whole number >= 0; None for anything else, booleans included."""
    return value if type(value) is int and value >= 0 else None
