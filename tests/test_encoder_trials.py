"""Encoders on the same rows: what it would cost is known before, half a comparison is not paid for, claims are few."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from services.embedding.agreement import Precision
from services.embedding.encoder import LocalEncoder
from services.embedding.encoders import BatchEncoder, InProcessEncoder
from services.embedding.prepared import prepare
from services.embedding.tokens import EstimatedTokens
from services.embedding.vector_store import VectorStore
from services.encoder_trials import Candidate, Trial, Trials, agreements, precision, vector_bytes, verdict
from services.errors import BadRequestError, OverloadedError
from services.shares import Share
from tests.embedding.embeds import Endpoint

OWNER, TEXTS, WAIT_S = "ann", "7 True {TXT}", 20.0
PRICE = Decimal("0.02")
ROWS = [f"pump {n} {'leaks oil' if n % 2 else 'makes a loud noise'}" for n in range(30)]
LABELS = ["leak" if n % 2 else "noise" for n in range(30)]


@pytest.fixture
def trials() -> Iterator[Trials]:
    made = Trials(VectorStore(None), max_live=3)
    yield made
    made.close()


def candidate(encoder: BatchEncoder, price: Decimal | None = PRICE) -> Candidate:
    return Candidate(encoder, prepare(ROWS, EstimatedTokens()), price)


def local() -> Candidate:
    return candidate(InProcessEncoder(LocalEncoder()), Decimal(0))


def remote(model: str = "invented/embedder", endpoint: Endpoint | None = None, **options: object) -> Candidate:
    asked = Endpoint() if endpoint is None else endpoint
    return candidate(asked.encoder(model=model, **options))


def ended(trial: Trial) -> Trial:
    for entry in trial.entries:
        entry.job.wait(WAIT_S)
    return trial


def test_both_embed_the_same_rows_and_are_compared(trials: Trials) -> None:
    trial = ended(trials.start(OWNER, TEXTS, [local(), remote()]))
    assert [snapshot.state for snapshot in trial.snapshots()] == ["done", "done"]
    embedded = [snapshot.embedded for snapshot in trial.snapshots()]
    (shared,) = agreements(embedded, 5)
    assert (shared.first, shared.second, shared.overlap.share.n) == (0, 1, 30)
    found = [precision(one, LABELS, 5) for one in embedded if one is not None]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].share.low > found[1].share.high
    assert verdict("AB", found).startswith("A finds more rows of the same label than B")
    assert [vector_bytes(e, v) for e, v in zip(trial.entries, embedded, strict=True) if v] == [30 * 1028, 30 * 36]


def test_the_forecast_counts_only_what_is_not_kept_and_only_real_money(trials: Trials) -> None:
    first = trials.forecast([local(), remote(), remote("invented/other", word="simulated")])
    assert first.new_texts == 90
    assert first.usd is not None
    assert Decimal(0) < first.usd < Decimal("0.001")
    ended(trials.start(OWNER, TEXTS, [local(), remote()]))
    again = trials.forecast([local(), remote()])
    assert (again.new_texts, again.usd) == (0, Decimal(0))


def test_an_unknown_price_is_no_price_of_zero(trials: Trials) -> None:
    assert trials.forecast([local(), candidate(Endpoint().encoder(), None)]).usd is None


def test_what_is_kept_is_not_sent_again(trials: Trials) -> None:
    endpoint = Endpoint()
    for _ in range(2):
        ended(trials.start(OWNER, TEXTS, [local(), remote(endpoint=endpoint)]))
    assert set(endpoint.asked.values()) == {1}


def test_a_number_that_is_no_comparison_or_one_encoder_twice_is_refused(trials: Trials) -> None:
    four = [remote(f"invented/{n}") for n in range(4)]
    for candidates in ([], [local()], four, [local(), local()]):
        with pytest.raises(BadRequestError):
            trials.start(OWNER, TEXTS, candidates)
    assert trials.current(OWNER, TEXTS) is None


def test_a_trial_under_way_is_not_replaced_and_can_be_stopped(trials: Trials) -> None:
    held = Endpoint(hold=threading.Event())
    trial = trials.start(OWNER, TEXTS, [local(), remote(endpoint=held)])
    assert held.arrived.acquire(timeout=WAIT_S)
    with pytest.raises(BadRequestError, match="already"):
        trials.start(OWNER, TEXTS, [local(), remote("invented/other")])
    trial.stop()
    assert [snapshot.state for snapshot in ended(trial).snapshots()][1] == "stopped"
    assert not trial.live


def test_where_one_cannot_begin_the_others_are_stopped(trials: Trials) -> None:
    held = Endpoint(hold=threading.Event())
    waiting = trials.start("bob", TEXTS, [remote("a", held), remote("b", held)])
    other = Endpoint(hold=threading.Event())
    with pytest.raises(OverloadedError):
        trials.start(OWNER, TEXTS, [remote("c", other), remote("d", other)])
    assert trials.current(OWNER, TEXTS) is None
    waiting.stop()
    ended(waiting)
    ended(begun_once_there_is_room(trials, [local(), remote("e"), remote("f")]))
    assert not other.asked


def begun_once_there_is_room(trials: Trials, candidates: list[Candidate]) -> Trial:
    end_s = time.monotonic() + WAIT_S
    while True:
        try:
            return trials.start(OWNER, TEXTS, candidates)
        except (OverloadedError, BadRequestError):
            # The half that was begun and stopped may still be ending.
            assert time.monotonic() < end_s
            time.sleep(0.005)


def test_a_trial_belongs_to_its_owner_and_its_texts(trials: Trials) -> None:
    ended(trials.start(OWNER, TEXTS, [local(), remote()]))
    assert trials.current(OWNER, TEXTS) is not None
    assert trials.current(OWNER, "8 True {TXT}") is None
    assert trials.current("bob", TEXTS) is None


def cell(value: float, low: float, high: float) -> Precision:
    return Precision(Share(value, low, high, 40), 10, 0.1, 1.0, 0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([cell(0.5, 0.4, 0.6), cell(0.8, 0.7, 0.9)], "B finds more rows"),
        ([cell(0.6, 0.5, 0.7), cell(0.8, 0.7, 0.9)], "No difference shown between B and A"),
        ([cell(0.5, 0.4, 0.6), cell(0.8, 0.7, 0.9), cell(0.81, 0.72, 0.9)], "No difference shown between C and B"),
        ([cell(0.5, 0.4, 0.6), None], ""),
        ([None, None], ""),
    ],
)
def test_a_difference_is_claimed_only_where_the_intervals_do_not_meet(found: list[Precision | None], said: str) -> None:
    assert verdict("ABC"[: len(found)], found).startswith(said)
    assert bool(verdict("ABC"[: len(found)], found)) == bool(said)
