"""One sentence for two repeated measurements claims what the pairs show, and no more."""

from __future__ import annotations

import pytest

from services.answers.statistics import pairs_needed
from services.answers.verdicts import METRICS, verdict

WAIT, TOTAL, SPEED, COST = METRICS
JITTER = [0.01 * (index % 7) for index in range(20)]
SLOW, QUICK = [0.62 + jitter for jitter in JITTER], [0.41 + jitter / 2 for jitter in JITTER]


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_a_clear_difference_names_side_size_interval_and_n() -> None:
    said = verdict(QUICK, SLOW, WAIT)
    assert said.shown
    assert plain(said.sentence) == "A starts sooner than B by 0.23 s (95 % interval 0.22 to 0.23 s, n = 20)."


def test_a_bound_that_leaves_0_out_is_not_written_as_0() -> None:
    said = verdict([1.0 + 0.0004 * (1 + index % 9) for index in range(20)], [1.0] * 20, WAIT)
    assert plain(said.sentence) == "B starts sooner than A by 0.002 s (95 % interval 0.001 to 0.002 s, n = 20)."


def test_a_bound_too_small_to_write_is_called_so() -> None:
    said = verdict([1.0 + 0.0001 * (1 + index % 9) for index in range(20)], [1.0] * 20, WAIT)
    assert "interval under 0.001 to 0.001" in plain(said.sentence)


@pytest.mark.parametrize(
    ("metric", "ahead"),
    [
        (WAIT, "B starts sooner than A"),
        (TOTAL, "B is done sooner than A"),
        (SPEED, "A writes faster than B"),
        (COST, "B costs less than A"),
    ],
)
def test_less_is_better_but_for_speed(metric: object, ahead: str) -> None:
    assert verdict(SLOW, QUICK, metric).claim.startswith(ahead)


def test_five_rounds_show_nothing_and_say_how_many_more_would() -> None:
    said = verdict([0.4, 0.5, 0.4, 0.6, 0.5], [0.5, 0.45, 0.6, 0.7, 0.8], WAIT)
    assert not said.shown
    assert said.more is not None
    assert said.sentence == f"A and B are not distinguishable in wait at n = 5; about {said.more} more would settle it."


def test_many_more_rounds_are_named_roughly() -> None:
    wobble = [0.1, -0.08, 0.06, -0.09, 0.05, 0.02, -0.03, 0.09, -0.01, 0.04]
    said = verdict([1.0 + each for each in wobble], [1.0] * 10, WAIT)
    assert said.paired is not None
    needed = pairs_needed(said.paired.above)
    assert needed is not None
    assert said.more is not None
    assert 20 < needed - 10 <= said.more < needed
    assert said.more % 5 == 0


def test_where_nothing_points_anywhere_no_number_is_promised() -> None:
    said = verdict([1.0, 2.0] * 5, [2.0, 1.0] * 5, TOTAL)
    assert (said.shown, said.more) == (False, None)
    assert "nothing points to a difference" in said.sentence


def test_a_number_of_rounds_nobody_would_run_is_not_named() -> None:
    said = verdict([1.0, 3.0] * 10 + [2.1], [2.0] * 21, TOTAL)
    assert said.paired is not None
    assert said.paired.above != 0.5
    assert said.more is None


def test_a_handful_of_rounds_promises_no_number_either() -> None:
    said = verdict([0.4], [0.9], WAIT)
    assert said.more is None
    assert said.sentence == "A and B are not distinguishable in wait at n = 1, too few to say how many would do."


def test_equal_in_every_round_is_said_so() -> None:
    assert verdict([0.5] * 20, [0.5] * 20, COST).sentence.endswith("n = 20: equal in every round.")


def test_rounds_without_both_figures_are_left_out_and_named() -> None:
    a, b = [None, None, *QUICK[2:]], [*SLOW[:19], None]
    said = verdict(a, b, WAIT)
    assert said.paired is not None
    assert (said.paired.n, said.left_out) == (17, 3)
    assert said.sentence.endswith("Left out: 3 rounds without both figures (A gave none in 2 and B gave none in 1).")


def test_pairs_are_within_a_round_never_across() -> None:
    """Rounds differ much more than the models: only pairing shows that A is ahead in each."""
    rounds = [float(10 * index) for index in range(1, 21)]
    said = verdict([value - 0.2 - 0.001 * value for value in rounds], rounds, WAIT)
    assert said.shown
    assert said.claim.startswith("A starts sooner")


def test_no_common_round_says_so() -> None:
    said = verdict([None, 1.0], [1.0, None], SPEED)
    assert (said.shown, said.paired, said.left_out) == (False, None, 2)
    assert said.sentence.startswith("No round gave tokens/s for both A and B.")


def test_unequal_numbers_of_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        verdict([1.0, 2.0], [1.0], WAIT)


def test_money_is_written_as_money() -> None:
    said = verdict([0.0004 + 1e-6 * j for j in range(20)], [0.0001] * 20, COST)
    assert plain(said.sentence) == "B costs less than A by $0.00031 (95 % interval $0.00031 to $0.00031, n = 20)."
