"""GET /models in every shape: a bare array, or an object around one; entries without an id are passed over."""

from __future__ import annotations

import math
from typing import Any

from services.errors import ProtocolError
from services.wire.json_text import count_of, object_of, text_of
from services.wire.types import ListedModel


def models(value: Any, host: str) -> tuple[ListedModel, ...]:
    """Raises ProtocolError where there is no list at all; an empty list is one."""
    entries = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if entries is None and isinstance(value, dict) and "data" in value:
        # What a server without any model may say for an empty list.
        return ()
    if not isinstance(entries, list):
        raise ProtocolError(f"{host} answered with JSON that is not a list of models.")
    listed = {entry.id: entry for entry in map(_model, entries) if entry is not None}
    return tuple(listed.values())


def _model(entry: Any) -> ListedModel | None:
    fields = object_of(entry)
    name = text_of(fields.get("id"))
    if not name:
        return None
    prices, meta = object_of(fields.get("pricing")), object_of(fields.get("meta"))
    contexts = (fields.get("context_length"), fields.get("max_model_len"), meta.get("n_ctx"))
    return ListedModel(
        id=name,
        type=text_of(fields.get("type")),
        display_name=text_of(fields.get("display_name")),
        organization=text_of(fields.get("organization")),
        context_length=next((count for count in map(count_of, contexts) if count), None),
        input_usd_per_mtok=_price(prices.get("input")),
        output_usd_per_mtok=_price(prices.get("output")),
        cached_input_usd_per_mtok=_price(prices.get("cached_input")),
        license=text_of(fields.get("license")),
        link=text_of(fields.get("link")),
        created=count_of(fields.get("created")) or None,
    )


def _price(value: Any) -> float | None:
    """Six digits: listed prices carry binary noise. An unreadable price is unknown, not 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return round(float(value), 6)
