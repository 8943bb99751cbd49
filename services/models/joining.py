"""An endpoint's own list and the bundled facts, joined into models. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from services.endpoints import Endpoint
from services.models.facts import Facts, KnownModel, folded
from services.models.model import Availability, Model
from services.models.prices import Price, usd_per_mtok
from services.wire.types import ListedModel

FREE_HERE = Price(Decimal(0), Decimal(0), source="computed on this machine")
_NOT_LISTED = "The server does not list it."
_OWN = ("type", "display_name", "organization", "context_length", "license", "link")
_LONGEST_CONTEXT_TOKENS = 10**12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def joined(
    endpoint: Endpoint, listed: tuple[ListedModel, ...], facts: Facts, listed_on: date | None
) -> tuple[Model, ...]:
    """Together's models: the listed ones in their order, then what the facts know besides; all of those if none is."""
    seen = {folded(entry.id) for entry in listed}
    models = tuple(_joined(endpoint, entry, facts, listed_on) for entry in listed)
    rest = (known for key, known in facts.models.items() if key not in seen)
    return models + tuple(_bundled(endpoint, known, facts, live=bool(listed)) for known in rest)


def as_listed(endpoint: Endpoint, entry: ListedModel, listed_on: date | None) -> Model:
    """A model of a server whose list is what can be called there."""
    entry = replace(entry, context_length=_context(entry.context_length))
    return Model(
        endpoint=endpoint.name,
        id=entry.id,
        type=_type(entry),
        display_name=entry.display_name,
        organization=entry.organization,
        context_length=entry.context_length,
        price=FREE_HERE if endpoint.kind == "local" else _listed_price(endpoint, entry, listed_on),
        license=entry.license,
        link=entry.link,
        listed=tuple(name for name in _OWN if getattr(entry, name) is not None),
        listed_on=listed_on,
        created_on=_created_on(entry.created),
    )


def removed(endpoint: str, known: Collection[str], facts: Facts) -> tuple[Model, ...]:
    """The models that left and stand in no list any more: those whose folded ids are not in known."""
    gone = (removal for key, removal in facts.removals.items() if key not in known)
    return tuple(_with_removal(Model(endpoint, each.id, sources=(each.source,)), facts) for each in gone)


def _context(tokens: int | None) -> int | None:
    """None for what is no context: servers send 0 and numbers without any sense."""
    return tokens if tokens is not None and 0 < tokens <= _LONGEST_CONTEXT_TOKENS else None


def _created_on(seconds: int | None) -> date | None:
    """Unix time; None for 0, which servers send for "not known", and for what is no day."""
    if seconds is None or seconds <= 0:
        return None
    try:
        return (_EPOCH + timedelta(seconds=seconds)).date()
    except OverflowError:
        return None


def _type(entry: ListedModel) -> str | None:
    """OpenAI-style lists give no type; an embedding model mostly says so in its name."""
    return "embedding" if entry.type is None and "embed" in entry.id.lower() else entry.type


def _joined(endpoint: Endpoint, entry: ListedModel, facts: Facts, listed_on: date | None) -> Model:
    """The server's word wins where it has one, except on price (see _price) and on availability."""
    listed = as_listed(endpoint, entry, listed_on)
    known = facts.models.get(folded(entry.id))
    if known is None:
        price = None if listed.price is not None and listed.price.free else listed.price
        return _with_removal(replace(listed, price=price, availability="listed"), facts)
    model = _described(endpoint, known, "available" if known.serverless else "listed")
    own = {name: value for name in _OWN if (value := getattr(listed, name)) is not None}
    own |= {"listed": listed.listed, "listed_on": listed_on, "created_on": listed.created_on}
    gone = folded(entry.id) in facts.removals
    price = known.price if gone else _price(listed.price, known.price)
    return _with_removal(replace(model, id=entry.id, price=price, **own), facts)


def _bundled(endpoint: Endpoint, known: KnownModel, facts: Facts, *, live: bool) -> Model:
    if not live:
        return _with_removal(_described(endpoint, known, "available" if known.serverless else "listed"), facts)
    model = _described(endpoint, known, "unknown")
    note = _NOT_LISTED if model.note is None else f"{_NOT_LISTED} {model.note}"
    return _with_removal(replace(model, note=note), facts)


def _described(endpoint: Endpoint, known: KnownModel, availability: Availability) -> Model:
    return Model(
        endpoint=endpoint.name,
        id=known.id,
        type=known.type,
        display_name=known.display_name,
        organization=known.organization,
        context_length=known.context_length,
        max_output_tokens=known.max_output_tokens,
        price=known.price,
        availability=availability,
        tools=known.tools,
        json_schema=known.json_schema,
        vision=known.vision,
        reasoning=known.reasoning,
        reasoning_key=known.reasoning_key,
        license=known.license,
        link=known.link,
        sources=known.sources,
        as_of=known.as_of,
        note=known.note,
    )


def _with_removal(model: Model, facts: Facts) -> Model:
    key = folded(model.id)
    removal = facts.removals.get(key)
    if removal is None:
        return model
    named = () if removal.replacement is None else (removal.replacement,)
    note = removal.note if model.note in (None, _NOT_LISTED) else model.note
    return replace(
        model,
        availability="retired",
        removed_on=removal.removed_on,
        substitutes=facts.substitutes.get(key, named),
        note=note,
    )


def _listed_price(endpoint: Endpoint, entry: ListedModel, listed_on: date | None) -> Price | None:
    p_in, p_out = usd_per_mtok(entry.input_usd_per_mtok), usd_per_mtok(entry.output_usd_per_mtok)
    if p_in is None or p_out is None:
        return None
    return Price(p_in, p_out, usd_per_mtok(entry.cached_input_usd_per_mtok), listed_on, f"list of {endpoint.name}")


def _price(listed: Price | None, known: Price | None) -> Price | None:
    """Together lists 0 for what is not sold by the token, so 0 counts only where the facts say free too."""
    if listed is None or listed.free:
        return known
    same = known is not None and (listed.input_usd_per_mtok, listed.output_usd_per_mtok) == (
        known.input_usd_per_mtok,
        known.output_usd_per_mtok,
    )
    if known is not None and same and listed.cached_input_usd_per_mtok is None:
        return replace(listed, cached_input_usd_per_mtok=known.cached_input_usd_per_mtok)
    return listed
