"""Lowering the number of threads for one calculation leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import scipy.linalg  # noqa: F401 (its BLAS and that of NumPy are what is counted)
from threadpoolctl import threadpool_info

from services.embedding.threads import one_thread


def blas_threads() -> set[int]:
    return {int(pool["num_threads"]) for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def before() -> Iterator[set[int]]:
    """The number as this process has it."""
    number = blas_threads()
    if number == {1}:
        pytest.skip("one processor has one thread")
    yield number
    assert blas_threads() == number


def test_the_number_is_one_inside_and_as_before_afterwards(before: set[int]) -> None:
    for _ in range(2):
        with one_thread():
            assert blas_threads() == {1}
        assert blas_threads() == before


@pytest.mark.parametrize("seconds_first", [True, False])
def test_two_that_overlap_leave_the_number_as_the_first_met_it(before: set[int], seconds_first: bool) -> None:
    entered, may_leave, left = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        with one_thread():
            entered.set()
            may_leave.wait(10)
        left.set()

    other = threading.Thread(target=second)
    with one_thread():
        other.start()
        assert entered.wait(10)
        if seconds_first:
            may_leave.set()
            assert left.wait(10)
        assert blas_threads() == {1}
    assert blas_threads() == (before if seconds_first else {1})
    may_leave.set()
    other.join(10)
    assert blas_threads() == before


def test_another_thread_can_lower_it_while_the_first_still_lives(before: set[int]) -> None:
    with one_thread():
        pass
    seen: list[set[int]] = []

    def later() -> None:
        with one_thread():
            seen.append(blas_threads())

    other = threading.Thread(target=later)
    other.start()
    other.join(10)
    assert seen == [{1}]


def test_a_calculation_that_fails_restores_the_number(before: set[int]) -> None:
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert blas_threads() == before
