"""What will be sent: each distinct text once, which row has which, and what was cut, refused, empty or double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal

from services.embedding.tokens import Tokens
from services.errors import ConfigError

TooLong = Literal["cut", "refuse"]
NO_TEXT = -1


@dataclass(frozen=True)
class Prepared:
    """texts are distinct, in order of their first rows, tokens[i] those of texts[i] and of the prefix it is sent with.

    row_texts[r] is the place of row r's text, NO_TEXT (-1) where it has none: was empty, or too long and refused.
    cut[r] and refused[r] mark the rows whose text was over limit_tokens (None: no limit). error is how far a sum of
    tokens may be off, as a share: 0 where they were counted, not estimated.
    """

    texts: tuple[str, ...]
    tokens: tuple[int, ...]
    row_texts: tuple[int, ...]
    cut: tuple[bool, ...]
    refused: tuple[bool, ...]
    error: float = 0.0
    limit_tokens: int | None = None

    @property
    def rows(self) -> int:
        return len(self.row_texts)

    @property
    def estimated(self) -> bool:
        return self.error > 0

    @property
    def empty_rows(self) -> int:
        return self.row_texts.count(NO_TEXT) - self.refused_rows

    @property
    def refused_rows(self) -> int:
        return sum(self.refused)

    @property
    def cut_rows(self) -> int:
        return sum(self.cut)

    @property
    def duplicate_rows(self) -> int:
        """Rows whose text an earlier row has already."""
        return self.rows - self.row_texts.count(NO_TEXT) - len(self.texts)

    @property
    def total_tokens(self) -> int:
        """What is sent: each distinct text once."""
        return sum(self.tokens)

    @cached_property
    def row_tokens(self) -> tuple[int, ...]:
        """Of each row as if no other had its text; 0 where it has none."""
        return tuple(0 if place == NO_TEXT else self.tokens[place] for place in self.row_texts)

    @cached_property
    def rows_of(self) -> tuple[tuple[int, ...], ...]:
        """For each text the rows that have it, from 0."""
        rows: list[list[int]] = [[] for _ in self.texts]
        for row, place in enumerate(self.row_texts):
            if place != NO_TEXT:
                rows[place].append(row)
        return tuple(map(tuple, rows))

    @cached_property
    def hashes(self) -> tuple[bytes, ...]:
        """SHA-256 of each text in UTF-8: what the store knows it by."""
        return tuple(sha256(text.encode()).digest() for text in self.texts)


def prepare(
    texts: Sequence[str | None],
    tokens: Tokens,
    *,
    limit_tokens: int | None = None,
    too_long: TooLong = "cut",
    prefix: str = "",
) -> Prepared:
    """One text per row, as fill() gives them. prefix is what the encoder puts before each text: it counts as well.

    Raises ConfigError where the prefix alone fills the limit.
    """
    given = tuple(dict.fromkeys(text for text in texts if text))
    taken = tokens.measure([prefix], None)[0].tokens if prefix else 0
    if limit_tokens is not None and taken >= limit_tokens:
        raise ConfigError(f"The prefix {prefix!r} leaves no room in {limit_tokens} tokens.")
    room = None if limit_tokens is None else limit_tokens - taken
    measured = dict(zip(given, tokens.measure(given, room), strict=True))
    long = {text for text in given if measured[text].text != text}
    refused = long if too_long == "refuse" else set()
    sent = {text: measured[text] for text in given if text not in refused and measured[text].text.strip()}
    distinct = {kept.text: kept.tokens + taken for kept in sent.values()}
    places = {text: place for place, text in enumerate(distinct)}
    return Prepared(
        texts=tuple(distinct),
        tokens=tuple(distinct.values()),
        row_texts=tuple(places[sent[text].text] if text and text in sent else NO_TEXT for text in texts),
        cut=tuple(text in long and text not in refused for text in texts),
        refused=tuple(text in refused for text in texts),
        error=tokens.error,
        limit_tokens=limit_tokens,
    )
