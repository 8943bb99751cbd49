"""A workload costs what its tokens cost, to the last digit; an unknown price is unknown and never nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.errors import BadRequestError
from services.models.prices import Price
from services.models.workload import Workload, costs, fits

PRICE = Price(Decimal("0.88"), Decimal("0.9"), Decimal("0.1"))


def test_a_day_a_month_of_30_days_and_a_year_of_365() -> None:
    found = costs(Workload(1_000, 1_000, 300), PRICE)
    assert found is not None
    assert (found.day_usd, found.month_usd, found.year_usd) == (Decimal("1.15"), Decimal("34.5"), Decimal("419.75"))


@pytest.mark.parametrize(
    ("share", "day_usd"),
    [
        ("0", "0.88"),
        ("0.5", "0.49"),
        ("1", "0.1"),
        ("0.0000004", "0.88"),
        ("0.0000005", "0.87999922"),
        ("0.000001", "0.87999922"),
    ],
)
def test_cached_tokens_cost_the_cached_price(share: str, day_usd: str) -> None:
    found = costs(Workload(1_000, 1_000, 0, Decimal(share)), PRICE)
    assert found is not None
    assert found.day_usd == Decimal(day_usd)


def test_without_a_cached_price_cached_tokens_cost_what_new_ones_do() -> None:
    plain = Price(Decimal(1), Decimal(1))
    assert costs(Workload(10, 10, 10, Decimal(1)), plain) == costs(Workload(10, 10, 10), plain)


def test_an_unknown_price_is_unknown_and_a_free_one_is_0() -> None:
    load = Workload(10, 10, 10)
    assert costs(load, None) is None
    free = costs(load, Price(Decimal(0), Decimal(0)))
    assert free is not None
    assert free.year_usd == 0


def test_nothing_is_rounded_however_large() -> None:
    found = costs(Workload(100_000_000, 10_000_000, 10_000_000), PRICE)
    assert found is not None
    assert found.year_usd == Decimal("649700000000.00")


@pytest.mark.parametrize(
    "wrong",
    [(-1, 1, 1, "0"), (1, -1, 1, "0"), (1, 1, 10_000_001, "0"), (1, 1, 1, "1.01"), (1, 1, 1, "NaN"), (1, 1, 1, "-0.1")],
)
def test_what_no_workload_can_be_is_refused(wrong: tuple[int, int, int, str]) -> None:
    requests, tokens_in, tokens_out, share = wrong
    with pytest.raises(BadRequestError):
        Workload(requests, tokens_in, tokens_out, Decimal(share))


@pytest.mark.parametrize(("context", "said"), [(None, None), (1_300, True), (1_299, False), (0, False)])
def test_whether_a_request_fits(context: int | None, said: bool | None) -> None:
    assert fits(Workload(1, 1_000, 300), context) is said
