"""The models of one endpoint, as a picker and an error message need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from services.endpoints import Endpoint
from services.models.facts import Facts, Removal, folded
from services.models.prices import Price

Availability = Literal["available", "listed", "retired", "unknown"]

_RANK: dict[Availability, int] = {"available": 0, "listed": 1, "unknown": 2, "retired": 3}
_CHAT_WORDS = ("chat", "instruct", "-it")
_OFFERED = 2


@dataclass(frozen=True)
class Model:
    """One model at one endpoint. None: not known.

    available: can be called. listed: the server names it, which at Together does not mean it can be called.
    retired: left the serverless offer on removed_on. unknown: described as callable, but the server does not list it.
    substitutes are ids at the same endpoint. as_of dates the bundled facts, price.as_of the price.
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


@dataclass(frozen=True)
class Catalog:
    """models are in the server's order, bundled ones after them. live: the server's own list is in it.

    note says what is missing where live is False. facts only where they concern the endpoint.
    """

    endpoint: Endpoint
    models: tuple[Model, ...]
    live: bool
    note: str | None = None
    facts: Facts | None = field(default=None, repr=False)

    def find(self, model_id: str) -> Model | None:
        """Exactly, else without regard to case and / . -, else by the part behind the organization."""
        exact = self._by_id.get(model_id)
        return self._by_folded.get(folded(model_id)) if exact is None else exact

    def chat_models(self) -> tuple[Model, ...]:
        """For a picker: what can be called first, then by name. A model of no stated type counts as chat."""
        return _picker_order(model for model in self.models if model.type in (None, "chat"))

    def embedding_models(self) -> tuple[Model, ...]:
        return _picker_order(model for model in self.models if model.type == "embedding")

    def available(self, ids: Iterable[str]) -> tuple[Model, ...]:
        """Those of ids that can be called here, in their order."""
        models = (self.find(model_id) for model_id in ids)
        return tuple(model for model in models if model is not None and model.availability == "available")

    def substitutes_for(self, model_id: str) -> tuple[Model, ...]:
        """What can be called here instead, best first: for a retired model and for one the server refuses."""
        model = self.find(model_id)
        own = () if model is None else self.available(model.substitutes)
        if own or self.facts is None or not self._is_chat(model_id, model):
            return own
        return tuple(other for other in self.available(self.facts.default_chat) if other != model)[:_OFFERED]

    def retired(self, model_id: str) -> Retirement | None:
        """None for a model that has not left this endpoint's offer, as far as is known."""
        if self.facts is None:
            return None
        model = self.find(model_id)
        removal = self.facts.removals.get(folded(model_id if model is None else model.id))
        if removal is None:
            return None
        substitutes = self.substitutes_for(removal.id)
        sentence = _sentence(removal, model, substitutes)
        return Retirement(removal.removed_on, removal.dedicated, substitutes, removal.source, sentence)

    def _is_chat(self, model_id: str, model: Model | None) -> bool:
        """An id that nothing is known of was typed for a chat; of removals without a type only the name tells."""
        if model is not None and model.type is not None:
            return model.type == "chat"
        known_removal = self.facts is not None and folded(model_id) in self.facts.removals
        return not known_removal or any(word in folded(model_id) for word in _CHAT_WORDS)

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {model.id: model for model in self.models}

    @cached_property
    def _by_folded(self) -> dict[str, Model]:
        by_short_name = {folded(model.id.rsplit("/", 1)[-1]): model for model in reversed(self.models)}
        return by_short_name | {folded(model.id): model for model in reversed(self.models)}


def _picker_order(models: Iterable[Model]) -> tuple[Model, ...]:
    return tuple(sorted(models, key=lambda model: (_RANK[model.availability], model.label.casefold(), model.id)))


def _sentence(removal: Removal, model: Model | None, substitutes: tuple[Model, ...]) -> str:
    name = removal.id if model is None else model.label
    day = removal.removed_on
    when = "on a day not known" if day is None else f"on {day.day} {day:%B} {day.year}"
    rent = " It can still be rented on a dedicated endpoint." if removal.dedicated else ""
    if substitutes:
        nearest = f" Nearest: {' or '.join(other.label for other in substitutes)}."
    elif model is not None and model.type == "embedding":
        nearest = " Use the local encoder, and embed the rows again: vectors of two models do not mix."
    else:
        nearest = ""
    return f"{name} left the serverless offer {when}.{rent}{nearest}"
