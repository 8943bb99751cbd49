"""A prompt is filled with one row's values: exact names, no value ever read as a template, nothing unbounded."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from services.errors import BadRequestError
from services.matrix.template import Filled, cell_text, fill, filled, parse
from services.tables.source import Cell
from tests.matrix.rows import materials, sample


def test_columns_are_filled_in_with_or_without_spaces_in_the_braces() -> None:
    assert fill("{{MATNR}}: {{ MAKTX }}!", materials(2), 1) == "MAT-00001: Pump P101!"


def test_other_braces_stay_as_they_are() -> None:
    assert fill('{"a": {{MATNR}}, "b": {}} {MAKTX} {{', materials(), 0) == '{"a": MAT-00000, "b": {}} {MAKTX} {{'


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{matnr}}", "The rows have no column matnr; the nearest is MATNR."),
        ("{{MAKT}} {{MATNR}}", "The rows have no column MAKT; the nearest is MAKTX."),
        ("{{qqqqqq}}", "The rows have no column qqqqqq."),
        ("{{}}", "{{}} names no column."),
        ("Hello", "The prompt names no column, so every row would be asked the same."),
        ("", "The prompt names no column, so every row would be asked the same."),
        ("{{" + "x" * 500 + "}}", "The rows have no column " + "x" * 60 + "…."),
    ],
)
def test_what_cannot_be_filled_is_said_in_one_sentence(template: str, says: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        fill(template, materials(), 0)
    assert caught.value.message == says


def test_a_huge_template_is_refused_and_a_hostile_one_is_read_in_no_time() -> None:
    with pytest.raises(BadRequestError, match="at most 20,000"):
        fill("{{MATNR}}" + "x" * 20_000, materials(), 0)
    with pytest.raises(BadRequestError):
        fill("{{" * 9_999, materials(), 0)


def test_a_value_is_data_even_where_it_looks_like_a_column() -> None:
    rows = sample(("{{NOTE}}", "secret"), names=("MAKTX", "NOTE"))
    assert fill("Say {{MAKTX}}", rows, 0) == "Say {{NOTE}}"


def test_null_becomes_an_empty_text_and_the_preview_says_so() -> None:
    made = filled(parse("[{{NOTE}}] {{MATNR}}", ["NOTE", "MATNR"]), materials(), 0)
    assert made.text == "[] MAT-00000"
    assert made.notes == ("NOTE is NULL in this row: an empty text stands in its place.",)


def test_a_long_value_is_cut_with_a_mark_and_the_preview_says_so() -> None:
    made = filled(parse("{{NOTE}}", ["NOTE"]), sample(("x" * 3_000,), names=("NOTE",)), 0)
    assert made == Filled("x" * 2_000 + " [… cut]", cut=("NOTE",))
    assert made.notes == ("NOTE is long: only its start is sent, with a mark where it is cut.",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (True, "true"),
        ("", ""),
        (Decimal("1234.50"), "1234.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+6111"), "1E+6111"),
        (Decimal("NaN"), "NaN"),
        (float("nan"), "nan"),
        (date(2024, 1, 5), "2024-01-05"),
        (datetime(2024, 1, 5, 7, 30), "2024-01-05T07:30:00"),
        ("Grüße 😀", "Grüße 😀"),
    ],
)
def test_values_are_written_plainly(value: Cell, text: str) -> None:
    assert cell_text(value) == text


def test_half_an_emoji_and_a_zero_byte_do_not_reach_the_wire() -> None:
    assert fill("{{NOTE}}", sample(("a\ud83d b\x00",), names=("NOTE",)), 0) == "a\ufffd b\ufffd"


def test_names_of_any_shape_are_columns() -> None:
    rows = sample((1, 2, 3), names=("Größe in cm", " spaced ", "SHORT$/\\1"))
    assert fill("{{Größe in cm}}|{{ spaced }}|{{SHORT$/\\1}}", rows, 0) == "1|2|3"
