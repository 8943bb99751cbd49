"""What is said of models rests on counts with intervals: bunched marks widen them, and test and interval agree."""

from __future__ import annotations

import random

import pytest

from services.matrix.cells import Snapshot
from services.matrix.checks import Contains, Matches
from services.matrix.scores import check_scores, grounding_scores, pair_scores, pass_scores, sentences
from services.matrix.shares import PairedShares, clustered_interval, paired_shares
from services.shares import wilson
from services.wire.types import ChatRequest
from tests.answers.scripted import SANDBOX, TOGETHER, ScriptedStream
from tests.matrix.rows import BROKEN, OWNER, Picky, asked, matrices, plan


class Voiced(Picky):
    """Each model says its own words, of which {n} is the number of the row."""

    def __init__(self, words: dict[str, str], **more: object) -> None:
        super().__init__(**more)
        self.by_model = words

    def stream_chat(self, endpoint: object, request: ChatRequest, **more: object) -> ScriptedStream:
        row = str(request.messages[-1].content).split("MAT-")[1][:5]
        self.words = (self.by_model[request.model].format(n=int(row), row=row),)
        return super().stream_chat(endpoint, request, **more)


def snapshot(words: dict[str, str], *checks: object, rows: int = 12, at: object = TOGETHER, **more: object) -> Snapshot:
    with matrices(Voiced(words, **more)) as house:
        entrants = [asked(model, at) for model in words]
        job = house.start(OWNER, plan(rows, *entrants, cap_usd=None), checks=checks)
        return job.wait(20)


def test_a_model_passes_what_all_checks_pass_and_each_check_counts_alone() -> None:
    done = snapshot({"org/a": "yes {n}", "org/b": "no {n}"}, Contains("yes"), Matches("[0-5]$"))
    assert [(score.passed, score.judged) for score in pass_scores(done)] == [(8, 12), (0, 12)]
    assert [score.passed for score in check_scores(done, 0)] == [12, 0]
    assert [score.passed for score in check_scores(done, 1)] == [8, 8]
    assert pass_scores(done)[0].interval == wilson(8, 12)


def test_cells_without_an_answer_are_counted_apart_and_never_as_passed() -> None:
    done = snapshot({"org/a": "yes"}, Contains("no", absent=True), fails=lambda n, model: BROKEN if n == 1 else None)
    score = pass_scores(done)[0]
    assert (score.passed, score.judged, score.unanswered) == (11, 11, 1)
    assert score.sentence.endswith(" 1 gave no answer.")


def test_an_answer_that_a_check_cannot_judge_is_counted_apart() -> None:
    done = snapshot({"org/a": "x" * 100_001}, Matches("x"), rows=2)
    score = pass_scores(done)[0]
    assert (score.judged, score.unjudged, score.share, score.interval) == (0, 2, None, (0, 1))
    assert score.sentence == "No answer of A was judged. 2 could not be judged."


def test_without_checks_nothing_is_said_of_passing() -> None:
    done = snapshot({"org/a": "MAT-{row}", "org/b": "MAT-99999"})
    assert pair_scores(done) == []
    assert [score.unjudged for score in pass_scores(done)] == [0, 0]
    assert len(sentences(done)) == 2


def test_models_are_set_apart_on_the_rows_judged_for_both() -> None:
    done = snapshot({"org/a": "yes", "org/b": "no {n}"}, Matches("yes|no [01]$"))
    score = pair_scores(done)[0]
    assert (score.shares, score.left_out) == (PairedShares(2, 10, 0, 0), 0)
    assert score.shares.shown
    assert score.sentence.startswith("A passes more rows than B by 83 points (95")
    assert score.sentence.endswith("n = 12).")


def test_rows_that_one_failed_to_answer_are_left_out_and_named() -> None:
    broken = {"org/a": "yes", "org/b": "yes"}
    done = snapshot(broken, Contains("yes"), fails=lambda n, model: BROKEN if n == 1 else None)
    score = pair_scores(done)[0]
    assert (score.shares.n, score.left_out) == (11, 1)
    assert score.sentence.endswith(": they pass and fail in the same rows. 1 row is left out, not judged for both.")


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        (PairedShares(0, 0, 0, 0), "No row was judged for both A and B."),
        (PairedShares(1, 2, 0, 0), "at n = 3, too few to say how many would do."),
        (PairedShares(3, 3, 1, 3), "more rows would settle it."),
        (PairedShares(3, 2, 2, 3), "nothing points to a difference that more rows would show."),
    ],
)
def test_what_is_not_shown_is_not_claimed(shares: PairedShares, says: str) -> None:
    done = snapshot({"org/a": "yes", "org/b": "yes"}, Contains("yes"), rows=1)
    score = pair_scores(done)[0]
    assert type(score)(score.places, shares, 0, False).sentence.endswith(says)


