"""The model that is picked while nobody has picked one, and why."""

from __future__ import annotations

from dataclasses import dataclass

from services.models.catalog import Catalog, Retirement
from services.models.facts import Facts


@dataclass(frozen=True)
class DefaultChoice:
    """model_id None: nothing can be picked for the reader. reason is one sentence."""

    model_id: str | None
    reason: str
    retirement: Retirement | None = None


def default_chat(catalog: Catalog, configured: str | None) -> DefaultChoice:
    """A configured id wins and is never swapped, even if it is retired: that is reported.

    configured concerns the endpoint it was set for: pass None for another one.
    """
    if configured is not None:
        return DefaultChoice(configured, f"{configured} is set as TOGETHER_DEFAULT_MODEL.", catalog.retired(configured))
    if catalog.facts is not None:
        return _dated(catalog, catalog.facts)
    first = next((model for model in catalog.models if model.type in (None, "chat")), None)
    if first is None:
        return DefaultChoice(None, f"{catalog.endpoint.name} lists no chat model.")
    return DefaultChoice(first.id, f"{first.label} is the first chat model {catalog.endpoint.name} lists.")


def default_embedding(catalog: Catalog, facts: Facts, configured: str | None) -> DefaultChoice:
    """Unless configured, facts.default_embedding: "local", the encoder on this machine."""
    if configured is None:
        return DefaultChoice(facts.default_embedding, "The encoder on this machine computes embeddings; it is free.")
    reason = f"{configured} is set as TOGETHER_DEFAULT_EMBEDDING_MODEL."
    return DefaultChoice(configured, reason, catalog.retired(configured))


def _dated(catalog: Catalog, facts: Facts) -> DefaultChoice:
    usable = catalog.available(facts.default_chat)
    if not usable:
        return DefaultChoice(None, f"{catalog.endpoint.name} lists none of the models that are picked by default.")
    proof = "the server lists it" if catalog.live else "the server's list could not be had"
    day = facts.as_of.isoformat()
    return DefaultChoice(usable[0].id, f"{usable[0].label} was serverless as of {day}; {proof}.")
