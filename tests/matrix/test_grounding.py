"""What an answer says is looked up in its row: the same value in another form stands there, another value does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from services.matrix.grounding import Given, given
from services.tables.source import Cell
from tests.matrix.grounding_cases import CASES, ROW, TEMPLATE_TEXTS, read

# A reader of a page waits for it; on a busy machine it may take many times what it does on an idle one.
PATIENCE_S = 20


def everything(values: Mapping[str, Cell] = ROW) -> Given:
    return given(values, tuple(values), TEMPLATE_TEXTS, "")


def marked(answer: str, **values: Cell) -> list[tuple[str, bool, str]]:
    found = Given(values, ()).marks(answer).marks
    return [(answer[mark.start : mark.end], mark.grounded, mark.where) for mark in found]


def test_the_marks_of_a_careful_reader_are_found_and_few_others() -> None:
    right, wrong, missed = {True: 0, False: 0}, {True: 0, False: 0}, 0
    for case in CASES:
        answer, wanted = read(case)
        found = {(mark.start, mark.end, mark.grounded) for mark in everything().marks(answer).marks}
        for mark in found:
            (right if mark in wanted else wrong)[mark[2]] += 1
        missed += len(wanted - found)
    precision = {stands: right[stands] / (right[stands] + wrong[stands]) for stands in (True, False)}
    recall = sum(right.values()) / (sum(right.values()) + missed)
    assert len(CASES) >= 60
    assert precision[True] >= 0.95, (right, wrong)
    assert precision[False] >= 0.75, (right, wrong)
    assert recall >= 0.9, missed


@pytest.mark.parametrize("case", [case for case in CASES if "[" in case][:48])
def test_marks_lie_inside_the_answer_and_never_overlap(case: str) -> None:
    answer, _ = read(case)
    marks = everything().marks(answer).marks
    ends = [0, *(mark.end for mark in marks)]
    assert all(end <= mark.start < mark.end <= len(answer) for end, mark in zip(ends, marks, strict=False))
