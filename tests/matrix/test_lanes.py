"""Calls are shared among endpoints, and whatever drifts meanwhile touches all models alike."""

from __future__ import annotations

import pytest

from services.matrix.lanes import lanes, queues
from tests.matrix.rows import asked, plan


def test_rows_go_in_their_order_and_models_in_one_drawn_anew_for_each_row() -> None:
    def order(seed: int) -> list[tuple[int, int]]:
        wanted = plan(20, asked("org/a"), asked("org/b"), seed=seed)
        return list(queues(wanted, wanted.places)["Sandbox"])

    assert [line for line, _ in order(1)] == [line for line in range(20) for _ in "ab"]
    assert order(1) == order(1) != order(2)
    firsts = [place for _, place in order(3)[::2]]
    assert 2 <= firsts.count(0) <= 18


@pytest.mark.parametrize(
    ("waiting", "found"),
    [
        ([("a", 9, True)], {"a": 1}),
        ([("a", 9, False)], {"a": 4}),
        ([("a", 2, False)], {"a": 2}),
        ([("a", 9, False), ("b", 9, True)], {"a": 4, "b": 1}),
        ([("a", 9, False), ("b", 9, False)], {"a": 3, "b": 3}),
        ([(name, 9, False) for name in "abcd"], {"a": 2, "b": 2, "c": 1, "d": 1}),
        ([], {}),
    ],
)
def test_calls_at_once_are_shared_among_endpoints(waiting: list[tuple[str, int, bool]], found: dict[str, int]) -> None:
    assert lanes(waiting, most=6, local=1, other=4) == found
