"""The forecast: what it promises for a table, and that it keeps it."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import pytest

from services.embedding.forecast import Range, of_sample, of_table, student_95
from services.embedding.prepared import Prepared, prepare
from services.embedding.tokens import EstimatedTokens, LocalTokens

PRICE = Decimal("0.02")


def prepared(*counts: int, error: float = 0.0) -> Prepared:
    """A sample whose rows have that many tokens; 0: no text."""
    texts = tuple(f"text {row}" for row, count in enumerate(counts) if count)
    places = iter(range(len(texts)))
    row_texts = tuple(next(places) if count else -1 for count in counts)
    no = (False,) * len(counts)
    return Prepared(texts, tuple(count for count in counts if count), row_texts, no, no, error)


def test_a_sample_that_was_counted_is_known_exactly() -> None:
    seen = of_sample(prepared(10, 0, 30), usd_per_mtok=PRICE, dimensions=1024, texts_per_s=4.0)
    assert (seen.rows, seen.texts, seen.tokens) == (3, 2, Range(40, 40, 40))
    assert seen.usd is not None
    assert seen.usd.value == pytest.approx(40 * 0.02 / 1e6)
    assert (seen.seconds, seen.vector_bytes, seen.estimated) == (0.5, 2 * (4 * 1024 + 4), False)


def test_what_is_stored_is_not_paid_again() -> None:
    sample = prepared(10, 30)
    assert of_sample(sample, usd_per_mtok=PRICE, stored=frozenset(sample.hashes[:1])).tokens.value == 30


def test_duplicates_are_sent_once_but_stored_for_each_row() -> None:
    seen = of_sample(prepare(["a pump"] * 5, LocalTokens()), usd_per_mtok=PRICE, dimensions=1)
    assert (seen.tokens.value, seen.texts, seen.vector_bytes) == (2, 1, 5 * 8)


def test_the_interval_of_the_table_holds_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(7)
    table = [chance.choice([0, 5, 8, 12, 30, 90]) for _ in range(2_000)]
    hits = 0
    for _ in range(400):
        whole = of_table(prepared(*chance.sample(table, 300)), len(table), usd_per_mtok=PRICE)
        assert whole is not None
        assert whole.tokens.low is not None
        assert whole.tokens.high is not None
        hits += whole.tokens.low <= sum(table) <= whole.tokens.high
    assert 0.91 <= hits / 400 <= 0.985


def test_the_interval_is_the_textbook_one_with_its_finite_population_correction() -> None:
    counts = [*range(1, 26)]
    whole = of_table(prepared(*counts), 100, usd_per_mtok=None)
    assert whole is not None
    half = 100 * 2.0639 * 7.3598 / 5 * math.sqrt(1 - 25 / 100)
    assert whole.tokens.value == 1300
    assert whole.tokens.high == pytest.approx(1300 + half, rel=1e-4)
    assert whole.usd is None


def test_a_sample_of_all_rows_leaves_nothing_to_guess() -> None:
    whole = of_table(prepared(*range(1, 21)), 20, usd_per_mtok=PRICE)
    assert whole is not None
    assert whole.tokens == Range(210, 210, 210)
    assert whole.cut == Range(0, 0, 0)


def test_a_catalogue_that_counts_fewer_rows_than_were_read_is_stale() -> None:
    whole = of_table(prepared(*range(1, 21)), 3, usd_per_mtok=PRICE)
    assert whole is not None
    assert whole.rows == 20


def test_few_rows_give_a_value_without_an_interval() -> None:
    whole = of_table(prepared(10, 20, 30), 1_000_000_000, usd_per_mtok=PRICE)
    assert whole is not None
    assert whole.tokens == Range(2e10, None, None)
    assert whole.usd is not None
    assert (whole.usd.value, whole.usd.high) == (pytest.approx(400), None)


def test_nobody_counted_or_nothing_was_read_gives_no_forecast() -> None:
    assert of_table(prepared(10), None, usd_per_mtok=PRICE) is None
    assert of_table(prepared(), 1000, usd_per_mtok=PRICE) is None
    assert of_sample(prepared(), usd_per_mtok=PRICE).tokens == Range(0, 0, 0)


def test_an_estimate_widens_what_no_sample_size_can_narrow() -> None:
    whole = of_table(prepared(*[100] * 500, error=0.4), 10_000, usd_per_mtok=PRICE)
    assert whole is not None
    assert whole.estimated
    assert whole.tokens == Range(1_000_000, pytest.approx(600_000), pytest.approx(1_400_000))


def test_what_the_server_counted_takes_the_place_of_the_estimate() -> None:
    whole = of_table(prepared(*[100] * 500, error=0.4), 10_000, usd_per_mtok=PRICE, used_tokens=40_000)
    assert whole is not None
    assert not whole.estimated
    assert whole.tokens == Range(800_000, 800_000, 800_000)


@pytest.mark.parametrize("speed", [None, 0.0, -1.0, math.nan, math.inf])
def test_no_speed_seen_gives_no_time(speed: float | None) -> None:
    assert of_sample(prepared(10), usd_per_mtok=PRICE, texts_per_s=speed).seconds is None


def test_the_share_of_cut_rows_has_wilsons_interval() -> None:
    long = "pump " * 100
    sample = prepare([f"{long} {n}" if n < 5 else f"pump {n}" for n in range(50)], LocalTokens(), limit_tokens=50)
    whole = of_table(sample, 100_000, usd_per_mtok=None)
    assert whole is not None
    assert whole.cut == Range(0.1, pytest.approx(0.0435, abs=1e-4), pytest.approx(0.2136, abs=1e-4))


def test_an_estimated_sample_says_so() -> None:
    seen = of_sample(prepare(["a pump"], EstimatedTokens()), usd_per_mtok=PRICE)
    assert seen.estimated
    assert seen.tokens.high == pytest.approx(seen.tokens.value * 1.4)


def test_students_point_is_that_of_the_tables() -> None:
    assert [student_95(n) for n in (9, 29, 10_000)] == pytest.approx([2.2622, 2.0452, 1.9602], rel=2e-4)
