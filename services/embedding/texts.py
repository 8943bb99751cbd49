"""Rows to texts: a template over the columns of a sample, such as "{MAKTX}: {LTEXT}"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from statistics import fmean

from services.errors import ConfigError
from services.tables.source import Cell, Column, Sample

MAX_TEMPLATE_CHARACTERS = 4_000
# Of one row: a template that names a long column a hundred times would fill the memory.
MAX_TEXT_CHARACTERS = 40_000
# Of a text column, in words a row: a code has one, a short text like "Seal drips at flange" a few.
_WORDY, _DISTINCT_SHARE = 1.5, 0.1


@dataclass(frozen=True)
class Piece:
    """Of a template: words of its own, or the name of a column."""

    text: str
    is_column: bool


@dataclass(frozen=True)
class Template:
    """Made by parse(): at least one piece is a column."""

    pieces: tuple[Piece, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Each once, in order of first use."""
        return tuple(dict.fromkeys(piece.text for piece in self.pieces if piece.is_column))


def parse(template: str, columns: Sequence[str]) -> Template:
    """{NAME} stands for a column, in its exact case; {{ and }} are braces. Of names that both fit, the longer wins.

    Raises ConfigError in one sentence: an unknown column with the near ones, a brace alone, no column at all.
    """
    if len(template) > MAX_TEMPLATE_CHARACTERS:
        raise _wrong(f"The template has more than {MAX_TEMPLATE_CHARACTERS:,} characters.")
    pieces: list[Piece] = []
    by_length = sorted(columns, key=len, reverse=True)
    at = 0
    while at < len(template):
        piece, at = _next(template, at, by_length)
        pieces.append(piece)
    if not any(piece.is_column for piece in pieces):
        raise _wrong("The template names no column, so every row would have the same text.")
    return Template(tuple(pieces))


def fill(template: str | Template, sample: Sample) -> tuple[str | None, ...]:
    """The text of each row, white space around it stripped; None where all of the template's columns are empty.

    Raises ConfigError as parse() does, and for a row of more than MAX_TEXT_CHARACTERS. What UTF-8 cannot carry (half an
    emoji) becomes "?", so that the text that is counted, stored and sent is one and the same.
    """
    parsed = parse(template, _readable(sample)) if isinstance(template, str) else template
    cells = {name: [_text(value) for value in sample.column(name)] for name in parsed.columns}
    return tuple(_filled(parsed, {name: cells[name][row] for name in cells}, row) for row in range(len(sample.rows)))


def default_template(sample: Sample) -> str:
    """The longest text column, with a short text in front of it if there is one; the first column of a table of codes.

    Empty for a sample without a readable column.
    """
    shown = [column for column in sample.columns if column.readable and not column.hidden]
    words = {column.name: _words_per_row(sample, column) for column in shown if column.text and not column.key}
    texts = [name for name in words if words[name] >= _WORDY]
    if not texts:
        candidates = [*words, *(column.name for column in shown)]
        return f"{{{candidates[0]}}}" if candidates else ""
    longest = max(texts, key=words.__getitem__)
    titles = [name for name in texts if name != longest and _tells_apart(sample, name)]
    if not titles:
        return f"{{{longest}}}"
    return f"{{{min(titles, key=words.__getitem__)}}}: {{{longest}}}"


def _next(template: str, at: int, by_length: Sequence[str]) -> tuple[Piece, int]:
    """The piece that begins at `at`, and where the one after it begins."""
    rest = template[at:]
    if rest[0] == "{":
        for name in by_length:
            if rest.startswith(f"{name}}}", 1):
                return Piece(name, is_column=True), at + len(name) + 2
    if rest.startswith(("{{", "}}")):
        return Piece(rest[0], is_column=False), at + 2
    if rest[0] == "{":
        raise _unknown(rest[1:], by_length)
    if rest[0] == "}":
        raise _wrong("The template has a } that closes nothing; write }} for the character itself.")
    end = min((found for brace in "{}" if (found := rest.find(brace)) >= 0), default=len(rest))
    return Piece(rest[:end], is_column=False), at + end


def _unknown(after_brace: str, columns: Sequence[str]) -> ConfigError:
    name, closing, _ = after_brace.partition("}")
    if not closing:
        return _wrong("The template has a { that nothing closes; write {{ for the character itself.")
    shown = f"{name[:60]}…" if len(name) > 60 else name
    folded = {column.casefold(): column for column in columns}
    near = [folded[key] for key in get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)]
    hint = f"; near it: {', '.join(near)}" if near else ""
    return _wrong(f"The sample has no column {shown!r}{hint}.")


def _filled(template: Template, cells: dict[str, str], row: int) -> str | None:
    if not any(cells.values()):
        return None
    pieces = [cells[piece.text] if piece.is_column else piece.text for piece in template.pieces]
    if sum(map(len, pieces)) > MAX_TEXT_CHARACTERS:
        raise _wrong(f"The text of row {row + 1} would have more than {MAX_TEXT_CHARACTERS:,} characters.")
    text = "".join(pieces).encode("utf-8", "replace").decode("utf-8")
    return text.strip()


def _text(value: Cell) -> str:
    """Stripped; empty for NULL and for a float that is no number."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value).strip()


def _readable(sample: Sample) -> list[str]:
    return [column.name for column in sample.columns if column.readable]


def _words_per_row(sample: Sample, column: Column) -> float:
    """Of the rows that have a text; 0 where none has."""
    counts = [len(text.split()) for value in sample.column(column.name) if (text := _text(value))]
    return fmean(counts) if counts else 0.0


def _tells_apart(sample: Sample, name: str) -> bool:
    texts = [text for value in sample.column(name) if (text := _text(value))]
    return len(set(texts)) > _DISTINCT_SHARE * len(texts)


def _wrong(message: str) -> ConfigError:
    return ConfigError(message, remedy="Correct the template; {COLUMN} stands for a column's value.")
