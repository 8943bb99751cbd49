"""Token probabilities as they are shown: in numbers, in signs, and never beyond what a server can mean."""

from __future__ import annotations

import math

import pytest

from services.answers.probabilities import (
    alternatives,
    described,
    mean_probability,
    percent,
    probability,
    visible,
    weight,
)
from services.wire.types import TokenLogprob


@pytest.mark.parametrize(
    ("logprob", "share"), [(0.0, 1.0), (math.log(0.25), 0.25), (3.0, 1.0), (1e308, 1.0), (-1e308, 0.0)]
)
def test_a_logprob_gives_a_share_between_0_and_1_whatever_a_server_sends(logprob: float, share: float) -> None:
    assert probability(logprob) == pytest.approx(share)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100 %"),
        (0.9996, "> 99 %"),
        (0.9734, "97 %"),
        (0.5, "50 %"),
        (0.0512, "5.1 %"),
        (0.00312, "0.31 %"),
        (0.000123, "0.012 %"),
        (0.00001, "< 0.01 %"),
        (0.0, "0 %"),
    ],
)
def test_a_share_has_two_digits_that_count(share: float, text: str) -> None:
    assert percent(share).replace("\u202f", " ") == text


@pytest.mark.parametrize(("share", "line"), [(1.0, 0), (0.9, 0), (0.89, 1), (0.4, 2), (0.1, 3), (0.01, 4), (0.0, 4)])
def test_the_line_is_heavier_the_less_likely_the_token(share: float, line: int) -> None:
    assert weight(share) == line


@pytest.mark.parametrize(
    ("token", "sign"),
    [
        ("", "(end)"),
        (" Monday", "·Monday"),
        ("  ", "··"),
        ("\n", "↵"),
        ("a\tb", "a⇥b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u200b", "\\u200b"),
        ("\x00", "\\u0000"),
        ("<b>", "<b>"),
        ("👩", "👩"),
        ("a b ", "a b·"),
    ],
)
def test_a_token_can_be_read_even_where_it_cannot_be_seen(token: str, sign: str) -> None:
    assert visible(token) == sign


def test_alternatives_are_what_else_could_have_stood_there_likeliest_first() -> None:
    token = TokenLogprob("a", math.log(0.5), (("a", math.log(0.5)), ("c", math.log(0.1)), ("b", math.log(0.3))))
    assert [other for other, _ in alternatives(token)] == ["b", "c"]
    assert described(token).replace("\u202f", " ") == "a 50 %; else b 30 % · c 10 %"
    assert described(TokenLogprob("a", 0.0)).replace("\u202f", " ") == "a 100 %"


def test_the_mean_is_geometric_and_absent_without_tokens() -> None:
    assert mean_probability([]) is None
    assert mean_probability([TokenLogprob("a", math.log(0.25)), TokenLogprob("b", 0.0)]) == pytest.approx(0.5)
    assert mean_probability([TokenLogprob("a", 5.0)]) == 1.0
    assert mean_probability([TokenLogprob("a", -1e308)] * 3) == 0.0
