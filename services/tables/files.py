"""What a file of a sample holds: its rows, what was found out about them, and where all that comes from. As CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from services.endpoints import Word
from services.spreadsheet import cell
from services.tables.source import Cell, Sample
from services.well_formed import well_formed

Extra = Mapping[str, Sequence[Cell] | npt.NDArray[Any]]

_ROW_NUMBER, _VECTOR = "sample_row", "vector"
_ORIGIN = ("source", "encoder", "word", "exported_at")


@dataclass(frozen=True)
class Origin:
    """Whose vectors, or figures made of them, a file holds; model is the id the server said it served."""

    encoder: str
    word: Word
    exported_at: datetime
    model: str | None = None


@dataclass(frozen=True)
class Field:
    """One column of a file; its name is no other column's."""

    name: str
    values: tuple[Cell, ...]


def fields(sample: Sample, extra: Extra) -> tuple[Field, ...]:
    """The sample's own columns under their own names, the number of each row from 1, then extra, renamed where taken.

    A number of an array that is NaN is no value. Raises ValueError for a column of another length than the sample.
    """
    own = [Field(column.name, tuple(row[i] for row in sample.rows)) for i, column in enumerate(sample.columns)]
    added = [Field(row_number_name(sample), tuple(range(1, len(sample.rows) + 1)))]
    for name, values in extra.items():
        if len(values) != len(sample.rows):
            raise ValueError(f"{name} has {len(values)} values for {len(sample.rows)} rows.")
        taken = [vector_name(sample), *(field.name for field in (*own, *added))]
        added.append(Field(free_name(name, taken), _plain(values)))
    return (*own, *added)


def row_number_name(sample: Sample) -> str:
    return free_name(_ROW_NUMBER, [column.name for column in sample.columns])


def vector_name(sample: Sample) -> str:
    return free_name(_VECTOR, [column.name for column in sample.columns])


def free_name(name: str, taken: Sequence[str]) -> str:
    """name, or name_2, name_3 … where it is taken, in whatever case: not every reader tells cases apart."""
    used = {other.casefold() for other in taken}
    tried = (name if number == 1 else f"{name}_{number}" for number in range(1, len(used) + 2))
    return next(one for one in tried if one.casefold() not in used)


def as_csv(sample: Sample, origin: Origin, extra: Extra | None = None) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes umlauts for other letters; CRLF; NULL is an empty field.

    A text that a spreadsheet would take for a formula gets a quote in front; numbers stay numbers. Every line says
    where its row and its vector come from.
    """
    columns = list(fields(sample, {} if extra is None else extra))
    whence = (sample.source, origin.encoder, origin.word, origin.exported_at.isoformat())
    for name, value in zip(_ORIGIN, whence, strict=True):
        taken = [column.name for column in columns]
        columns.append(Field(free_name(name, taken), (value,) * len(sample.rows)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(column.name) for column in columns])
    for at in range(len(sample.rows)):
        writer.writerow([cell(_finite(column.values[at])) for column in columns])
    return well_formed(out.getvalue()).encode("utf-8-sig")


def _plain(values: Sequence[Cell] | npt.NDArray[Any]) -> tuple[Cell, ...]:
    if not isinstance(values, np.ndarray):
        return tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    return tuple(None if isinstance(value, float) and math.isnan(value) else value for value in values.tolist())


def _finite(value: Cell) -> Cell:
    """Minus infinity as a text: as a number it would be taken for a formula."""
    infinite = isinstance(value, float | Decimal) and not math.isfinite(value)
    return str(value) if infinite else value
