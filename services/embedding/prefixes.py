"""What embedding models want in front of a text, as their makers' model cards say."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BGE = "Represent this sentence for searching relevant passages: "
_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "


@dataclass(frozen=True)
class Prefixes:
    query: str = ""
    document: str = ""


# By the id, since no list of models tells; the first that fits counts.
_KNOWN: tuple[tuple[re.Pattern[str], Prefixes], ...] = (
    (re.compile(r"\be5-.*\binstruct\b"), Prefixes(query=_TASK)),
    (re.compile(r"\be5-(small|base|large)\b"), Prefixes("query: ", "passage: ")),
    (re.compile(r"\bbge-(small|base|large)-en\b"), Prefixes(query=_BGE)),
)


def prefixes_of(model_id: str) -> Prefixes:
    """Empty ones for a model that nothing is known of."""
    return next((prefixes for known, prefixes in _KNOWN if known.search(model_id.casefold())), Prefixes())
