"""How figures are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.answers import figures

N = figures.NARROW


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, f"0.00{N}s"),
        (0.419, f"0.42{N}s"),
        (9.994, f"9.99{N}s"),
        (9.996, f"10.0{N}s"),
        (99.94, f"99.9{N}s"),
        (99.96, f"1{N}min{N}40{N}s"),
        (125, f"2{N}min{N}05{N}s"),
        (119.6, f"2{N}min{N}00{N}s"),
    ],
)
def test_seconds(value: float | None, text: str) -> None:
    assert figures.seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (9.94, "9.9"), (9.96, "10"), (49.7, "50"), (0.4, "0.4")])
def test_tokens_per_second(value: float | None, text: str) -> None:
    assert figures.per_second(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),
        (0, "0"),
        (9_999, "9,999"),
        (61_400, f"61.4{N}k"),
        (147_000_000, f"147{N}M"),
        (999_960, f"1.0{N}M"),
        (10**13, f"10000{N}G"),
    ],
)
def test_tokens(count: int | None, text: str) -> None:
    assert figures.tokens(count) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "–"),
        ("0", "free"),
        ("0.000004", "< $0.00001"),
        ("0.00001", "$0.000010"),
        ("0.000474", "$0.00047"),
        ("0.0996", "$0.10"),
        ("0.043", "$0.043"),
        ("1234.5", "$1,234.50"),
        ("0.004", "$0.0040"),
    ],
)
def test_money(usd: str | None, text: str) -> None:
    assert figures.money(None if usd is None else Decimal(usd)) == text


def test_what_cost_something_is_never_shown_as_nothing() -> None:
    for exponent in range(1, 12):
        shown = figures.money(Decimal(1).scaleb(-exponent))
        assert shown != "free"
        assert any(digit in shown for digit in "123456789")


def test_an_estimated_pair_says_so() -> None:
    assert figures.token_pair(412, 121) == "412 → 121"
    assert figures.token_pair(412, 121, estimated=True).startswith("≈")
    assert figures.token_pair(None, None) == "–"


def test_a_running_total_has_one_decimal_and_turns_into_minutes() -> None:
    assert [figures.live_seconds(value) for value in (2.84, 125)] == [f"2.8{N}s", f"2{N}min{N}05{N}s"]
