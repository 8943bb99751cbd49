"""From rows to texts: what the template means, and what it refuses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from services.embedding.texts import MAX_TEMPLATE_CHARACTERS, default_template, fill, parse
from services.errors import ConfigError
from services.tables.source import Column
from tests.embedding.samples import numbered, sample

ROW = ("M1", "Pump", "leaks oil", Decimal("12.50"))


def filled(template: str, *row: object) -> str | None:
    return fill(template, sample([row or ROW]))[0]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{MAKTX}: {LTEXT}", "Pump: leaks oil"),
        ("{{{MAKTX}}} costs {NETPR}", "{Pump} costs 12.50"),
        ("{MAKTX}{MAKTX}", "PumpPump"),
        ("  {MAKTX} \n", "Pump"),
        ("{{MAKTX}} {MAKTX}", "{MAKTX} Pump"),
    ],
)
def test_names_stand_for_values_and_double_braces_for_themselves(template: str, text: str) -> None:
    assert filled(template) == text


def test_nulls_become_empty_and_a_row_of_nothing_has_no_text() -> None:
    rows = [(None, None, "leaks", None), (None, None, None, None), (None, "  ", "", None)]
    assert fill("{MAKTX}: {LTEXT}", sample(rows)) == (": leaks", None, None)


def test_zero_and_false_are_values() -> None:
    assert filled("{NETPR}", "M1", None, None, 0) == "0"
    assert filled("{NETPR}", "M1", None, None, False) == "False"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+2"), "100"),
        (Decimal("NaN"), None),
        (float("nan"), None),
        (float("inf"), None),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, 8, 5), "2026-11-24 08:05:00"),
    ],
)
def test_numbers_and_dates_read_as_people_write_them(value: object, text: str | None) -> None:
    assert filled("{NETPR}", "M1", None, None, value) == text


def test_an_unknown_column_is_named_with_the_near_ones() -> None:
    with pytest.raises(ConfigError, match="no column 'Maktx'; near it: MAKTX") as caught:
        filled("{Maktx}: {LTEXT}")
    assert "{COLUMN}" in caught.value.remedy


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("", "names no column"),
        ("all alike", "names no column"),
        ("{{MAKTX}}", "names no column"),
        ("{MAKTX", "nothing closes"),
        ("MAKTX}", "closes nothing"),
        ("{}", "no column ''"),
        ("{MAKTX.__class__}", "no column 'MAKTX.__class__'"),
        ("{0}", "no column '0'"),
        ("{" + "X" * 3000 + "}", "no column 'XXX"),
        ("x" * (MAX_TEMPLATE_CHARACTERS + 1), "more than 4,000 characters"),
    ],
)
def test_a_template_that_cannot_be_right_is_one_sentence(template: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        filled(template)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("name", ["/BIC/AZTAB2", 'we"ird', "a}b", "{x", "{x}", "a b", "Größe", "{{", "}"])
def test_every_name_a_catalogue_allows_can_be_written(name: str) -> None:
    hostile = (Column(name, "NVARCHAR", text=True), Column("OTHER", "NVARCHAR", text=True))
    assert fill(f"<{{{name}}}> {{OTHER}}", sample([("v", "o")], hostile)) == ("<v> o",)


def test_of_two_names_that_fit_the_longer_one_is_meant() -> None:
    assert parse("{a}b}", ["a", "a}b"]).columns == ("a}b",)


def test_what_stands_in_a_cell_is_never_read_as_a_template() -> None:
    assert filled("{MAKTX} {LTEXT}", "M1", "{LTEXT}", "{{x", None) == "{LTEXT} {{x"


def test_a_template_that_would_fill_the_memory_is_refused_by_its_row() -> None:
    long = sample([("M1", "Pump", "short", None), ("M2", "Pump", "x" * 4000, None)])
    with pytest.raises(ConfigError, match="row 2 would have more than 40,000 characters"):
        fill("{LTEXT}" * 500, long)


def test_half_an_emoji_does_not_reach_the_wire() -> None:
    assert filled("{MAKTX}", "M1", "pump \ud83d", None, None) == "pump ?"


def test_a_column_that_cannot_be_read_is_unknown() -> None:
    columns = (Column("PHOTO", "ST_GEOMETRY", readable=False), Column("NAME", "NVARCHAR", text=True))
    with pytest.raises(ConfigError, match="no column 'PHOTO'"):
        fill("{PHOTO}", sample([(None, "x")], columns))


def test_a_parsed_template_names_its_columns_once_in_order() -> None:
    assert parse("{B} {A} {B}", ["A", "B"]).columns == ("B", "A")


def test_the_default_is_the_long_text_behind_the_short_one() -> None:
    assert default_template(numbered(20)) == "{MAKTX}: {LTEXT}"


def test_the_default_passes_over_codes_keys_and_what_is_the_same_everywhere() -> None:
    columns = (
        Column("MANDT", "NVARCHAR", text=True),
        Column("STATUS", "NVARCHAR", text=True),
        Column("ANSWER", "NVARCHAR", text=True, hidden=True),
        Column("NOTE", "NVARCHAR", text=True),
    )
    rows = [("100", "open and new", f"what {n} is about in truth", f"The belt {n} slips") for n in range(50)]
    assert default_template(sample(rows, columns)) == "{NOTE}"


def test_a_table_of_codes_still_has_a_default() -> None:
    columns = (Column("ID", "INTEGER", key=True), Column("WERKS", "NVARCHAR", text=True))
    assert default_template(sample([(1, "1000")], columns)) == "{WERKS}"
    assert default_template(sample([(1,)], columns[:1])) == "{ID}"
    assert default_template(sample([], ())) == ""
