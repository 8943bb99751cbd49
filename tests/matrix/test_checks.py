"""A check passes, fails or cannot tell, each with a reason; and no pattern or schema can hang whoever judges by it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from services.errors import BadRequestError
from services.matrix.checks import Check, Contains, Expected, FitsSchema, Matches, NumberWithin, check_rules, judged
from services.matrix.limited import LimitedJudge
from services.tables.source import Cell
from tests.matrix.rows import materials

ROW: dict[str, Cell] = {"WANTED": "Seal  ring", "PRICE": Decimal("12.50"), "NOTHING": None}
CATASTROPHE, BAIT = r"(a+)+$", "a" * 40 + "b"
SCHEMA = (
    '{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "n": {"type": "integer"}}}'
)


@pytest.fixture(scope="module")
def judge() -> Iterator[LimitedJudge]:
    made = LimitedJudge(limit_s=5)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[LimitedJudge]:
    made = LimitedJudge(limit_s=0.3)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("check", "text", "passed"),
    [
        (Expected("WANTED", "same"), " seal\nRING ", True),
        (Expected("WANTED", "same"), "The seal ring", False),
        (Expected("WANTED"), "The SEAL ring leaks.", True),
        (Expected("WANTED"), "The sealring leaks.", False),
        (Expected("PRICE"), "It costs 12.50.", True),
        (Expected("NOTHING"), "anything", None),
        (Contains("Straße"), "in der STRASSE", True),
        (Contains("é"), "cafe\u0301", True),
        (Contains("pump"), "valve", False),
        (Contains("pump", absent=True), "valve", True),
        (Contains("pump", absent=True), "A Pump.", False),
        (Matches(r"^\d{3}$"), "123", True),
        (Matches(r"^\d{3}$"), "1234", False),
        (Matches("(?i)PUMP"), "pump", True),
        (FitsSchema(SCHEMA), '{"name": "a", "n": 1}', True),
        (FitsSchema(SCHEMA), 'Here:\n```json\n{"name": "a"}\n```\nDone.', True),
        (FitsSchema(SCHEMA), '```\n{"name": "a"}\n```', True),
        (FitsSchema(SCHEMA), '```{"name": "a"}```', True),
        (FitsSchema(SCHEMA), '{"n": 1}', False),
        (FitsSchema(SCHEMA), '{"name": "a", "n": 1.5}', False),
        (FitsSchema(SCHEMA), "no JSON", False),
        (FitsSchema(SCHEMA), '```\n{"name": "a"}\n``` or ```\n{"name": "b"}\n```', False),
        (FitsSchema('{"type": "number"}'), "NaN", False),
        (FitsSchema("true"), "9" * 5_000, False),
        (NumberWithin(Decimal(1), Decimal(5)), "About 3.5 of them, then 99.", True),
        (NumberWithin(Decimal(1), Decimal(5)), "It is 7.", False),
        (NumberWithin(Decimal(1), Decimal(5)), "P100 leaks: MAT-00012 costs 4 EUR.", True),
        (NumberWithin(high=Decimal(0)), "It is -3,5 °C.", True),
        (NumberWithin(Decimal(0)), "It is −3.5 °C.", False),
        (NumberWithin(Decimal(1200), Decimal(1300)), "1.234,50 €", True),
        (NumberWithin(Decimal(1200), Decimal(1300)), "$1,234.50", True),
        (NumberWithin(Decimal(1200), Decimal(1300)), "1.234", None),
        (NumberWithin(Decimal(1200), Decimal(1300), mark=","), "1.234", True),
        (NumberWithin(Decimal(1200), Decimal(1300), mark="."), "1.234", False),
        (NumberWithin(Decimal(1), Decimal(2000)), "1.234", True),
        (NumberWithin(Decimal(10), Decimal(20)), "٢٠", True),
        (NumberWithin(Decimal(1)), "none at all", False),
        (NumberWithin(Decimal(1)), "9" * 50_000, True),
    ],
)
def test_each_check_says_whether_an_answer_passes(
    judge: LimitedJudge, check: Check, text: str, passed: bool | None
) -> None:
    outcome = judged(check, text, ROW, judge)
    assert outcome.passed is passed, outcome.reason
    assert outcome.reason


def test_the_reason_says_where_json_does_not_fit(judge: LimitedJudge) -> None:
    assert judged(FitsSchema(SCHEMA), '{"name": 5}', {}, judge).reason == "At $.name: 5 is not of type 'string'"
    assert judged(FitsSchema(SCHEMA), "{", {}, judge).reason.startswith("The answer is no JSON: ")
    assert judged(NumberWithin(Decimal(1)), "1.234", {}, judge).reason == "1.234"
    assert "1234 or as 1.234" in judged(NumberWithin(Decimal(100)), "1.234", {}, judge).reason


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (Expected("MISSING"), "no column MISSING"),
        (Contains(" \n"), "empty text"),
        (Matches("("), "no regular expression"),
        (Matches("x" * 501), "at most 500"),
        (FitsSchema("{"), "no JSON"),
        (FitsSchema("[]"), "no JSON object"),
        (FitsSchema('{"type": 5}'), "no JSON schema"),
        (FitsSchema("[" * 20_000), "nested too deeply"),
        (FitsSchema(" " * 20_001), "at most 20,000"),
        (NumberWithin(), "lower or an upper"),
        (NumberWithin(Decimal("NaN")), "numbers themselves"),
        (NumberWithin(Decimal(5), Decimal(1)), "above"),
    ],
)
def test_a_check_that_cannot_judge_anything_is_refused(judge: LimitedJudge, check: Check, says: str) -> None:
    with pytest.raises(BadRequestError, match=says):
        check_rules([check], materials(), judge)


def test_no_more_than_ten_checks_are_made(judge: LimitedJudge) -> None:
    check_rules([Contains("a")] * 10, materials(), judge)
    with pytest.raises(BadRequestError, match="11 checks"):
        check_rules([Contains("a")] * 11, materials(), judge)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (Matches(CATASTROPHE), BAIT),
        (Matches(r"(?:x?){60000}y"), "x" * 50_000),
        (FitsSchema('{"properties": {"a": {"pattern": "(a+)+$"}}}'), '{"a": "' + BAIT + '"}'),
    ],
)
def test_a_rule_that_would_run_for_ever_is_ended_and_the_next_is_judged(
    hasty: LimitedJudge, check: Check, text: str
) -> None:
    assert judged(check, text, {}, hasty).passed is None
    assert judged(Matches("b$"), BAIT, {}, hasty).passed is True


def test_a_rule_that_ran_out_of_time_twice_is_not_tried_again(hasty: LimitedJudge) -> None:
    reasons = [judged(Matches(CATASTROPHE), BAIT, {}, hasty).reason for _ in range(3)]
    assert reasons[:2] == ["Judging by the pattern took more than 0.3 s."] * 2
    assert judged(Matches(CATASTROPHE), "aaa", {}, hasty).reason == reasons[2] != reasons[0]


@pytest.mark.parametrize(
    ("schema", "text", "says"),
    [
        ('{"$ref": "http://127.0.0.1:9/schema.json"}', "{}", "which is not in it"),
        ('{"$ref": "#/missing"}', "{}", "which is not in it"),
        ('{"$ref": "#"}', "{}", "nested too deeply"),
        ('{"type": "array"}', "[" * 90_000, "nested too deeply"),
        ("{}", "[" * 100_001, "at most 100,000"),
    ],
)
def test_what_cannot_be_judged_is_neither_passed_nor_failed(
    judge: LimitedJudge, schema: str, text: str, says: str
) -> None:
    outcome = judged(FitsSchema(schema), text, {}, judge)
    assert outcome.passed is None
    assert says in outcome.reason


def test_half_an_emoji_and_line_ends_do_not_break_the_way_to_the_judge(judge: LimitedJudge) -> None:
    assert judged(Matches("^b$"), "a\ud83d\r\n\u2028\x00", {}, judge).passed is False
    assert judged(Matches("a\n"), "a\nb", {}, judge).passed is True


def test_many_threads_get_their_own_outcomes(judge: LimitedJudge) -> None:
    found: dict[int, bool | None] = {}

    def ask(n: int) -> None:
        found[n] = judged(Matches(f"^{n}$"), str(n % 4), {}, judge).passed

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {n: n < 4 for n in range(8)}


def test_after_close_nothing_is_judged_and_no_process_is_started(hasty: LimitedJudge) -> None:
    hasty.close()
    assert judged(Matches("a"), "a", {}, hasty).reason == "The playground is closing."


def test_a_judge_that_cannot_run_says_so_instead_of_passing(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("raise SystemExit(3)")
    broken = LimitedJudge(program=program)
    outcome = judged(Matches("a"), "a", {}, broken)
    assert (outcome.passed, outcome.reason) == (None, "The process that judges by a pattern ended unexpectedly.")
    broken.close()
