"""Browsing the models of all endpoints: rows, what a reader wants of them, and in which order. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.endpoints import Word
from services.models.facts import folded
from services.models.model import Availability, Model
from services.models.observed import Observed

Address = tuple[str, str]
Verdict = Literal["asking", "answered", "refused", "open"]
Order = Literal["availability", "name", "price in", "price out", "context", "wait", "speed"]
Amount = int | float | Decimal

NOT_STATED = "not stated"
_RANK: dict[Availability, int] = {"available": 0, "unknown": 1, "listed": 2, "retired": 3}


@dataclass(frozen=True)
class Entry:
    """One model at one endpoint, with what was seen of it here.

    askable: a request can be sent to its endpoint now. verdict: what came of asking it for one token, None where
    nobody did.
    """

    model: Model
    word: Word
    askable: bool = True
    observed: Observed | None = None
    verdict: Verdict | None = None

    @property
    def address(self) -> Address:
        return self.model.endpoint, self.model.id

    @property
    def organization(self) -> str:
        return NOT_STATED if self.model.organization is None else self.model.organization

    @property
    def type(self) -> str:
        return NOT_STATED if self.model.type is None else self.model.type


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for; empty and None leave a thing open.

    words must all stand in id, name or organization. price_usd_per_mtok bounds both input and output.
    """

    words: str = ""
    endpoints: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    context_tokens: int | None = None
    price_usd_per_mtok: Decimal | None = None
    vision: bool = False
    tools: bool = False
    reasoning: bool = False


@dataclass(frozen=True)
class Found:
    """entries match; undecided would, if what is asked for were known of them."""

    entries: tuple[Entry, ...]
    undecided: int


def found(entries: Iterable[Entry], wanted: Wanted) -> Found:
    """In the order given. A model of which a wanted fact is not known is left out and counted."""
    matching, undecided = [], 0
    for entry in entries:
        answers = tuple(_answers(entry, wanted))
        if all(answers):
            matching.append(entry)
        elif False not in answers:
            undecided += 1
    return Found(tuple(matching), undecided)


def _answers(entry: Entry, wanted: Wanted) -> Iterator[bool | None]:
    """Whether the entry meets each wish; None where that is not known."""
    model = entry.model
    yield _says(model, wanted.words)
    for given, chosen in (
        (model.endpoint, wanted.endpoints),
        (entry.organization, wanted.organizations),
        (entry.type, wanted.types),
        (model.availability, wanted.availability),
    ):
        yield not chosen or given in chosen
    if wanted.context_tokens is not None:
        yield None if model.context_length is None else model.context_length >= wanted.context_tokens
    if wanted.price_usd_per_mtok is not None:
        yield None if model.price is None else _dearer(model) <= wanted.price_usd_per_mtok
    for wish, can in ((wanted.vision, model.vision), (wanted.tools, model.tools), (wanted.reasoning, model.reasoning)):
        if wish:
            yield can


def _dearer(model: Model) -> Decimal:
    assert model.price is not None
    return max(model.price.input_usd_per_mtok, model.price.output_usd_per_mtok)


def _says(model: Model, words: str) -> bool:
    if not words.strip():
        return True
    organization = "" if model.organization is None else model.organization
    text = _plain(f"{model.id} {folded(model.id)} {model.label} {organization}")
    return all(word in text for word in _plain(words).split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def ordered(entries: Iterable[Entry], order: Order, *, descending: bool = False) -> tuple[Entry, ...]:
    """Not known comes last in both directions; equal ones stand by name."""
    by_name = sorted(entries, key=lambda entry: (entry.model.label.casefold(), entry.address))
    if order == "name":
        return tuple(reversed(by_name)) if descending else tuple(by_name)
    known = [entry for entry in by_name if _AMOUNTS[order](entry) is not None]
    unknown = [entry for entry in by_name if _AMOUNTS[order](entry) is None]
    return (*sorted(known, key=lambda entry: _sortable(entry, order), reverse=descending), *unknown)


def amount(entry: Entry, order: Order) -> Amount | None:
    """The figure a row is ordered or drawn by; None where it is not known."""
    return _AMOUNTS[order](entry)


def _sortable(entry: Entry, order: Order) -> Amount:
    value = _AMOUNTS[order](entry)
    assert value is not None
    return value


_AMOUNTS: dict[Order, Callable[[Entry], Amount | None]] = {
    "availability": lambda entry: _RANK[entry.model.availability] + (0 if entry.askable else 4),
    "price in": lambda entry: None if entry.model.price is None else entry.model.price.input_usd_per_mtok,
    "price out": lambda entry: None if entry.model.price is None else entry.model.price.output_usd_per_mtok,
    "context": lambda entry: entry.model.context_length,
    "wait": lambda entry: None if entry.observed is None else entry.observed.wait_s,
    "speed": lambda entry: None if entry.observed is None else entry.observed.writing_per_s,
}
