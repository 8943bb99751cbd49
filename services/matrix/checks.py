"""What an answer is checked for, and whether it passes: each check with a reason, none by another model's opinion."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.errors import BadRequestError
from services.matrix.limited import LimitedJudge, Outcome
from services.matrix.numbers import GROUP_MARKS, PATTERN, DecimalMark, ascii_digits, readings
from services.matrix.template import cell_text
from services.tables.source import Cell, Sample

MAX_CHECKS = 10
_SHOWN_CHARACTERS = 80
_FIRST_NUMBER = re.compile(rf"(?<![\w.,{GROUP_MARKS}+-])([-+]?)({PATTERN})")


@dataclass(frozen=True)
class Expected:
    """The answer is, or contains, the value of a column; case and white space do not count."""

    column: str
    how: Literal["same", "contained"] = "contained"

    @property
    def label(self) -> str:
        return f"is {self.column}" if self.how == "same" else f"contains {self.column}"


@dataclass(frozen=True)
class Contains:
    """The answer holds the text, or does not where absent; case and white space do not count."""

    text: str
    absent: bool = False

    @property
    def label(self) -> str:
        return f"{'does not contain' if self.absent else 'contains'} “{_short(self.text)}”"


@dataclass(frozen=True)
class Matches:
    """The regular expression is found somewhere in the answer."""

    pattern: str

    @property
    def label(self) -> str:
        return f"matches {_short(self.pattern)}"


@dataclass(frozen=True)
class FitsSchema:
    """The answer, or the one fenced block in it, is JSON that fits the schema, itself given as JSON text."""

    schema: str

    @property
    def label(self) -> str:
        return "fits the JSON schema"


@dataclass(frozen=True)
class NumberWithin:
    """The first number of the answer lies in [low, high]; None is open. mark: what stands before its decimals.

    Without mark a number that can be read in two ways is judged only where both lead to the same.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    mark: DecimalMark | None = None

    @property
    def label(self) -> str:
        if self.low is None or self.high is None:
            return f"a number up to {self.high}" if self.low is None else f"a number from {self.low}"
        return f"a number from {self.low} to {self.high}"


Check = Expected | Contains | Matches | FitsSchema | NumberWithin


def check_rules(checks: Sequence[Check], sample: Sample, judge: LimitedJudge) -> None:
    """Raises BadRequestError, in one sentence, for a check that cannot judge any answer."""
    if len(checks) > MAX_CHECKS:
        raise BadRequestError(f"{len(checks)} checks are set; at most {MAX_CHECKS} are made.", remedy="Remove some.")
    names = {column.name for column in sample.columns}
    for check in checks:
        problem = _problem(check, names, judge)
        if problem is not None:
            raise BadRequestError(problem, remedy="Correct the check, or remove it.")


def judged(check: Check, text: str, row: dict[str, Cell], judge: LimitedJudge) -> Outcome:
    """row: the values by column of the row that was asked about."""
    match check:
        case Expected():
            return _expected(check, text, row)
        case Contains():
            found = _plain(check.text) in _plain(text)
            return Outcome(found != check.absent, "It is there." if found else "It is not there.")
        case Matches():
            return judge.judge("pattern", check.pattern, text)
        case FitsSchema():
            return judge.judge("schema", check.schema, text)
        case NumberWithin():
            return _number(check, text)


def _problem(check: Check, names: set[str], judge: LimitedJudge) -> str | None:
    match check:
        case Expected():
            return None if check.column in names else f"The rows have no column {_short(check.column)}."
        case Contains():
            return None if _plain(check.text) else "A check looks for an empty text."
        case NumberWithin():
            return _bounds_problem(check)
        case Matches(rule):
            found = judge.judge("pattern", rule, None)
        case FitsSchema(rule):
            found = judge.judge("schema", rule, None)
    return None if found.passed else found.reason


def _bounds_problem(check: NumberWithin) -> str | None:
    bounds = [bound for bound in (check.low, check.high) if bound is not None]
    if not bounds:
        return "A number needs a lower or an upper bound."
    if not all(bound.is_finite() for bound in bounds):
        return "The bounds of a number are numbers themselves."
    return "The lower bound lies above the upper one." if bounds[0] > bounds[-1] else None


def _expected(check: Expected, text: str, row: dict[str, Cell]) -> Outcome:
    wanted = _plain(cell_text(row[check.column]))
    if not wanted:
        return Outcome(None, f"{check.column} is empty in this row.")
    said = _plain(text)
    if check.how == "same":
        return Outcome(said == wanted, f"{_short(wanted)} is wanted.")
    return Outcome(wanted in said, f"{_short(wanted)} is {'there' if wanted in said else 'not there'}.")


def _number(check: NumberWithin, text: str) -> Outcome:
    for sign, written in _FIRST_NUMBER.findall(ascii_digits(text)):
        values = [Decimal(f"{sign}{value}") for value in readings(written, check.mark)]
        within = {_is_within(check, value) for value in values}
        if len(within) == 1:
            return Outcome(within.pop(), f"{sign}{_short(written)}")
        if within:
            return Outcome(None, f"{sign}{_short(written)} can be read as {' or as '.join(map(str, values))}.")
    return Outcome(False, "There is no number.")


def _is_within(check: NumberWithin, value: Decimal) -> bool:
    return (check.low is None or value >= check.low) and (check.high is None or value <= check.high)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
