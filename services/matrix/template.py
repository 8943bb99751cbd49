"""A prompt with {{COLUMN}} in it, filled with the values of one row, which are data: braces in them stay braces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches

from services.errors import BadRequestError
from services.tables.source import Cell, Sample
from services.wire.json_text import repaired

MAX_TEMPLATE_CHARACTERS = 20_000
MAX_VALUE_CHARACTERS = 2_000
REMEDY = "Correct the prompt; {{COLUMN}} stands for a column's value, in its exact case."

_SLOT = re.compile(r"\{\{([^{}\n]*)\}\}")
_SHOWN_CHARACTERS = 60
# Beyond this many digits a decimal is written with its exponent: 1E+6111 is a value that HANA can hold.
_PLAIN_DIGITS = 60


@dataclass(frozen=True)
class Template:
    """Made by parse(). texts has one item more than slots: what stands before, between and after the columns."""

    texts: tuple[str, ...]
    slots: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Each once, in order of first use."""
        return tuple(dict.fromkeys(self.slots))


@dataclass(frozen=True)
class Filled:
    """The prompt of one row. empty: columns that are NULL there; cut: columns of which only the start is sent."""

    text: str
    empty: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a preview is told, one sentence each."""
        return (
            *(f"{name} is NULL in this row: an empty text stands in its place." for name in self.empty),
            *(f"{name} is long: only its start is sent, with a mark where it is cut." for name in self.cut),
        )


def parse(template: str, columns: Sequence[str]) -> Template:
    """{{NAME}} stands for a column, in its exact case; spaces inside the braces are allowed.

    Raises BadRequestError in one sentence: an unknown column with the nearest, no column at all, too long a text.
    """
    if len(template) > MAX_TEMPLATE_CHARACTERS:
        raise _wrong(f"The prompt has {len(template):,} characters; at most {MAX_TEMPLATE_CHARACTERS:,} are taken.")
    known = set(columns)
    pieces = _SLOT.split(template)
    slots = tuple(name if name in known else name.strip(" ") for name in pieces[1::2])
    for name in slots:
        if name not in known:
            raise _unknown(name, columns)
    if not slots:
        raise _wrong("The prompt names no column, so every row would be asked the same.")
    return Template(tuple(pieces[::2]), slots)


def fill(template: str, sample: Sample, row: int) -> str:
    """The prompt as it is sent for that row of the sample, counted from 0. Raises as parse(), and IndexError."""
    return filled(parse(template, readable(sample)), sample, row).text


def filled(template: Template, sample: Sample, row: int, *, max_characters: int = MAX_VALUE_CHARACTERS) -> Filled:
    """Of a longer value the first max_characters are sent. Half an emoji, which UTF-8 cannot carry, becomes U+FFFD."""
    values = cells(sample, row)
    texts = {name: cell_text(values[name]) for name in template.columns}
    sent = {name: cut(text, max_characters) for name, text in texts.items()}
    parts = [template.texts[0]]
    for name, after in zip(template.slots, template.texts[1:], strict=True):
        parts += (sent[name], after)
    return Filled(
        repaired("".join(parts)),
        tuple(name for name in template.columns if values[name] is None),
        tuple(name for name in template.columns if sent[name] != texts[name]),
    )


def cells(sample: Sample, row: int) -> dict[str, Cell]:
    """The values of one row by the name of their column."""
    return {column.name: value for column, value in zip(sample.columns, sample.rows[row], strict=True)}


def cell_text(value: Cell) -> str:
    """A value as it stands in a prompt: dates in ISO form, decimals without exponent, NULL as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = value.is_finite() and abs(value.adjusted()) < _PLAIN_DIGITS
        return f"{value:f}" if plain else str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def cut(text: str, max_characters: int) -> str:
    """The start of a text that is longer, and a mark that says so."""
    if len(text) <= max_characters:
        return text
    return f"{text[:max_characters]} [… cut]"


def readable(sample: Sample) -> list[str]:
    return [column.name for column in sample.columns if column.readable]


def _unknown(name: str, columns: Sequence[str]) -> BadRequestError:
    if not name:
        return _wrong("{{}} names no column.")
    shown = f"{name[:_SHOWN_CHARACTERS]}…" if len(name) > _SHOWN_CHARACTERS else name
    by_folded = {column.casefold(): column for column in columns}
    near = get_close_matches(name[: 4 * _SHOWN_CHARACTERS].casefold(), list(by_folded), n=1, cutoff=0.5)
    hint = f"; the nearest is {by_folded[near[0]]}" if near else ""
    return _wrong(f"The rows have no column {shown}{hint}.")


def _wrong(message: str) -> BadRequestError:
    return BadRequestError(message, remedy=REMEDY)
