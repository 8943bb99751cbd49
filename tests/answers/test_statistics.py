"""Intervals hold what they promise on simulated latencies: skewed, with slow outliers, drifting together."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from services.answers.statistics import Floats, median, paired, pairs_needed
from services.shares import wilson

SEED = 20_261_125


def latencies(chance: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Seconds: lognormal around 0.35 with sigma 0.3; one in 25 is three to eight times slower."""
    quick = 0.35 * np.exp(0.3 * chance.normal(size=shape))
    return np.where(chance.random(shape) < 0.04, quick * chance.uniform(3, 8, shape), quick)


def drift(chance: np.random.Generator, trials: int, calls: int, rho: float = 0.97) -> Floats:
    """A factor for each call, AR(1) in its logarithm: what loads a server now still does at the next call."""
    steps, log = chance.normal(size=(trials, calls)), np.empty((trials, calls))
    log[:, 0] = steps[:, 0]
    for call in range(1, calls):
        log[:, call] = rho * log[:, call - 1] + math.sqrt(1 - rho**2) * steps[:, call]
    return np.exp(0.2 * log)


def interleaved(chance: np.random.Generator, trials: int, rounds: int, slower: float = 1.0) -> tuple[Floats, Floats]:
    """Two models asked in random order within each round; the second takes slower times as long."""
    calls = latencies(chance, (trials, 2 * rounds)) * drift(chance, trials, 2 * rounds)
    first, second = calls[:, 0::2], calls[:, 1::2]
    swap = chance.random((trials, rounds)) < 0.5
    return np.where(swap, second, first), np.where(swap, first, second) * slower


def share_shown(a: Floats, b: Floats) -> float:
    found = [paired(x, y) for x, y in zip(a, b, strict=True)]
    return sum(each is not None and each.shown for each in found) / len(found)


def test_the_median_interval_covers_the_truth_in_95_of_100_at_20_calls() -> None:
    chance = np.random.default_rng(SEED)
    truth = float(np.median(latencies(chance, (2_000_000,))))
    found = [median(row.tolist()) for row in latencies(chance, (8_000, 20))]
    covered = sum(each.low <= truth <= each.high for each in found) / len(found)
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("n", [6, 11, 20, 60])
def test_the_median_interval_never_covers_much_less(n: int) -> None:
    found = [median(row.tolist()) for row in np.random.default_rng(SEED + n).normal(size=(5_000, n))]
    assert sum(each.low <= 0 <= each.high for each in found) / len(found) >= 0.94


def test_the_median_of_five_has_their_whole_range_and_of_four_none() -> None:
    five, four = median([5.0, 1.0, 4.0, 2.0, 3.0]), median([4.0, 1.0, 3.0, 2.0])
    assert five is not None
    assert four is not None
    assert (five.value, five.low, five.high, five.n) == (3.0, 1.0, 5.0, 5)
    assert (four.value, four.low, four.high, four.n) == (2.5, None, None, 4)
    assert median([]) is None


@pytest.mark.parametrize("rounds", [5, 6, 20])
def test_equal_models_that_drift_together_get_a_false_verdict_in_at_most_6_of_100(rounds: int) -> None:
    assert share_shown(*interleaved(np.random.default_rng(SEED + rounds), 6_000, rounds)) <= 0.06


def test_a_model_half_as_slow_again_is_told_apart_in_most_experiments_of_20() -> None:
    assert share_shown(*interleaved(np.random.default_rng(SEED), 2_000, 20, slower=1.5)) > 0.8


def test_the_interval_of_the_difference_covers_a_known_shift() -> None:
    chance = np.random.default_rng(SEED)
    a, b = interleaved(chance, 6_000, 20)
    found = [paired(x + 0.1, y) for x, y in zip(a, b, strict=True)]
    covered = sum(each.low <= 0.1 <= each.high for each in found) / len(found)
    assert 0.93 <= covered <= 0.97


def test_interval_and_p_agree() -> None:
    chance = np.random.default_rng(SEED)
    for n in (6, 9, 20):
        for row in chance.normal(0.5, 1, (300, n)):
            found = paired(row, np.zeros(n))
            assert found is not None
            assert found.shown == (found.p_value <= 0.05)


@pytest.mark.parametrize("values", [(1.0, 2.0, -0.5, 3.0, 4.0), (0.2, -0.1, 0.7, -2.0, 5.0, 0.4, 1.5)])
def test_p_is_what_flipping_every_sign_gives(values: tuple[float, ...]) -> None:
    ranks = np.argsort(np.argsort(np.abs(values))) + 1
    sums = [
        sum(rank for rank, heads in zip(ranks, flips, strict=True) if heads)
        for flips in product((0, 1), repeat=len(values))
    ]
    seen = sum(rank for rank, each in zip(ranks, values, strict=True) if each > 0)
    extreme = max(seen, sum(ranks) - seen)
    expected = min(1.0, 2 * sum(total >= extreme for total in sums) / len(sums))
    found = paired(values, [0.0] * len(values))
    assert found is not None
    assert found.p_value == pytest.approx(expected)


def test_a_swap_of_the_two_turns_everything_round() -> None:
    a, b = interleaved(np.random.default_rng(SEED), 1, 20, slower=1.3)
    there, back = paired(a[0], b[0]), paired(b[0], a[0])
    assert there is not None
    assert back is not None
    assert (there.difference, there.low, there.high) == pytest.approx((-back.difference, -back.high, -back.low))
    assert there.p_value == pytest.approx(back.p_value)
    assert there.above == pytest.approx(1 - back.above)


def test_equal_values_show_nothing() -> None:
    found = paired([1.0] * 20, [1.0] * 20)
    assert found is not None
    assert (found.shown, found.difference, found.p_value, found.above) == (False, 0.0, 1.0, 0.5)
    assert pairs_needed(found.above) is None
    assert paired([], []) is None


def test_as_many_pairs_as_named_show_the_difference_in_about_four_of_five() -> None:
    chance = np.random.default_rng(SEED)
    a, b = interleaved(chance, 1, 600, slower=1.2)
    seen = paired(a[0], b[0])
    assert seen is not None
    needed = pairs_needed(seen.above)
    assert needed is not None
    assert 0.65 <= share_shown(*interleaved(chance, 1_500, needed, slower=1.2)) <= 0.95


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 20, 0.0089, 0.2361), (0, 0, 0.0, 1.0)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)
