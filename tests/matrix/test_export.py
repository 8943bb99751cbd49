"""A matrix to keep: every cell with its word, its date and its judgement; and nothing in it is run by its reader."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.errors import ServerError
from services.matrix.cells import Snapshot
from services.matrix.checks import Check, Contains, Matches
from services.matrix.export import as_csv, as_markdown
from services.matrix.plans import plan_of
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER
from tests.matrix.rows import OWNER, Picky, asked, matrices, sample

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
CHECKS = (Contains("pump"), Matches("[0-9]"))


def done(words: str = "Pump MAT-10 costs 99 EUR.", *checks: Check, **more: Any) -> Snapshot:
    rows = sample(("MAT-10", "Pump", Decimal("12.50"), "EUR", None, None), ("=2+5", "|", None, None, None, None))
    entrants = [asked("org/model", SANDBOX), asked("org/b", TOGETHER), asked("org/c", LOCAL)]
    asks = plan_of("Describe {{MATNR}}, {{NETPR}} {{WAERS}}", rows, [0, 1], entrants, system="Be brief.")
    with matrices(Picky(**{"words": (words,), **more})) as house:
        return house.start(OWNER, asks, checks=checks).wait(20)


def lines(snapshot: Snapshot) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(snapshot, now=NOW))))


def test_the_csv_has_one_line_per_cell_with_row_word_dates_and_figures() -> None:
    found = lines(done("Pump MAT-10 costs 99 EUR.", *CHECKS))
    assert [(line["row"], line["origin"]) for line in found[:4]] == [
        ("MAT-10", "simulated"),
        ("MAT-10", "real · Together"),
        ("MAT-10", "real · local"),
        ("'=2+5", "simulated"),
    ]
    first = found[0]
    assert (first["other_model_served"], found[1]["other_model_served"]) == ("no", "yes")
    assert (first["prompt"], first["system"]) == ("Describe MAT-10, 12.50 EUR", "Be brief.")
    assert (first["passed_all"], first["check_1: contains “pump”"]) == ("passed", "passed")
    assert (first["marks_in_row"], first["marks_judged"], first["not_in_row"]) == ("1", "2", "99 EUR")
    assert (first["prompt_tokens"], first["completion_tokens"]) == ("20", "50")
    assert all(line["asked_at"] and line["exported_at"] == NOW.isoformat() for line in found)


def test_what_a_spreadsheet_would_run_is_quoted_wherever_it_stands() -> None:
    found = lines(done('=HYPERLINK("x")', Contains("=1")))
    assert {line["answer"] for line in found} == {'\'=HYPERLINK("x")'}
    failed = lines(done(fails=lambda n, model: ServerError("@SUM(1)")))
    assert [line["error"] for line in failed] == ["'@SUM(1)"] * 6


def test_a_cell_without_an_answer_is_there_with_its_reason() -> None:
    found = lines(done("x", *CHECKS, fails=lambda n, model: ServerError("It broke.") if model == "org/b" else None))
    broken = [line for line in found if line["model"] == "org/b"]
    assert [(line["state"], line["error"], line["cost_usd"]) for line in broken] == [("failed", "It broke.", "")] * 2
    assert {line["passed_all"] for line in broken} == {""}
    assert {line["passed_all"] for line in found if line["model"] != "org/b"} == {"failed"}


def test_the_markdown_tells_what_was_asked_of_whom_and_how_it_was_judged() -> None:
    text = as_markdown(done("Pump MAT-10 costs 99 EUR.", *CHECKS), now=NOW)
    for wanted in (
        "Exported 2026-11-25 09:30 UTC. 2 rows of ZDEMO.ZDEMO\\_MATERIAL from Demo tables (invented demo data); done.",
        "**Practice: simulated answers and their figures are invented.**",
        "Describe {{MATNR}}, {{NETPR}} {{WAERS}}",
        "Be brief.",
        "- A: org/model (simulated) · max_tokens 100",
        "- C: org/c (real · local)",
        "## Row MAT-10",
        "- passed: contains “pump”. It is there.",
        "1 of 2 marks stand in the row; not there: 99 EUR.",
        "**Served by org/model, not by the model that was asked.**",
        "- Simulated practice: A passes 2 of 2",
        "Wilson",
    ):
        assert wanted in text, wanted


def test_a_real_matrix_is_no_practice() -> None:
    with matrices(Picky()) as house:
        rows = sample(("MAT-10", "Pump", None, None, None, None))
        real = house.start(OWNER, plan_of("{{MATNR}}", rows, [0], [asked("org/model", TOGETHER)])).wait(10)
    text = as_markdown(real, now=NOW)
    assert "ractice" not in text
    assert "simulated" not in text


@pytest.mark.parametrize("hostile", ["```\n# Not a heading\n````", "<script>alert(1)</script>", "[x](javascript:1)"])
def test_what_a_model_says_is_no_markdown_of_the_report(hostile: str) -> None:
    text = as_markdown(done(hostile), now=NOW)
    fence = "`" * (5 if "````" in hostile else 3)
    assert text.count(f"{fence}\n{hostile}\n{fence}\n") == 6


def test_names_from_rows_and_errors_are_no_markup() -> None:
    text = as_markdown(done(fails=lambda n, model: ServerError("<b>\n# bold")), now=NOW)
    assert "## Row =2+5" in text
    assert "*\\<b\\> \\# bold*" in text


def test_an_unfinished_matrix_can_be_kept_too() -> None:
    snapshot = done()
    empty = Snapshot(snapshot.plan, "stopped", tuple(type(c)(c.line, c.place) for c in snapshot.cells), Decimal(0))
    assert {line["state"] for line in lines(empty)} == {"not asked"}
    assert as_markdown(empty, now=NOW).count("*not asked*") == 6
