"""Samples whose every cell is a trap, for tests of what is made of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from services.tables.files import Origin
from services.tables.source import Cell, Column, ObjectName, Sample, TableInfo

ORIGIN = Origin("static-minilm-l6-v2-256", "local", datetime(2026, 3, 1, 9, 30, tzinfo=UTC))


def sample(
    columns: dict[str, list[Cell]], *, keys: dict[str, tuple[str, int | None]] | None = None, name: str = "ZPUMPS"
) -> Sample:
    """columns by name; keys: of those that are key columns, type and length."""
    typed = {} if keys is None else keys
    made = tuple(
        Column(column, typed[column][0], typed[column][1], key=True) if column in typed else Column(column, "NVARCHAR")
        for column in columns
    )
    rows = tuple(zip(*columns.values(), strict=True))
    return Sample("demo", False, TableInfo(ObjectName("ZDEMO", name), "table"), made, rows, "the first rows", total=99)


def odd() -> Sample:
    """Every kind of value, NULL, and what breaks files."""
    return sample(
        {
            "whole": [1, -2, None, 2**62],
            "huge": [2**80, 1, None, 0],
            "real": [0.5, -0.0, None, 1e300],
            "exact": [Decimal("12.50"), Decimal("-0.001"), None, Decimal("1E+3")],
            "apart": [Decimal("1E-300"), Decimal("1E+300"), None, Decimal("12.5")],
            "flag": [True, False, None, True],
            "day": [date(1, 1, 1), date(9999, 12, 31), None, date(2026, 3, 1)],
            "moment": [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999), None, datetime(2026, 3, 1)],
            "hour": [time(0), time(23, 59, 59, 999_999), None, time(12)],
            "text": ['Öl, "quoted"\r\nnext', "nul\0here", None, "lone \ud800 and pair \ud83d\ude00"],
            "mixed": ["4711", 4711, None, date(2026, 3, 1)],
            "nothing": [None, None, None, None],
        }
    )


def vectors(n: int, d: int = 4) -> npt.NDArray[np.float32]:
    """Row 1 has none."""
    made = np.arange(1, n * d + 1, dtype=np.float32).reshape(n, d)
    made[1:2] = 0
    return made
