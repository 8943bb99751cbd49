"""The sentence that stands in front, and what a table says of a model."""

from __future__ import annotations

from services.matrix.checks import Contains
from services.matrix.scores import grounding_scores, headline, pair_scores, pass_scores, sentences
from tests.matrix.test_scores import snapshot


def test_the_clearest_difference_stands_in_front() -> None:
    done = snapshot({"org/a": "yes", "org/b": "yes", "org/c": "no"}, Contains("yes"))
    assert [score.shares.shown for score in pair_scores(done)] == [False, True, True]
    assert headline(done) == pair_scores(done)[1].sentence
    assert headline(done) in sentences(done)


def test_without_checks_or_pairs_the_first_sentence_stands_in_front() -> None:
    alone = snapshot({"org/a": "yes"}, Contains("yes"), rows=3)
    assert headline(alone) == pass_scores(alone)[0].sentence
    unchecked = snapshot({"org/a": "Pump P100", "org/b": "x"}, rows=3)
    assert headline(unchecked) == grounding_scores(unchecked)[0].sentence


def test_a_table_gives_count_n_and_interval_and_nothing_of_what_was_not_judged() -> None:
    done = snapshot({"org/a": "MAT-{row} yes", "org/b": "no"}, Contains("yes"))
    assert [score.short for score in pass_scores(done)] == ["12 of 12 (76 to 100\u202f%)", "0 of 12 (0 to 24\u202f%)"]
    assert [score.short for score in grounding_scores(done)][1] == "–"
    few = snapshot({"org/a": "MAT-{row}"}, rows=3)
    assert grounding_scores(few)[0].short == "3 of 3"
