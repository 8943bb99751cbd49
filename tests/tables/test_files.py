"""A CSV of a sample opens in a spreadsheet with every value as it was, and no formula."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from services.tables.files import Origin, as_csv, fields
from services.tables.source import Cell
from tests.tables.rows import ORIGIN, odd, sample


def lines(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_a_text_that_would_be_a_formula_has_a_quote_in_front(start: str) -> None:
    (line,) = lines(as_csv(sample({"TEXT": [f"{start}SUM(A1)"]}), ORIGIN))
    assert line["TEXT"] == f"'{start}SUM(A1)"


def test_a_name_that_would_be_a_formula_has_a_quote_in_front_too() -> None:
    data = as_csv(sample({"=A1": [1]}), Origin("@encoder", "local", ORIGIN.exported_at), {"+score": [0.5]})
    (line,) = lines(data)
    assert {"'=A1", "'+score"} <= set(line)
    assert line["encoder"] == "'@encoder"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-5, "-5"),
        (-0.25, "-0.25"),
        (None, ""),
        ("", ""),
        ("-5", "'-5"),
        (float("nan"), "nan"),
        (float("-inf"), "'-inf"),
        (True, "True"),
        ('a, "b"\nc', 'a, "b"\nc'),
        ("Öl ist aus", "Öl ist aus"),
    ],
)
def test_a_value_is_shown_as_it_is(value: Cell, shown: str) -> None:
    (line,) = lines(as_csv(sample({"V": [value], "X": [1]}), ORIGIN))
    assert line["V"] == shown


def test_a_spreadsheet_is_told_that_it_is_utf_8() -> None:
    assert as_csv(sample({"T": ["Öl"]}), ORIGIN).startswith(b"\xef\xbb\xbfT,")


def test_every_line_says_where_it_comes_from() -> None:
    for line in lines(as_csv(sample({"T": ["a", "b"]}), ORIGIN)):
        assert (line["source"], line["encoder"], line["word"]) == ("demo", "static-minilm-l6-v2-256", "local")
        assert line["exported_at"] == "2026-03-01T09:30:00+00:00"


def test_every_kind_of_value_survives() -> None:
    found = lines(as_csv(odd(), ORIGIN))
    assert [line["text"] for line in found] == [
        'Öl, "quoted"\r\nnext',
        "nul\0here",
        "",
        "lone \ufffd and pair \U0001f600",
    ]
    assert [line["exact"] for line in found] == ["12.50", "-0.001", "", "1E+3"]
    assert [line["huge"] for line in found] == [str(2**80), "1", "", "0"]
    assert [line["day"] for line in found] == ["0001-01-01", "9999-12-31", "", "2026-03-01"]


def test_what_was_found_out_stands_beside_and_a_row_not_on_the_map_has_no_place() -> None:
    extra = {"x": np.array([0.25, np.nan]), "cluster": np.array([1, -1], dtype=np.int32), "score": [0.5, None]}
    first, second = lines(as_csv(sample({"T": ["a", "b"]}), ORIGIN, extra))
    assert (first["sample_row"], first["x"], first["cluster"], first["score"]) == ("1", "0.25", "1", "0.5")
    assert (second["sample_row"], second["x"], second["cluster"], second["score"]) == ("2", "", "-1", "")


def test_a_name_that_is_taken_is_not_used_twice() -> None:
    rows = sample({"x": [1], "X_2": [2], "Source": [3], "sample_row": [4], "vector": [5]})
    names = [field.name for field in fields(rows, {"x": [6], "X": [7], "vector": [8]})]
    assert names[5:] == ["sample_row_2", "x_3", "X_4", "vector_3"]
    (line,) = lines(as_csv(rows, ORIGIN, {"x": [6]}))
    assert (line["x"], line["x_3"], line["Source"], line["source_2"]) == ("1", "6", "3", "demo")


@pytest.mark.parametrize("values", [[], [1], np.zeros(3)])
def test_a_column_of_another_length_is_refused(values: list[Cell]) -> None:
    with pytest.raises(ValueError, match="2 rows"):
        as_csv(sample({"T": ["a", "b"]}), ORIGIN, {"score": values})


def test_no_rows_make_a_file_of_names() -> None:
    assert lines(as_csv(sample({"T": []}), ORIGIN)) == []
