"""The rows of a sample: drawn as planned, each value as it can be shown, the whole within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.errors import ProviderError
from services.tables import hana_statements as statements
from services.tables.hana_link import Pieces
from services.tables.hana_sampling import Draw
from services.tables.hana_session import Session
from services.tables.hana_types import FETCHED_BYTES, READINGS, cell, expression
from services.tables.source import Cell, Column, ObjectName


@dataclass(frozen=True)
class Drawn:
    """how is the sentence of the draw that worked; cut names columns."""

    rows: tuple[tuple[Cell, ...], ...]
    how: str
    cut: tuple[str, ...]


def drawn(
    session: Session, name: ObjectName, columns: Sequence[Column], draws: Sequence[Draw], rows: int, max_characters: int
) -> Drawn:
    """By the first of draws that the database accepts. Raises what it said of the last."""
    refusal = ""
    for n, draw in enumerate(draws, start=1):
        try:
            return _Reader(session, columns, max_characters).read(name, draw, rows, refusal)
        except ProviderError as problem:
            if n == len(draws):
                raise
            refusal = "" if problem.code is None else problem.code
    raise ValueError("no way to draw was given")


class _Reader:
    def __init__(self, session: Session, columns: Sequence[Column], max_characters: int) -> None:
        self._session, self._columns, self._left = session, columns, max_characters
        self._cut: set[str] = set()

    def read(self, name: ObjectName, draw: Draw, limit: int, refusal: str) -> Drawn:
        expressions = [expression(column.name, column.type) for column in self._columns]
        statement = statements.sample(name, expressions, draw.tail)
        lobs = frozenset(at for at, column in enumerate(self._columns) if READINGS[column.type].lob)
        pieces = Pieces(lobs, FETCHED_BYTES) if lobs else None
        rows: list[tuple[Cell, ...]] = []
        for batch in self._session.batches(statement, limit, pieces):
            rows += [self._row(row) for row in batch]
            if self._left < 0:
                break
        how = draw.said(len(rows), limit, refusal=refusal, ended_early=self._left < 0)
        return Drawn(tuple(rows), how, tuple(c.name for c in self._columns if c.name in self._cut))

    def _row(self, row: Sequence[Any]) -> tuple[Cell, ...]:
        return tuple(self._cell(value, column) for value, column in zip(row, self._columns, strict=True))

    def _cell(self, value: Any, column: Column) -> Cell:
        shown, cut = cell(value, column.type)
        if cut:
            self._cut.add(column.name)
        self._left -= len(shown) if isinstance(shown, str) else 8
        return shown
