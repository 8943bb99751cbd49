"""The models of one endpoint, as a picker and an error message need them, and the one picked by default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from services.endpoints import Endpoint, Kind
from services.models.facts import Facts, Removal, folded
from services.models.joining import FREE_HERE, as_listed, joined
from services.models.model import Availability, Model, Retirement
from services.wire.types import ListedModel

__all__ = [
    "Availability",
    "Catalog",
    "DefaultChoice",
    "Facts",
    "Model",
    "Retirement",
    "build",
    "default_chat",
    "default_embedding",
]

LOCAL_ENCODER = "this machine"
_RANK: dict[Availability, int] = {"available": 0, "listed": 1, "unknown": 2, "retired": 3}
_CHAT_WORDS = ("chat", "instruct", "-it")
_OFFERED = 2


@dataclass(frozen=True)
class Catalog:
    """Holds the endpoint's name, not the endpoint, so that no cache of catalogues holds a key.

    models are in the server's order, bundled ones after them. live: the server's own list is in it; where it is not,
    note says so. facts only where they concern the endpoint.
    """

    endpoint: str
    kind: Kind
    models: tuple[Model, ...]
    live: bool
    note: str | None = None
    facts: Facts | None = field(default=None, repr=False)

    def find(self, model_id: str) -> Model | None:
        """Exactly, else without regard to case and / . -, else by the part behind the organization."""
        exact = self._by_id.get(model_id)
        return self._by_folded.get(folded(model_id)) if exact is None else exact

    def named(self, model_id: str) -> Model:
        """What find finds, or a model of which nothing is known: what can be called need not be listed."""
        model = self.find(model_id)
        return Model(self.endpoint, model_id, availability="unknown") if model is None else model

    def chat_models(self) -> tuple[Model, ...]:
        """For a picker: what can be called first, then by name. A model of no stated type counts as chat."""
        return _picker_order(model for model in self.models if model.type in (None, "chat"))

    def text_models(self) -> tuple[Model, ...]:
        """As chat_models, with those that continue text without turns."""
        return _picker_order(model for model in self.models if model.type in (None, "chat", "language", "code"))

    def seeing_models(self) -> tuple[Model, ...]:
        """Chat models that see images and can be called, by name."""
        return tuple(model for model in self.chat_models() if model.vision and model.availability == "available")

    def embedding_models(self) -> tuple[Model, ...]:
        return _picker_order(model for model in self.models if model.type == "embedding")

    def available(self, ids: Iterable[str]) -> tuple[Model, ...]:
        """Those of ids that can be called here, in their order."""
        models = (self.find(model_id) for model_id in ids)
        return tuple(model for model in models if model is not None and model.availability == "available")

    def substitutes(self, model_id: str) -> tuple[Model, ...]:
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
        substitutes = self.substitutes(removal.id)
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


def build(
    endpoint: Endpoint, listed: tuple[ListedModel, ...] | None, facts: Facts, *, listed_on: date | None = None
) -> Catalog:
    """listed None: the list could not be had; listed_on dates the prices in it.

    Together's list names models that cannot be called, so there the facts decide what is available and the list only
    confirms it. What any other server lists can be called there. Of two entries with one id the first counts.
    """
    entries = {entry.id: entry for entry in reversed(listed or ()) if entry.id.strip()}
    in_order = tuple(reversed(entries.values()))
    missing = "The list of models could not be had." if listed is None else f"{endpoint.name} lists no models."
    if endpoint.kind != "together":
        models = tuple(as_listed(endpoint, entry, listed_on) for entry in in_order)
        return Catalog(endpoint.name, endpoint.kind, models, bool(models), None if models else missing)
    models = joined(endpoint, in_order, facts, listed_on)
    note = None if in_order else f"{missing} What stands here was compiled on {facts.as_of.isoformat()}."
    return Catalog(endpoint.name, endpoint.kind, models, bool(in_order), note, facts)


@dataclass(frozen=True)
class DefaultChoice:
    """model None: nothing can be picked for the reader. reason is one sentence."""

    model: Model | None
    reason: str
    retirement: Retirement | None = None

    @property
    def model_id(self) -> str | None:
        return None if self.model is None else self.model.id


def default_chat(catalog: Catalog, configured: str | None) -> DefaultChoice:
    """A configured id wins and is never swapped, even if it is retired: that is reported.

    Only its spelling becomes the server's, which is what the server accepts.
    configured concerns the endpoint it was set for: pass None for another one.
    """
    if configured is not None:
        reason = f"{configured} is set as TOGETHER_DEFAULT_MODEL."
        return DefaultChoice(catalog.named(configured), reason, catalog.retired(configured))
    dated = () if catalog.facts is None else catalog.available(catalog.facts.default_chat)
    if dated and catalog.facts is not None:
        proof = "the server lists it" if catalog.live else "the server's list could not be had"
        reason = f"{dated[0].label} was serverless as of {catalog.facts.as_of.isoformat()}; {proof}."
        return DefaultChoice(dated[0], reason)
    chat = (model for model in catalog.models if model.type in (None, "chat") and model.availability == "available")
    first = next(chat, None)
    if first is None:
        return DefaultChoice(None, f"{catalog.endpoint} lists no chat model that is known to be callable.")
    return DefaultChoice(first, f"{first.label} is the first chat model {catalog.endpoint} lists.")


def default_embedding(catalog: Catalog, facts: Facts, configured: str | None) -> DefaultChoice:
    """Unless configured, facts.default_embedding: "local", the encoder on this machine."""
    if configured is None:
        encoder = Model(LOCAL_ENCODER, facts.default_embedding, "embedding", price=FREE_HERE)
        return DefaultChoice(encoder, "The encoder on this machine computes embeddings; it is free.")
    reason = f"{configured} is set as TOGETHER_DEFAULT_EMBEDDING_MODEL."
    return DefaultChoice(catalog.named(configured), reason, catalog.retired(configured))


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
