"""A small invented sample, and what tests make of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.tables.source import Cell, Column, ObjectName, Sample, TableInfo

COLUMNS = (
    Column("MATNR", "NVARCHAR", 18, nullable=False, key=True, text=True),
    Column("MAKTX", "NVARCHAR", 40, text=True),
    Column("LTEXT", "NCLOB", text=True),
    Column("NETPR", "DECIMAL", 11, 2),
)


def sample(rows: Sequence[Sequence[Cell]], columns: tuple[Column, ...] = COLUMNS) -> Sample:
    info = TableInfo(ObjectName("ZDEMO", "ZDEMO_MATERIAL"), "table")
    return Sample("Invented", False, info, columns, tuple(map(tuple, rows)), "the first rows")


def numbered(rows: int) -> Sample:
    """Materials with distinct texts of two columns."""
    return sample([(f"M{n}", f"Pump {n}", f"Pump {n} leaks oil at the seal of line {n % 7}.", n) for n in range(rows)])
