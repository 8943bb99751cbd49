"""A Parquet file of a sample keeps types and vectors, says where they come from, and opens in what people use."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from services.tables.files import Origin
from services.tables.parquet import as_parquet
from services.tables.source import Cell
from tests.tables.rows import ORIGIN, odd, sample, vectors


def read(data: bytes) -> Any:
    return parquet.read_table(io.BytesIO(data))


def facts(data: bytes) -> dict[str, Any]:
    return {key.decode(): json.loads(value) for key, value in read(data).schema.metadata.items()}


def test_every_kind_of_value_survives_with_its_type() -> None:
    table = read(as_parquet(odd(), vectors(4), ORIGIN))
    found = table.to_pydict()
    assert found["whole"] == [1, -2, None, 2**62]
    assert found["real"] == [0.5, 0.0, None, 1e300]
    assert found["exact"] == [Decimal("12.500"), Decimal("-0.001"), None, Decimal("1000.000")]
    assert found["flag"] == [True, False, None, True]
    assert found["day"] == [date(1, 1, 1), date(9999, 12, 31), None, date(2026, 3, 1)]
    assert found["moment"] == [datetime.min, datetime.max, None, datetime(2026, 3, 1)]
    assert found["hour"] == [time(0), time.max, None, time(12)]
    assert found["text"] == ['Öl, "quoted"\r\nnext', "nul\0here", None, "lone \ufffd and pair 😀"]
    assert found["nothing"] == [None] * 4
    assert str(table.schema.field("exact").type) == "decimal128(7, 3)"


def test_values_of_no_common_type_are_text_and_the_file_says_so() -> None:
    data = as_parquet(odd(), vectors(4), ORIGIN)
    found = read(data).to_pydict()
    assert found["mixed"] == ["4711", "4711", None, "2026-03-01"]
    assert found["huge"] == [str(2**80), "1", None, "0"]
    assert facts(data)["playground.as_text"] == ["huge", "apart", "mixed"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5], "double"),
        ([2**60, 2.5], "string"),
        ([Decimal("1E+30"), Decimal("1E-8")], "string"),
        ([Decimal("1E+29"), Decimal("1E-8")], "decimal128(38, 8)"),
        ([Decimal("NaN")], "string"),
        ([Decimal("-Infinity")], "string"),
        ([Decimal("1E-6111")], "string"),
        ([Decimal("0E+20")], "decimal128(21, 0)"),
        ([Decimal(0)], "decimal128(1, 0)"),
        ([Decimal("0.01")], "decimal128(2, 2)"),
        ([True, 1], "string"),
        ([date(2026, 1, 1), datetime(2026, 1, 1)], "string"),
        ([datetime.fromisoformat("2026-01-01T00:00:00+01:00")], "string"),
        ([-(2**63)], "int64"),
        ([2**63], "string"),
        ([np.float64(0.5)], "double"),
        ([float("nan"), float("inf")], "double"),
        ([], "string"),
    ],
)
def test_a_column_has_the_type_that_holds_its_values_exactly(values: list[Cell], kind: str) -> None:
    rows = sample({"T": ["a"] * len(values)})
    table = read(as_parquet(rows, vectors(len(values)), ORIGIN, {"V": values}))
    assert str(table.schema.field("V").type) == kind
    if kind.startswith("decimal"):
        assert table.to_pydict()["V"] == values


def test_vectors_are_kept_bit_by_bit_and_a_row_of_zeros_has_none() -> None:
    given = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    given[2] = 0
    table = read(as_parquet(sample({"T": list("abcde")}), given, ORIGIN))
    assert table.schema.field("vector").type.value_type == "float"
    found = table["vector"].to_pylist()
    assert found[2] is None
    assert all(np.array_equal(np.float32(found[i]), given[i]) for i in (0, 1, 3, 4))


def test_the_file_says_where_rows_and_vectors_come_from() -> None:
    origin = Origin("served · e5", "simulated", ORIGIN.exported_at, model="made-up/e5-\ud800")
    found = facts(as_parquet(odd(), vectors(4), origin))
    assert found == {
        "playground.format": "together-playground-rows/1",
        "playground.source": "demo",
        "playground.live": False,
        "playground.schema": "ZDEMO",
        "playground.object": "ZPUMPS",
        "playground.how": "the first rows",
        "playground.total": 99,
        "playground.cut": [],
        "playground.encoder": "served · e5",
        "playground.model": "made-up/e5-\ufffd",
        "playground.word": "simulated",
        "playground.exported_at": "2026-03-01T09:30:00+00:00",
        "playground.dimensions": 4,
        "playground.as_text": ["huge", "apart", "mixed"],
    }


def test_it_opens_in_pandas() -> None:
    frame = pd.read_parquet(io.BytesIO(as_parquet(odd(), vectors(4), ORIGIN, {"x": np.array([0.5, np.nan, 1, 2])})))
    assert frame["text"].tolist()[0] == 'Öl, "quoted"\r\nnext'
    assert frame["vector"][0].dtype == np.float32
    assert frame["vector"][1] is None
    assert frame["x"].isna().tolist() == [False, True, False, False]


def test_it_opens_in_duckdb_and_can_be_searched_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(as_parquet(odd(), vectors(4), ORIGIN))
    with duckdb.connect() as database:
        nearest = database.execute(
            "SELECT sample_row FROM read_parquet(?) WHERE vector IS NOT NULL "
            "ORDER BY array_cosine_similarity(vector::FLOAT[4], [1, 2, 3, 4]::FLOAT[4]) DESC LIMIT 1",
            [str(path)],
        ).fetchall()
        exact, day = database.execute("SELECT exact, day FROM read_parquet(?)", [str(path)]).fetchall()[1]
    assert nearest == [(1,)]
    assert (exact, day) == (Decimal("-0.001"), date(9999, 12, 31))


def test_a_column_called_vector_keeps_its_name_and_the_vectors_take_another() -> None:
    table = read(as_parquet(sample({"Vector": ["a", "b"]}), vectors(2), ORIGIN, {"vector": [1, 2]}))
    assert table.column_names == ["Vector", "sample_row", "vector_3", "vector_2"]
    assert table["vector_2"].to_pylist() == [[1, 2, 3, 4], None]


@pytest.mark.parametrize("n", [0, 3])
def test_vectors_of_other_rows_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"{n} vectors for 2 rows"):
        as_parquet(sample({"T": ["a", "b"]}), vectors(n), ORIGIN)


def test_no_rows_make_a_file_without_rows() -> None:
    assert read(as_parquet(sample({"T": []}), vectors(0), ORIGIN)).num_rows == 0
