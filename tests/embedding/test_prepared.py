"""What is sent: each text once, cut or refused where it is too long, with its tokens."""

from __future__ import annotations

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder
from services.embedding.prepared import prepare
from services.embedding.tokens import LOCAL_LIMIT_TOKENS, EstimatedTokens, LocalTokens
from services.errors import ConfigError

LOCAL = LocalTokens()
LONG = "The pump leaks oil. " * 200
WORDY = "international development organization " * 120


def test_empty_and_double_rows_send_nothing() -> None:
    prepared = prepare(["a pump", None, "a belt", "a pump", "", "a pump"], LOCAL)
    assert prepared.texts == ("a pump", "a belt")
    assert prepared.row_texts == (0, -1, 1, 0, -1, 0)
    assert (prepared.rows, prepared.empty_rows, prepared.duplicate_rows) == (6, 2, 2)
    assert prepared.rows_of == ((0, 3, 5), (2,))


def test_tokens_are_counted_once_a_text_and_known_for_each_row() -> None:
    prepared = prepare(["a pump", None, "a pump"], LOCAL)
    assert (prepared.tokens, prepared.total_tokens, prepared.row_tokens) == ((2,), 2, (2, 0, 2))
    assert not prepared.estimated


def test_a_long_text_is_cut_and_marked_in_each_of_its_rows() -> None:
    prepared = prepare(["short", LONG, LONG], LOCAL, limit_tokens=512)
    assert prepared.cut == (False, True, True)
    assert prepared.tokens == (1, 512)
    assert LONG.startswith(prepared.texts[1])


def test_texts_that_are_alike_once_cut_are_sent_once() -> None:
    prepared = prepare([LONG, LONG + "But this one ends otherwise."], LOCAL, limit_tokens=512)
    assert (len(prepared.texts), prepared.duplicate_rows, prepared.cut_rows) == (1, 1, 2)


def test_a_refused_text_is_marked_and_not_sent() -> None:
    prepared = prepare(["short", LONG, None], LOCAL, limit_tokens=512, too_long="refuse")
    assert (prepared.texts, prepared.row_texts) == (("short",), (0, -1, -1))
    assert (prepared.refused, prepared.cut) == ((False, True, False), (False, False, False))
    assert (prepared.refused_rows, prepared.empty_rows) == (1, 1)


def test_a_prefix_counts_and_takes_its_room() -> None:
    prepared = prepare([LONG], LOCAL, limit_tokens=100, prefix="passage: ")
    assert prepared.tokens == (100,)
    assert LOCAL.measure(["passage: " + prepared.texts[0]], None)[0].tokens == 100
    with pytest.raises(ConfigError, match="leaves no room"):
        prepare(["x"], LOCAL, limit_tokens=2, prefix="passage: ")


@pytest.mark.parametrize("tokens", [LOCAL, EstimatedTokens()], ids=["local", "estimated"])
def test_nothing_at_all_is_prepared_too(tokens: LocalTokens | EstimatedTokens) -> None:
    prepared = prepare([], tokens, limit_tokens=512)
    assert (prepared.rows, prepared.texts, prepared.total_tokens) == (0, (), 0)
    assert prepare([None, ""], tokens).texts == ()


@pytest.mark.parametrize(
    "text",
    ["Die Pumpe ist undicht. " * 300, "Donaudampfschifffahrtsgesellschaft " * 300, "a-1 " * 2000, "漢字" * 2000, WORDY],
)
def test_the_local_encoder_reads_no_more_than_what_is_left(text: str) -> None:
    encoder = LocalEncoder()
    [left] = LOCAL.measure([text], LOCAL_LIMIT_TOKENS)
    assert left.text != text
    np.testing.assert_array_equal(encoder.encode([left.text]), encoder.encode([text]))


@pytest.mark.parametrize("text", [LONG, "漢字😀" * 500, "x" * 4000, "4711 " * 900, "\x00\ud800" * 900, "!" * 2000])
def test_an_estimated_cut_stays_below_the_limit_by_its_error(text: str) -> None:
    [left] = EstimatedTokens(error=0.4).measure([text], 514)
    assert 0 < len(left.text) < len(text)
    assert left.tokens * 1.4 <= 514 + 1.4


def test_a_text_that_fits_is_left_alone() -> None:
    assert EstimatedTokens().measure(["Pump 32 leaks."], 514)[0].text == "Pump 32 leaks."


@pytest.mark.parametrize(
    "text",
    [
        "Since the morning shift the feed pump on line three has been losing oil at the shaft seal.",
        "Seit der Frühschicht verliert die Speisepumpe der Linie drei Öl an der Wellendichtung.",
        "MAT-004711 DN50 PN16 12,5 KG WERK 1000",
    ],
)
def test_the_estimate_is_as_near_to_the_local_vocabulary_as_it_says(text: str) -> None:
    estimated = EstimatedTokens(per_text=0)
    guessed, counted = (kind.measure([text], None)[0].tokens for kind in (estimated, LOCAL))
    assert guessed * (1 - estimated.error) <= counted <= guessed * (1 + estimated.error)


def test_a_lost_tokenizer_is_named(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"tokenizer\.json"):
        LocalTokens(tmp_path).measure(["x"], None)
