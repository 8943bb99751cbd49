"""What is known of one model, fact by fact, each with where it comes from and of which day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.models.model import Model

_COMPILED = "compiled facts"
_QUANTIZED = re.compile(
    r"(?<![a-z0-9])(fp8|fp4|nvfp4|mxfp4|bf16|fp16|int8|int4|awq|gptq|q[2-8]_(?:k(?:_[sml])?|[01]))(?![a-z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fact:
    """value is text to show, None where nobody says it; as_of None: the day is not known."""

    name: str
    value: str | None
    source: str = ""
    as_of: date | None = None


def facts_of(model: Model) -> Iterator[Fact]:
    """In the order a reader asks: what it costs, what it takes, what it can do, what it is, since when."""
    yield from _prices(model)
    yield _fact(model, "context_length", "Context, tokens", _count(model.context_length))
    yield _fact(model, "max_output_tokens", "Longest answer, tokens", _count(model.max_output_tokens))
    for field, name in (
        ("vision", "Reads images"),
        ("tools", "Calls tools"),
        ("reasoning", "Thinks before it answers"),
    ):
        yield _fact(model, field, name, _yes_or_no(getattr(model, field)))
    yield _fact(model, "json_schema", "Answers in a JSON schema", _yes_or_no(model.json_schema))
    yield _quantization(model)
    for field, name in (("type", "Type"), ("organization", "Organization"), ("license", "Licence")):
        yield _fact(model, field, name, getattr(model, field))
    yield Fact("Created", _day(model.created_on), f"list of {model.endpoint}", model.listed_on)
    if model.removed_on is not None:
        yield Fact("Left the serverless offer", _day(model.removed_on), ", ".join(model.sources), model.as_of)


def _prices(model: Model) -> Iterator[Fact]:
    price = model.price
    if price is None:
        yield Fact("Price", None)
        return
    cached = price.cached_input_usd_per_mtok
    for name, usd in (
        ("Input, $ per M tokens", price.input_usd_per_mtok),
        ("Output, $ per M tokens", price.output_usd_per_mtok),
    ):
        yield Fact(name, f"{usd.normalize():f}", price.source, price.as_of)
    text = "as new input" if cached is None else f"{cached.normalize():f}"
    yield Fact("Cached input, $ per M tokens", text, price.source, price.as_of)


def _fact(model: Model, field: str, name: str, value: str | None) -> Fact:
    """The server's own word where it gave one, the compiled facts otherwise."""
    if value is None:
        return Fact(name, None)
    if field in model.listed:
        return Fact(name, value, f"list of {model.endpoint}", model.listed_on)
    source = ", ".join(model.sources) if model.sources else _COMPILED
    return Fact(name, value, source, model.as_of)


def _quantization(model: Model) -> Fact:
    """No list states it; a name often does."""
    named = _QUANTIZED.search(model.id)
    return Fact("Quantization", None if named is None else named.group(1).upper(), "its id" if named else "")


def _count(tokens: int | None) -> str | None:
    return None if tokens is None else f"{tokens:,}"


def _yes_or_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