def test_a_simulated_side_makes_every_sentence_a_practice() -> None:
    done = snapshot({"org/a": "yes", "org/b": "no"}, Contains("yes"), at=SANDBOX)
    assert all(said.startswith("Simulated practice: ") for said in sentences(done))
    real = snapshot({"org/a": "yes", "org/b": "no"}, Contains("yes"))
    assert not any("ractice" in said for said in sentences(real))


def test_grounding_is_counted_per_model_with_an_interval_over_rows() -> None:
    done = snapshot({"org/a": "MAT-{row} costs 1,234.50 EUR", "org/b": "MAT-77777 costs 1,234.50 EUR"})
    a, b = grounding_scores(done)
    assert [(score.grounded, score.judged, score.rows) for score in (a, b)] == [(24, 24, 12), (12, 24, 12)]
    assert a.interval == wilson(12, 12)
    assert a.sentence.startswith("24 of 24 marks of A stand in the row (100")
    assert b.sentence.endswith("n = 12 rows).")


def test_below_five_rows_there_is_no_interval() -> None:
    score = grounding_scores(snapshot({"org/a": "MAT-{row}"}, rows=4))[0]
    assert score.interval is None
    assert "no interval below 5 rows" in score.sentence
    silent = grounding_scores(snapshot({"org/a": "nothing"}, rows=1))[0]
    assert silent.sentence == "A says nothing that can be looked up in a row."


def test_not_quite_all_is_not_written_as_all() -> None:
    score = grounding_scores(snapshot({"org/a": "MAT-{row}"}, rows=5))[0]
    nearly = type(score)(0, 999, 1_000, 50, (0.991, 0.9999), False)
    assert "(99.9" in nearly.sentence


def test_marks_that_come_in_bunches_count_less_than_as_many_alone() -> None:
    """Ten rows of ten marks, right or wrong together, say no more than ten marks."""
    bunched = clustered_interval([10, 0] * 5, [10] * 10)
    alone = wilson(50, 100)
    few = wilson(5, 10)
    assert bunched is not None
    assert bunched[1] - bunched[0] > 2 * (alone[1] - alone[0])
    assert bunched[1] - bunched[0] == pytest.approx(few[1] - few[0], abs=0.1)


def test_rows_without_a_mark_are_no_rows() -> None:
    assert clustered_interval([1, 0, 2, 1, 3], [1, 0, 2, 2, 3]) is None
    assert clustered_interval([1, 0, 2, 1, 3, 1], [1, 0, 2, 2, 3, 1]) is not None
    assert clustered_interval([], []) is None


def test_the_clustered_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance, held, rounds = random.Random(1), 0, 600
    for _ in range(rounds):
        counts = [chance.randint(1, 8) for _ in range(15)]
        shares = [chance.betavariate(1.6, 0.4) for _ in counts]
        hits = [sum(chance.random() < share for _ in range(n)) for n, share in zip(counts, shares, strict=True)]
        bounds = clustered_interval(hits, counts)
        assert bounds is not None
        held += bounds[0] <= 0.8 <= bounds[1]
    assert 0.91 < held / rounds < 0.985


def test_interval_and_exact_test_of_a_pair_never_contradict_each_other() -> None:
    for n in range(1, 16):
        for only_first in range(n + 1):
            for only_second in range(n + 1 - only_first):
                for both in range(n + 1 - only_first - only_second):
                    found = PairedShares(both, only_first, only_second, n - both - only_first - only_second)
                    low, high = found.interval
                    assert -1 <= low <= found.difference <= high <= 1
                    assert (low > 0 or high < 0) is found.shown


def test_published_intervals_of_paired_differences_are_found() -> None:
    """Newcombe 1998; and Altman et al., Statistics with Confidence, table 6.2, where the exact p is 0.06."""
    assert PairedShares(36, 12, 2, 0).interval == pytest.approx((0.0569, 0.3404), abs=1e-4)
    altman = PairedShares(14, 5, 0, 22)
    assert altman.p_value == pytest.approx(0.0625)
    assert altman.interval == pytest.approx((0, 0.226), abs=1e-3)


def test_rows_without_a_verdict_on_both_sides_do_not_count() -> None:
    assert paired_shares([True, None, False, True], [False, True, None, True]) == PairedShares(1, 1, 0, 0)
    assert PairedShares(0, 0, 0, 0).interval == (-1, 1)
