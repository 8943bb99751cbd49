"""Columns of cells as Arrow keeps them: each of the type that holds all of its values exactly, or else as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from services.tables.source import Cell
from services.well_formed import well_formed

_MOST_DIGITS = 38
_EXACT_IN_A_FLOAT = 2**53
_LARGEST_WHOLE = 2**63


def arrow_table(columns: Mapping[str, Sequence[Cell]]) -> Any:
    """A pyarrow.Table of columns by name."""
    import pyarrow as pa

    return pa.table({well_formed(name): array(values, exact_type(values)) for name, values in columns.items()})


def exact_type(values: Sequence[Cell]) -> Any:
    """The Arrow type that holds all values exactly; None where there is none, and they become text."""
    import pyarrow as pa

    given = [value for value in values if value is not None]
    kinds = frozenset(type(value) for value in given)
    if kinds == {Decimal}:
        return _decimal_type(given)
    known: Mapping[frozenset[type], tuple[Any, Callable[[Any], bool]]] = {
        frozenset(): (pa.string(), _always),
        frozenset({str}): (pa.string(), _always),
        frozenset({bool}): (pa.bool_(), _always),
        frozenset({int}): (pa.int64(), lambda value: -_LARGEST_WHOLE <= value < _LARGEST_WHOLE),
        frozenset({float}): (pa.float64(), _always),
        frozenset({int, float}): (pa.float64(), lambda value: type(value) is float or abs(value) <= _EXACT_IN_A_FLOAT),
        frozenset({date}): (pa.date32(), _always),
        frozenset({time}): (pa.time64("us"), _is_local),
        frozenset({datetime}): (pa.timestamp("us"), _is_local),
    }
    kind, fits = known.get(kinds, (None, _always))
    return kind if all(map(fits, given)) else None


def array(values: Sequence[Cell], kind: Any) -> Any:
    """kind is what exact_type gave for them."""
    import pyarrow as pa

    if kind is None or kind == pa.string():
        return pa.array([None if value is None else well_formed(str(value)) for value in values], pa.string())
    return pa.array(values, kind)


def _always(_: Cell) -> bool:
    return True


def _is_local(value: datetime | time) -> bool:
    return value.tzinfo is None


def _decimal_type(values: list[Any]) -> Any:
    """As many digits before and after the point as any value has, if they are 38 at most together."""
    import pyarrow as pa

    if not all(value.is_finite() for value in values):
        return None
    after = max(max(0, -value.as_tuple().exponent) for value in values)
    before = max(max(0, value.adjusted() + 1) for value in values)
    return pa.decimal128(before + after, after) if before + after <= _MOST_DIGITS else None
