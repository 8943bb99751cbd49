"""Search by words scores as BM25 is written, in whatever language the words are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.embedding.keywords import KeywordSearch, words

TEXTS = ("Pump leaks oil, oil, oil", "pump", None, "", "Öl läuft aus der Pumpe", "the belt slips off the drum")


def found(question: str, texts: tuple[str | None, ...] = TEXTS) -> list[tuple[int, tuple[str, ...]]]:
    return [(hit.row, hit.words) for hit in KeywordSearch(texts).find(question)]


def test_the_score_is_bm25_as_published() -> None:
    k1, b, lengths = 0.9, 0.4, np.array([5, 1, 5, 6])
    (hit, _) = KeywordSearch(TEXTS, k1=k1, b=b).find("oil pump")

    def worth(texts: int, times: int) -> float:
        weight = math.log(1 + (4 - texts + 0.5) / (texts + 0.5))
        return weight * times * (k1 + 1) / (times + k1 * (1 - b + b * 5 / lengths.mean()))

    assert hit.score == pytest.approx(worth(1, 3) + worth(2, 1))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("OIL and pump", [(0, ("oil", "pump")), (1, ("pump",))]),
        ("pump oil pump", [(0, ("pump", "oil")), (1, ("pump",))]),
        ("öl", [(4, ("öl",))]),
        ("o\u0308l", [(4, ("öl",))]),
        ("ol", []),
        ("nothing of it", []),
        ("", []),
        ("?! _ \ud800 \0", []),
    ],
)
def test_a_question_finds_the_texts_that_hold_its_words(question: str, expected: object) -> None:
    assert found(question) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("X-4711/b, v2_final", ["x", "4711", "b", "v2", "final"]),
        ("泵漏油 ポンプ", ["泵", "漏", "油", "ポ", "ン", "プ"]),
        ("Насос течёт", ["насос", "течёт"]),
        ("ＰＵＭＰ m² ﬁlter", ["pump", "m2", "filter"]),
        ("\ud83d\ude00 \ud800 \0", []),
    ],
)
def test_words_are_runs_of_letters_and_digits_of_any_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_language_without_spaces_is_found_by_its_characters() -> None:
    assert found("漏油", ("电机过热", "泵漏油了")) == [(1, ("漏", "油"))]


def test_equal_scores_come_in_the_order_of_their_rows_and_no_more_than_asked() -> None:
    hits = KeywordSearch(["same words"] * 9).find("words", 4)
    assert [hit.row for hit in hits] == [0, 1, 2, 3]
    assert len({hit.score for hit in hits}) == 1


def test_a_word_that_all_texts_hold_still_counts_for_something() -> None:
    assert all(hit.score > 0 for hit in KeywordSearch(["oil", "oil"]).find("oil"))


def test_a_mask_leaves_rows_out() -> None:
    among = np.array([False, True, True, True, True, True])
    assert [hit.row for hit in KeywordSearch(TEXTS).find("pump oil", among=among)] == [1]
    with pytest.raises(ValueError, match="mask"):
        KeywordSearch(TEXTS).find("pump", among=among[:3])


@pytest.mark.parametrize("texts", [(), (None, None), ("", "  ")])
def test_texts_without_words_have_no_hits(texts: tuple[str | None, ...]) -> None:
    assert found("pump", texts) == []


@pytest.mark.parametrize(("k1", "b"), [(-1, 0.5), (1, 1.5), (1, -0.1)])
def test_parameters_out_of_range_are_refused(k1: float, b: float) -> None:
    with pytest.raises(ValueError, match="k1"):
        KeywordSearch((), k1=k1, b=b)


def test_less_than_one_hit_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="0 hits"):
        KeywordSearch(TEXTS).find("pump", 0)
