"""The rows of the models' table as CSV: one line per model, each with its word, its dates and what was seen of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from services.endpoints import Word
from services.models.browsing import Entry
from services.spreadsheet import cell

WORDS: dict[Word, str] = {"real": "real", "local": "real, local", "simulated": "simulated"}
_COLUMNS = (
    "endpoint",
    "origin",
    "model",
    "name",
    "organization",
    "type",
    "availability",
    "checked",
    "context_tokens",
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cached_input_usd_per_mtok",
    "price_as_of",
    "price_source",
    "vision",
    "tools",
    "reasoning",
    "license",
    "removed_on",
    "substitutes",
    "observed_wait_s",
    "observed_wait_n",
    "observed_tokens_per_s",
    "observed_tokens_per_s_n",
    "exported_at",
)


def as_csv(entries: Iterable[Entry], *, now: datetime) -> str:
    """Empty: not known. Prices in USD per 10^6 tokens; observed figures are medians of n real answers here."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow([cell(value) for value in (*_stated(entry), *_seen(entry), now.isoformat())])
    return out.getvalue()


def _stated(entry: Entry) -> tuple[object, ...]:
    model, price = entry.model, entry.model.price
    return (
        model.endpoint,
        WORDS[entry.word],
        model.id,
        model.label,
        model.organization,
        model.type,
        model.availability,
        entry.verdict,
        model.context_length,
        *(
            (None,) * 5
            if price is None
            else (
                price.input_usd_per_mtok,
                price.output_usd_per_mtok,
                price.cached_input_usd_per_mtok,
                price.as_of,
                price.source,
            )
        ),
        model.vision,
        model.tools,
        model.reasoning,
        model.license,
        model.removed_on,
        " ".join(model.substitutes),
    )


def _seen(entry: Entry) -> tuple[object, ...]:
    seen = entry.observed
    if seen is None:
        return (None, 0, None, 0)
    return (seen.wait_s, seen.wait_n, seen.writing_per_s, seen.writing_n)
