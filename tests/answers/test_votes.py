"""Votes and what they are worth: each round once, pairs whichever stood left, intervals and votes still needed."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from services.answers.sign_test import p_value, votes_for
from services.answers.votes import PRACTICE, Choice, Contender, Vote, Votes, as_csv, as_json, counts
from services.shares import wilson

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LLAMA = Contender("meta-llama/Llama", "Together", "", "real")
MIXTRAL = Contender("mistralai/Mixtral", "Together", "", "real")


def vote(number: int, choice: Choice, a: Contender = LLAMA, b: Contender = MIXTRAL) -> Vote:
    return Vote(f"c.{number}", a, b, False, choice, NOW)


@pytest.mark.parametrize(("share", "votes"), [(0.6, 199), (0.65, 90), (0.7, 49), (0.75, 30), (0.8, 20), (0.4, 199)])
def test_votes_needed_are_those_of_the_exact_test(share: float, votes: int) -> None:
    assert votes_for(share) == votes


@pytest.mark.parametrize("share", [0.5, 0.51, 0.49])
def test_an_even_share_is_never_promised_a_result(share: float) -> None:
    assert votes_for(share) is None


@pytest.mark.parametrize(
    ("wins", "n", "p"), [(6, 6, 0.03125), (5, 6, 0.21875), (0, 6, 0.03125), (3, 6, 1.0), (0, 0, 1.0)]
)
def test_the_sign_test_is_exact_and_two_sided(wins: int, n: int, p: float) -> None:
    assert p_value(wins, n) == pytest.approx(p)


def test_the_sign_test_holds_for_thousands_of_votes() -> None:
    assert p_value(1_000, 2_000) == pytest.approx(1.0)
    assert 0.0 < p_value(1_100, 2_000) < 0.001


def test_wilson_is_narrow_only_with_many_votes() -> None:
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(100, 200) == pytest.approx((0.4314, 0.5686), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_pair_counts_alike_whichever_stood_left() -> None:
    (pair,) = counts([vote(1, "A"), vote(2, "B", MIXTRAL, LLAMA), vote(3, "A", MIXTRAL, LLAMA)])
    assert (pair.first, pair.first_wins, pair.second_wins) == (LLAMA, 2, 1)


def test_ties_and_both_bad_are_counted_apart_and_decide_nothing() -> None:
    (pair,) = counts([vote(1, "tie"), vote(2, "both bad"), vote(3, "A")])
    assert (pair.decided, pair.ties, pair.both_bad, pair.share) == (1, 1, 1, 1.0)
    assert pair.still_needed == 5


def test_nothing_decided_has_no_share() -> None:
    (pair,) = counts([vote(1, "tie")])
    assert (pair.share, pair.still_needed, pair.shown, pair.interval) == (None, None, False, (0.0, 1.0))


def test_a_preference_is_shown_by_six_of_six_and_not_by_five() -> None:
    (five,) = counts([vote(n, "A") for n in range(5)])
    (six,) = counts([vote(n, "A") for n in range(6)])
    assert (five.shown, five.still_needed) == (False, 1)
    assert (six.shown, six.still_needed) == (True, 0)


def test_settings_and_endpoints_make_pairs_of_their_own() -> None:
    cold, hot = (Contender("m", "Local", f"temperature {t}", "local") for t in (0.2, 1.0))
    assert len(counts([vote(1, "A"), vote(2, "A", cold, hot), vote(3, "A", LLAMA, hot)])) == 3


def test_a_model_against_itself_counts_by_place() -> None:
    (pair,) = counts([vote(1, "A", LLAMA, LLAMA), vote(2, "B", LLAMA, LLAMA), vote(3, "B", LLAMA, LLAMA)])
    assert (pair.first_wins, pair.second_wins) == (1, 2)


def test_a_round_is_voted_on_once() -> None:
    votes = Votes()
    votes.add("ann", vote(1, "A"))
    votes.add("ann", vote(1, "B"))
    assert [kept.choice for kept in votes.of("ann")] == ["A"]


def test_votes_belong_to_their_owner_and_the_oldest_go_first() -> None:
    votes = Votes(max_votes=2)
    for number in range(3):
        votes.add("ann", vote(number, "tie"))
    assert [kept.id for kept in votes.of("ann")] == ["c.1", "c.2"]
    assert votes.of("bob") == ()


def test_an_export_says_what_is_practice_and_how_it_was_counted() -> None:
    simulated = Contender("meta-llama/Llama", "Sandbox", "", "simulated")
    document = json.loads(as_json((vote(1, "A"), vote(2, "B", simulated, MIXTRAL)), now=NOW))
    assert [pair["note"] for pair in document["pairs"]] == [None, PRACTICE]
    assert "ties and both bad are counted apart" in document["rule"]
    assert document["votes"][1]["a_word"] == "simulated"


def test_a_csv_of_votes_holds_no_formula() -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([vote(1, "tie", Contender("=1+1", "Together", "", "real"))])))
    assert (row["choice"], row["a_model"], row["b_word"]) == ("tie", "'=1+1", "real")
