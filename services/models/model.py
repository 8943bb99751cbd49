"""One model at one endpoint, and what became of one that left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.models.prices import Price

Availability = Literal["available", "listed", "retired", "unknown"]


@dataclass(frozen=True)
class Model:
    """One model at one endpoint. None: not known.

    available: can be called. listed: the server names it, which at Together does not mean it can be called.
    retired: left the serverless offer on removed_on. unknown: described as callable, but the server does not list it.
    substitutes are ids at the same endpoint. as_of dates the bundled facts, price.as_of the price; listed names the
    fields that are the server's own word, read on listed_on. created_on is when the server says the model came.
    """

    endpoint: str
    id: str
    type: str | None = None
    display_name: str | None = None
    organization: str | None = None
    context_length: int | None = None
    max_output_tokens: int | None = None
    price: Price | None = None
    availability: Availability = "available"
    removed_on: date | None = None
    substitutes: tuple[str, ...] = ()
    tools: bool | None = None
    json_schema: bool | None = None
    vision: bool | None = None
    reasoning: bool | None = None
    reasoning_key: str | None = None
    license: str | None = None
    link: str | None = None
    sources: tuple[str, ...] = ()
    as_of: date | None = None
    note: str | None = None
    listed: tuple[str, ...] = ()
    listed_on: date | None = None
    created_on: date | None = None

    @property
    def label(self) -> str:
        return self.id if self.display_name is None else self.display_name


@dataclass(frozen=True)
class Retirement:
    """dedicated: can still be rented on a dedicated endpoint; None is not known. sentence says it all."""

    removed_on: date | None
    dedicated: bool | None
    substitutes: tuple[Model, ...]
    source: str
    sentence: str
