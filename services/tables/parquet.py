"""A sample and its vectors as Parquet, typed, and saying where they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.tables.arrow import array, exact_type
from services.tables.files import Extra, Origin, fields, vector_name
from services.tables.source import Sample
from services.well_formed import well_formed

FORMAT = "together-playground-rows/1"


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
    types = [exact_type(column.values) for column in columns]
    arrays = {well_formed(column.name): array(column.values, kind) for column, kind in zip(columns, types, strict=True)}
    as_text = [column.name for column, kind in zip(columns, types, strict=True) if kind is None]
    arrays[well_formed(vector_name(sample))] = _vector_array(vectors)
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
        return orjson.dumps([well_formed(text) for text in value])
    return orjson.dumps(well_formed(value) if isinstance(value, str) else value)


def _vector_array(vectors: npt.NDArray[np.float32]) -> Any:
    import pyarrow as pa

    has = np.any(vectors, axis=1)
    ends = np.concatenate([[0], np.cumsum(np.where(has, vectors.shape[1], 0))]).astype(np.int32)
    numbers = pa.array(vectors[has].ravel().astype(np.float32), pa.float32())
    return pa.ListArray.from_arrays(pa.array(ends), numbers, mask=pa.array(~has))
