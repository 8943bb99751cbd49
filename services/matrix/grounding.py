"""What in an answer stands in the row it was asked about, found by looking and not by another model's opinion.

The words are "stands in the row" and "does not": what is not there may still be right, as a sum or a rounding is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.matrix import amounts, claims, dates
from services.matrix.claims import Claim, Kind
from services.matrix.numbers import value as written
from services.matrix.template import cell_text
from services.tables.source import Cell

MAX_ANSWER_CHARACTERS = 50_000
THE_PROMPT = "the prompt"

_GAPS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*")
_QUOTES = "\"'“”„‚‘’«»"


@dataclass(frozen=True)
class Mark:
    """text[start:end] of the answer. where: the column it stands in, or THE_PROMPT; empty where it stands nowhere."""

    start: int
    end: int
    kind: Kind
    grounded: bool
    where: str = ""


@dataclass(frozen=True)
class Grounding:
    """marks in the order of the answer. unread: it is longer than MAX_ANSWER_CHARACTERS, and its end unmarked."""

    marks: tuple[Mark, ...]
    unread: bool = False

    @property
    def judged(self) -> int:
        return len(self.marks)

    @property
    def grounded(self) -> int:
        return sum(mark.grounded for mark in self.marks)


class Given:
    """What the model was given about one row: the values of the columns in its prompt, and the prompt's own words."""

    def __init__(self, values: Mapping[str, Cell], prompt: Iterable[str]) -> None:
        """prompt: the template without its values, the system prompt, the names of the columns."""
        self._where: dict[str, str] = {}
        self._texts: list[tuple[str, str]] = []
        self._currencies: dict[str, str] = {}
        for name, cell in values.items():
            self._take(name, cell)
        for text in prompt:
            self._take(THE_PROMPT, text)

    def marks(self, answer: str) -> Grounding:
        read = answer[:MAX_ANSWER_CHARACTERS]
        found = tuple(mark for claim in claims.claims(read) for mark in self._marked(claim))
        return Grounding(found, len(read) < len(answer))

    def _take(self, name: str, cell: Cell) -> None:
        text = cell_text(cell)
        self._texts.append((name, _plain(text)))
        for code in amounts.currencies(text):
            self._currencies.setdefault(code, name)
        for key in _keys(cell, text):
            self._where.setdefault(key, name)

    def _marked(self, claim: Claim) -> Iterator[Mark]:
        where = self._found(claim)
        parts = [mark for part in claim.parts for mark in self._marked(part)]
        if not where and claim.parts and (claim.splits or all(mark.grounded for mark in parts)):
            yield from parts
        else:
            yield Mark(claim.start, claim.end, claim.kind, bool(where), where)

    def _found(self, claim: Claim) -> str:
        if claim.kind == "quote":
            return next((self._quoted(words) for words in claim.keys), "")
        where = next((self._where[key] for key in sorted(claim.keys) if key in self._where), "")
        if claim.currencies and self._currencies and not claim.currencies & self._currencies.keys():
            return ""
        return where

    def _quoted(self, words: str) -> str:
        """Where all pieces of a quotation stand in one text in their order; what its ends hold of stops is left out."""
        pieces = [piece.strip(" .,;:!?") for piece in _GAPS.split(_plain(words))]
        wanted = [piece for piece in pieces if piece]
        return next((name for name, text in self._texts if wanted and _in_order(wanted, text)), "")


def given(values: Mapping[str, Cell], sent: Sequence[str], template_texts: Sequence[str], system: str) -> Given:
    """values: the whole row; sent: the names of the columns that the prompt carries."""
    return Given({name: values[name] for name in sent}, (*template_texts, system, *sent))


def _keys(cell: Cell, text: str) -> Iterator[str]:
    """All that a value can be called."""
    if isinstance(cell, bool) or cell is None:
        return
    if isinstance(cell, int | float | Decimal):
        yield from _number_keys(Decimal(str(cell)))
    elif isinstance(cell, date):
        yield from claims.date_keys(dates.keys_of(cell))
        yield claims.number_key(str(cell.year))
    else:
        yield from _text_keys(claims.claims(text, given=True))


def _number_keys(number: Decimal) -> Iterator[str]:
    if number.is_finite():
        whole, _, decimals = cell_text(abs(number)).partition(".")
        yield claims.number_key(written(whole, decimals))


def _text_keys(found: Iterable[Claim]) -> Iterator[str]:
    for claim in found:
        yield from claim.keys
        yield from _text_keys(claim.parts)
        days = {key[2:] for key in claim.keys if key.startswith("d:")}
        yield from claims.date_keys(dates.widened(days))
        yield from (claims.number_key(day[:4]) for day in days if len(day) >= len("2024-01"))


def _in_order(pieces: Sequence[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _plain(text: str) -> str:
    """Case, white space and the shape of quotes left out."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return " ".join("".join(character for character in folded if character not in _QUOTES).split())
