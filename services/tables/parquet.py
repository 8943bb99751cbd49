"""A sample and its vectors as Parquet, typed, and saying where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.tables.files import Extra, Origin, fields, readable, vector_name
from services.tables.source import Cell, Sample

FORMAT = "together-playground-rows/1"
_MOST_DIGITS = 38
_EXACT_IN_A_FLOAT = 2**53
_LARGEST_WHOLE = 2**63


def as_parquet(sample: Sample, vectors: npt.NDArray[np.float32], origin: Origin, extra: Extra | None = None) -> bytes:
    """The rows and, as list<float32>, their vectors (n, d), NULL for a row of zeros. Opens in pandas and DuckDB.

    A column keeps its type where all of its values have one that Parquet knows. Otherwise they are text, and the
    metadata lists the column under as_text. The metadata's keys begin with "playground."; its values are JSON.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    if len(vectors) != len(sample.rows):
        raise ValueError(f"{len(vectors)} vectors for {len(sample.rows)} rows.")
    columns = fields(sample, {} if extra is None else extra)
    types = [_type(column.values) for column in columns]
    arrays = {readable(column.name): _array(column.values, kind) for column, kind in zip(columns, types, strict=True)}
    as_text = [column.name for column, kind in zip(columns, types, strict=True) if kind is None]
    arrays[readable(vector_name(sample))] = _vector_array(vectors)
    facts = _facts(sample, origin) | {"dimensions": vectors.shape[1], "as_text": as_text}
    table = pa.table(arrays).replace_schema_metadata({f"playground.{k}": _json(v) for k, v in facts.items()})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())


def _facts(sample: Sample, origin: Origin) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "source": sample.source,
        "live": sample.live,
        "schema": sample.info.object.schema,
        "object": sample.info.object.name,
        "how": sample.how,
        "total": sample.total,
        "cut": list(sample.cut),
        "encoder": origin.encoder,
        "model": origin.model,
        "word": origin.word,
        "exported_at": origin.exported_at,
    }


def _json(value: object) -> bytes:
    if isinstance(value, list):
        return orjson.dumps([readable(text) for text in value])
    return orjson.dumps(readable(value) if isinstance(value, str) else value)


def _type(values: tuple[Cell, ...]) -> Any:
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


def _array(values: tuple[Cell, ...], kind: Any) -> Any:
    import pyarrow as pa

    if kind is None or kind == pa.string():
        return pa.array([None if value is None else readable(str(value)) for value in values], pa.string())
    return pa.array(values, kind)


def _vector_array(vectors: npt.NDArray[np.float32]) -> Any:
    import pyarrow as pa

    has = np.any(vectors, axis=1)
    ends = np.concatenate([[0], np.cumsum(np.where(has, vectors.shape[1], 0))]).astype(np.int32)
    numbers = pa.array(vectors[has].ravel().astype(np.float32), pa.float32())
    return pa.ListArray.from_arrays(pa.array(ends), numbers, mask=pa.array(~has))
