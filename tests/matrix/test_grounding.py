"""What an answer says is looked up in its row: the same value in another form stands there, another value does not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from services.matrix.grounding import MAX_ANSWER_CHARACTERS, THE_PROMPT, Given, Grounding, given
from services.tables.source import Cell
from tests.matrix.grounding_cases import BEYOND, CASES, ROW, TEMPLATE_TEXTS, read

# A reader of a page waits for it; on a busy machine it may take many times what it does on an idle one.
PATIENCE_S = 20


def everything(values: Mapping[str, Cell] = ROW) -> Given:
    return given(values, tuple(values), TEMPLATE_TEXTS, "")


def marked(answer: str, **values: Cell) -> list[tuple[str, bool, str]]:
    found = Given(values, ()).marks(answer).marks
    return [(answer[mark.start : mark.end], mark.grounded, mark.where) for mark in found]


def found(answer: str) -> set[tuple[int, int, bool]]:
    return {(mark.start, mark.end, mark.grounded) for mark in everything().marks(answer).marks}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_marked_as_a_careful_reader_marks_it(case: str) -> None:
    answer, wanted = read(case)
    assert found(answer) == wanted


def test_over_all_answers_marks_are_as_right_as_is_said() -> None:
    """Of "stands in the row" 19 in 20 are right, of "does not" 3 in 4, and of a reader's marks 9 in 10 are found."""
    right, wrong, missed = {True: 0, False: 0}, {True: 0, False: 0}, 0
    for case in (*CASES, *BEYOND):
        answer, wanted = read(case)
        for mark in found(answer):
            (right if mark in wanted else wrong)[mark[2]] += 1
        missed += len(wanted - found(answer))
    assert len(CASES) + len(BEYOND) >= 60
    assert right[True] / (right[True] + wrong[True]) >= 0.95, (right, wrong)
    assert right[False] / (right[False] + wrong[False]) >= 0.75, (right, wrong)
    assert sum(right.values()) / (sum(right.values()) + missed) >= 0.9, missed


@pytest.mark.parametrize("case", (*CASES, *BEYOND)[::3])
def test_marks_lie_inside_the_answer_and_never_overlap(case: str) -> None:
    answer, _ = read(case)
    marks = everything().marks(answer).marks
    ends = [0, *(mark.end for mark in marks)]
    assert all(end <= mark.start < mark.end <= len(answer) for end, mark in zip(ends, marks, strict=False))


def test_a_mark_says_in_which_column_it_stands() -> None:
    found = marked("MAT-007 costs 5.50 EUR, created 3 May 2024.", A="MAT-007", B=Decimal("5.5"), C=date(2024, 5, 3))
    assert found == [("MAT-007", True, "A"), ("5.50 EUR", True, "B"), ("3 May 2024", True, "C")]


def test_a_number_of_the_prompt_counts_as_given_and_columns_that_were_not_sent_do_not() -> None:
    seen = given({"A": 11, "B": 22}, ["A"], ("At most ", " or 33 words"), "Be like it is 44.")
    marks = seen.marks("It is 11, 22, 33, 44.").marks
    assert [(mark.grounded, mark.where) for mark in marks] == [
        (True, "A"),
        (False, ""),
        (True, THE_PROMPT),
        (True, THE_PROMPT),
    ]


def test_names_of_columns_are_no_inventions() -> None:
    assert given({"ORT01": "Ulm"}, ["ORT01"], ("",), "").marks("ORT01 is Ulm").grounded == 1


@pytest.mark.parametrize(
    ("value", "answer", "stands"),
    [
        ("000123", "No. 123", True),
        ("123", "No. 000123", True),
        ("000123", "No. 1230", False),
        ("MAT-000123", "MAT-123", False),
        ("MAT-000123", "[123]", False),
        (Decimal("1.234"), "1,234 kg", True),
        (Decimal("-5.25"), "a loss of 5.25", True),
        ("100.00-", "it is -100", True),
        (0.1, "0,1 %", True),
        (0.1, "10 %", True),
        (1e-05, "0.00001", True),
        (float("nan"), "12", False),
        (True, "12 of them", False),
        (Decimal("1E+6111"), "12", False),
        (Decimal("NaN"), "12", False),
        ("", "12", False),
        (None, "12", False),
        ("1.2 million", "1,200,000", True),
        (1_200_000, "1.2 million", True),
        (1.2, "1.2 million", False),
        ("20240115", "2024-01-15", True),
        (date(2024, 1, 15), "20240115", True),
        (date(2024, 1, 15), "15 Jan 2024", True),
        (date(2024, 1, 15), "15 Jan 2025", False),
        (date(9999, 12, 31), "31.12.9999", True),
        ("99991231", "9999-12-31", True),
        ("12340115", "15.01.1234", False),
        ("00000000", "2024-01-15", False),
        ("call at 14:30", "30 pieces", False),
    ],
)
def test_the_same_value_stands_there_in_another_form_and_another_does_not(
    value: Cell, answer: str, stands: bool
) -> None:
    found = marked(answer, A=value)
    assert [is_grounded for _, is_grounded, _ in found] == [stands]


@pytest.mark.parametrize(
    ("given_text", "answer", "stands"),
    [
        ("12.50 EUR", "12.50 USD", False),
        ("12.50 EUR", "12.50 €", True),
        ("12.50 $", "CAD 12.50", True),
        ("12.50", "12.50 USD", True),
    ],
)
def test_an_amount_in_another_currency_does_not_stand_there_unless_the_row_names_none(
    given_text: str, answer: str, stands: bool
) -> None:
    assert [found[1] for found in marked(answer, A=given_text)] == [stands]


def test_nothing_given_and_nothing_said() -> None:
    assert Given({}, ()).marks("") == Grounding(())
    assert Given({}, ()).marks("No claim here, just words.").marks == ()


def test_the_end_of_a_very_long_answer_is_not_read_and_that_is_said() -> None:
    found = Given({"A": 77}, ()).marks("x" * MAX_ANSWER_CHARACTERS + " 77")
    assert (found.marks, found.unread) == ((), True)


@pytest.mark.parametrize(
    "piece",
    ["1,", "1'", "1 ", "1\u00a0", "1-", "1.1.1", "100 ", "9", "$1", "EUR 1 ", "12:", "1_", "a@", "a", "_", "\u0661"]
    + [
        '"',
        '"a b ',
        "„",
        "``` ",
        "January ",
        "1. January ",
        "(1) ",
        "1 %",
        "> ",
        "\n",
        "www.",
        "\x00\ud800",
        "a\u0301",
    ],
)
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    """Made to go back and forth over and over: read in well under a second each, where it took minutes otherwise."""
    hostile = piece * (MAX_ANSWER_CHARACTERS // len(piece))
    began_s = time.monotonic()
    everything().marks(hostile)
    everything({"A": hostile})
    assert time.monotonic() - began_s < PATIENCE_S


def test_what_may_be_one_large_number_is_a_list_only_where_all_of_it_stands() -> None:
    row = {"A": 100, "B": 200, "C": 300}
    assert [found[:2] for found in marked("100,200,300", **row)] == [("100", True), ("200", True), ("300", True)]
    assert [found[:2] for found in marked("100,200,999", **row)] == [("100,200,999", False)]
