"""A job of embedding from outside: what it does, what it tells, and what it never does twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder, Vectors
from services.embedding.encoders import EncoderId, EndpointEncoder, InProcessEncoder
from services.embedding.job import Job
from services.embedding.jobs import Jobs
from services.embedding.prepared import Prepared, prepare
from services.embedding.progress import Snapshot
from services.embedding.rows import present
from services.embedding.texts import default_template, fill
from services.embedding.tokens import EstimatedTokens, LocalTokens
from services.embedding.vector_store import Recalled, VectorStore
from services.errors import BadRequestError, ConfigError, OverloadedError, ServerError, StoppedError, UnavailableError
from services.wire.call import Call
from services.wire.types import EmbeddingResult, Usage
from tests.embedding.embeds import PLACE, Endpoint, vector
from tests.embedding.samples import numbered

WAIT_S = 30.0
PRICE = Decimal("0.02")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(VectorStore(None))
    yield made
    made.close()


def texts(count: int) -> Prepared:
    """Of two words each, which the stand-in counts as two tokens."""
    return prepare([f"text {n}" for n in range(count)], EstimatedTokens())


def until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.002)


def vectors_of(seen: Snapshot) -> np.ndarray:
    assert seen.embedded is not None
    return seen.embedded.row_vectors()


def fails_at(text: str, error: Exception) -> Callable[[Sequence[str], EmbeddingResult], EmbeddingResult]:
    def change(given: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        if text in given:
            raise error
        return result

    return change


def test_a_sample_becomes_vectors_for_free(jobs: Jobs) -> None:
    read = numbered(30)
    filled = fill(default_template(read), read)
    job = jobs.start("ann", prepare(filled, LocalTokens(), limit_tokens=512), InProcessEncoder(LocalEncoder()))
    seen = job.wait(WAIT_S)
    assert (seen.state, seen.rows_done, seen.texts_done, seen.word, seen.cost_usd) == ("done", 30, 30, "local", 0)
    np.testing.assert_allclose(vectors_of(seen), LocalEncoder().encode([str(text) for text in filled]), atol=1e-6)


def test_each_row_has_the_vector_of_its_text_and_none_where_it_has_no_text(jobs: Jobs) -> None:
    prepared = prepare(["a", None, "b", "a"], EstimatedTokens())
    endpoint = Endpoint()
    seen = jobs.start("ann", prepared, endpoint.encoder()).wait(WAIT_S)
    np.testing.assert_allclose(vectors_of(seen), [vector("a"), [0] * 8, vector("b"), vector("a")], atol=1e-6)
    assert seen.embedded is not None
    assert present(vectors_of(seen)).tolist() == [True, False, True, True]
    assert (seen.rows_done, seen.texts_done, endpoint.asked) == (4, 2, {"a": 1, "b": 1})


def test_the_result_says_whose_it_is(jobs: Jobs) -> None:
    embedded = jobs.start("ann", texts(3), Endpoint().encoder()).wait(WAIT_S).embedded
    assert embedded is not None
    assert (embedded.encoder, embedded.model, embedded.served, embedded.word, embedded.dimensions) == (
        "Invented",
        "invented/embedder",
        "invented/embedder",
        "real",
        8,
    )


def test_the_same_vectors_have_the_same_id_and_others_another(jobs: Jobs) -> None:
    ids = [
        jobs.start("ann", prepared, encoder).wait(WAIT_S).embedded.id  # type: ignore[union-attr]
        for prepared in (texts(3), texts(4))
        for encoder in (Endpoint().encoder(), Endpoint().encoder(), Endpoint().encoder(document_prefix="passage: "))
    ]
    assert ids[0] == ids[1]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 4


def test_started_again_it_asks_nothing(jobs: Jobs) -> None:
    endpoint = Endpoint()
    first = jobs.start("ann", texts(300), endpoint.encoder()).wait(WAIT_S)
    again = jobs.start("bob", texts(300), endpoint.encoder(), usd_per_mtok=PRICE).wait(WAIT_S)
    assert (again.from_store, again.tokens, again.cost_usd, endpoint.calls) == (300, 0, 0, 3)
    np.testing.assert_array_equal(vectors_of(first), vectors_of(again))


def test_cost_is_what_the_server_counted_times_the_price(jobs: Jobs) -> None:
    seen = jobs.start("ann", texts(300), Endpoint().encoder(), usd_per_mtok=PRICE).wait(WAIT_S)
    assert (seen.tokens, seen.estimated, seen.cost_usd) == (600, False, Decimal("0.000012"))


@pytest.mark.parametrize("usage", [None, Usage(-5, 0)])
def test_where_the_server_does_not_count_the_cost_is_an_estimate_and_says_so(jobs: Jobs, usage: Usage | None) -> None:
    endpoint = Endpoint(change=lambda _, result: replace(result, usage=usage))
    prepared = texts(300)
    seen = jobs.start("ann", prepared, endpoint.encoder(), usd_per_mtok=PRICE).wait(WAIT_S)
    assert (seen.tokens, seen.estimated) == (prepared.total_tokens, True)
    assert seen.cost_usd == prepared.total_tokens * PRICE / 1_000_000


def test_an_unknown_price_costs_nobody_knows_what(jobs: Jobs) -> None:
    assert jobs.start("ann", texts(3), Endpoint().encoder()).wait(WAIT_S).cost_usd is None


def test_while_paused_nothing_is_asked_and_what_was_under_way_is_kept(jobs: Jobs) -> None:
    hold = threading.Event()
    endpoint = Endpoint(hold=hold)
    job = jobs.start("ann", texts(20), endpoint.encoder(batch=2, concurrency=2))
    for _ in range(2):
        assert endpoint.arrived.acquire(timeout=WAIT_S)
    job.pause()
    hold.set()
    until(lambda: job.snapshot().texts_done == 4)
    assert not endpoint.arrived.acquire(timeout=0.05)
    assert job.snapshot().state == "paused"
    assert job.live
    job.resume()
    assert job.wait(WAIT_S).state == "done"
    assert set(endpoint.asked.values()) == {1}


def test_pauses_do_not_count_as_time() -> None:
    now_s = [0.0]
    jobs = Jobs(VectorStore(None), clock_s=lambda: now_s[0])
    hold = threading.Event()
    endpoint = Endpoint(hold=hold)
    job = jobs.start("ann", texts(4), endpoint.encoder(batch=2, concurrency=1))
    assert endpoint.arrived.acquire(timeout=WAIT_S)
    now_s[0] = 2.0
    job.pause()
    now_s[0] = 1000.0
    hold.set()
    until(lambda: job.snapshot().texts_done == 2)
    seen = job.snapshot()
    assert (seen.elapsed_s, seen.texts_per_s, seen.rows_per_s, seen.left_s) == (2.0, 1.0, 1.0, 2.0)
    job.resume()
    assert job.wait(WAIT_S).elapsed_s == 2.0
    jobs.close()


@pytest.mark.parametrize("paused", [False, True])
def test_stop_hangs_up_at_once_and_keeps_what_came(jobs: Jobs, paused: bool) -> None:
    hold, seen = threading.Event(), threading.Semaphore(0)

    def first_only(given: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        hold.clear()
        seen.release()
        return result

    hold.set()
    endpoint = Endpoint(hold=hold, change=first_only)
    job = jobs.start("ann", texts(10), endpoint.encoder(batch=2, concurrency=1))
    until(lambda: job.snapshot().texts_done == 2)
    if paused:
        job.pause()
    job.stop()
    ended = job.wait(WAIT_S)
    assert (ended.state, ended.texts_done, ended.problem, ended.embedded) == ("stopped", 2, None, None)
    hold.set()
    rest = Endpoint()
    assert jobs.start("ann", texts(10), rest.encoder()).wait(WAIT_S).from_store == 2
    assert sum(rest.asked.values()) == 8


def test_what_was_sent_without_an_answer_is_told_since_it_may_be_billed(jobs: Jobs) -> None:
    hold = threading.Event()
    silent = Endpoint(hold=hold)

    def embed(given: Sequence[str], call: Call) -> EmbeddingResult:
        call.attempt()
        return silent(given, call)

    encoder = silent.encoder(batch=5, concurrency=1)
    encoder._embed = embed
    prepared = texts(10)
    job = jobs.start("ann", prepared, encoder)
    assert silent.arrived.acquire(timeout=WAIT_S)
    job.stop()
    ended = job.wait(WAIT_S)
    assert (ended.unanswered_tokens, ended.tokens) == (sum(prepared.tokens[:5]), 0)


def test_a_failure_ends_the_job_keeps_what_came_and_is_made_good_by_starting_again(jobs: Jobs) -> None:
    endpoint = Endpoint(change=fails_at("text 5", ServerError("invented failure")))
    ended = jobs.start("ann", texts(10), endpoint.encoder(batch=2, concurrency=1)).wait(WAIT_S)
    assert (ended.state, ended.texts_done) == ("failed", 4)
    assert ended.problem is not None
    assert (ended.problem.message, ended.problem.__traceback__) == ("invented failure", None)
    rest = Endpoint()
    seen = jobs.start("ann", texts(10), rest.encoder(batch=2)).wait(WAIT_S)
    assert (seen.state, seen.from_store) == ("done", 4)
    assert set(rest.asked) == {f"text {n}" for n in range(4, 10)}


def test_answers_that_come_after_another_failed_are_kept(jobs: Jobs) -> None:
    failed = threading.Event()

    def change(given: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        if "text 0" in given:
            failed.set()
            raise ServerError("invented failure")
        assert failed.wait(WAIT_S)
        return result

    ended = jobs.start("ann", texts(8), Endpoint(change=change).encoder(batch=2, concurrency=2)).wait(WAIT_S)
    assert (ended.state, ended.texts_done) == ("failed", 2)


def test_a_defect_of_ours_is_not_hidden(jobs: Jobs) -> None:
    job = jobs.start("ann", texts(4), Endpoint(change=fails_at("text 1", ZeroDivisionError())).encoder())
    with pytest.raises(ZeroDivisionError):
        job.wait(WAIT_S)
    assert not job.live
    assert jobs.start("ann", texts(4), Endpoint().encoder()).wait(WAIT_S).state == "done"


def test_vectors_kept_from_a_model_that_changed_are_not_mixed_with_new_ones(jobs: Jobs) -> None:
    jobs.start("ann", texts(4), Endpoint().encoder()).wait(WAIT_S)
    changed = Endpoint(change=lambda _, result: replace(result, model="invented/successor"))
    ended = jobs.start("ann", texts(8), changed.encoder()).wait(WAIT_S)
    assert (ended.state, ended.texts_done, ended.embedded) == ("failed", 4, None)
    assert ended.problem is not None
    assert "Forget" in ended.problem.remedy
    assert ended.tokens == 8


def test_a_refusal_to_mix_hangs_up_what_is_still_under_way(jobs: Jobs) -> None:
    jobs.start("ann", texts(2), Endpoint().encoder()).wait(WAIT_S)
    silent = Endpoint(hold=threading.Event())

    def embed(given: Sequence[str], call: Call) -> EmbeddingResult:
        result = silent(given, call) if "text 4" in given else Endpoint()(given, call)
        return replace(result, model="invented/successor")

    encoder = EndpointEncoder(
        "Invented", embed, place=PLACE, model="invented/embedder", word="real", batch=2, concurrency=2
    )
    assert jobs.start("ann", texts(6), encoder).wait(WAIT_S).state == "failed"


class Broken(VectorStore):
    """A file that fails whatever it is asked, and counts it."""

    tried = 0

    def recall(self, encoder: EncoderId, hashes: Sequence[bytes]) -> Recalled:
        self.tried += 1
        raise UnavailableError("invented damage")

    def keep(self, encoder: EncoderId, hashes: Sequence[bytes], vectors: Vectors, served: str | None = None) -> None:
        self.tried += 1
        raise UnavailableError("invented damage")


def test_a_job_tries_a_file_that_failed_no_second_time() -> None:
    broken = Broken(None)
    jobs = Jobs(broken)
    seen = jobs.start("ann", texts(10), Endpoint().encoder(batch=1)).wait(WAIT_S)
    jobs.close()
    assert (seen.state, broken.tried) == ("done", 1)


def test_a_file_that_cannot_be_used_is_told_and_memory_serves_the_next_job_too(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    path.write_bytes(b"no database at all " * 1000)
    jobs, endpoint = Jobs(VectorStore(path)), Endpoint()
    seen = jobs.start("ann", texts(300), endpoint.encoder(), usd_per_mtok=PRICE, cap_usd=Decimal(1)).wait(WAIT_S)
    assert (seen.state, seen.texts_done) == ("done", 300)
    assert seen.store_problem is not None
    assert "in memory" in seen.store_problem.remedy
    again = jobs.start("ann", texts(300), endpoint.encoder()).wait(WAIT_S)
    assert (again.from_store, set(endpoint.asked.values())) == (300, {1})
    jobs.close()


def test_above_the_cap_it_asks_first(jobs: Jobs) -> None:
    endpoint, dear = Endpoint(), Decimal(1000)
    with pytest.raises(ConfigError, match=r"costs up to \$2\.\d{4}, which is above the cap of \$0\.10"):
        jobs.start("ann", texts(300), endpoint.encoder(), usd_per_mtok=dear, cap_usd=Decimal("0.10"))
    assert endpoint.calls == 0
    confirmed = jobs.start(
        "ann", texts(300), endpoint.encoder(), usd_per_mtok=dear, cap_usd=Decimal("0.10"), confirmed=True
    )
    assert confirmed.wait(WAIT_S).state == "done"


def test_without_a_price_no_cap_can_be_held(jobs: Jobs) -> None:
    with pytest.raises(ConfigError, match="price of this model is not known"):
        jobs.start("ann", texts(3), Endpoint().encoder(), cap_usd=Decimal(1))


@pytest.mark.parametrize("word", ["local", "simulated"])
def test_what_nobody_pays_for_has_no_cap(jobs: Jobs, word: str) -> None:
    encoder = Endpoint().encoder(word=word)
    assert jobs.start("ann", texts(3), encoder, usd_per_mtok=Decimal(10**9), cap_usd=Decimal(0)).wait(WAIT_S).texts == 3


def test_what_is_kept_does_not_count_towards_the_cap(jobs: Jobs) -> None:
    jobs.start("ann", texts(300), Endpoint().encoder()).wait(WAIT_S)
    again = jobs.start("ann", texts(300), Endpoint().encoder(), usd_per_mtok=Decimal(1000), cap_usd=Decimal("0.001"))
    assert again.wait(WAIT_S).cost_usd == 0


def test_a_server_that_counts_more_than_forecast_is_left_at_the_cap(jobs: Jobs) -> None:
    endpoint = Endpoint(change=lambda _, result: replace(result, usage=Usage(10**6, 0)))
    job = jobs.start("ann", texts(20), endpoint.encoder(batch=2, concurrency=2), usd_per_mtok=PRICE, cap_usd=PRICE)
    ended = job.wait(WAIT_S)
    assert ended.state == "failed"
    assert ended.problem is not None
    assert "above the cap of $0.02" in ended.problem.message
    assert endpoint.calls <= 3
    assert ended.texts_done == 2 * endpoint.calls


def test_requests_stay_within_a_number_of_tokens() -> None:
    prepared, sent = texts(30), []
    tokens = dict(zip(prepared.texts, prepared.tokens, strict=True))

    def noted(given: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        sent.append([tokens[text] for text in given])
        return result

    jobs = Jobs(VectorStore(None), batch_tokens=20)
    assert jobs.start("ann", prepared, Endpoint(change=noted).encoder()).wait(WAIT_S).state == "done"
    jobs.close()
    least, *others = sorted(map(sum, sent))
    assert least > 0
    assert all(15 <= total <= 20 for total in others)


def test_a_text_above_that_number_goes_alone() -> None:
    jobs, endpoint = Jobs(VectorStore(None), batch_tokens=1), Endpoint()
    jobs.start("ann", texts(5), endpoint.encoder()).wait(WAIT_S)
    jobs.close()
    assert endpoint.calls == 5


def test_one_job_at_a_time_for_an_owner_and_a_bounded_number_for_all() -> None:
    jobs, hold = Jobs(VectorStore(None), max_live=2), threading.Event()
    endpoint = Endpoint(hold=hold)
    mine, hers = (jobs.start(owner, texts(4), endpoint.encoder()) for owner in ("ann", "bob"))
    with pytest.raises(BadRequestError, match="already"):
        jobs.start("ann", texts(4), endpoint.encoder())
    with pytest.raises(OverloadedError, match="2 people"):
        jobs.start("eve", texts(4), endpoint.encoder())
    assert jobs.current("ann") is mine
    assert jobs.current("eve") is None
    hold.set()
    assert {job.wait(WAIT_S).state for job in (mine, hers)} == {"done"}
    assert jobs.start("eve", texts(4), endpoint.encoder()).wait(WAIT_S).state == "done"
    jobs.close()


def test_a_sample_without_any_text_is_refused(jobs: Jobs) -> None:
    with pytest.raises(BadRequestError, match="No row has a text"):
        jobs.start("ann", prepare([None, ""], EstimatedTokens()), Endpoint().encoder())


def test_closing_ends_every_thread() -> None:
    before = set(threading.enumerate())
    jobs, endpoint = Jobs(VectorStore(None)), Endpoint(hold=threading.Event())
    running = [jobs.start(owner, texts(20), endpoint.encoder(batch=1)) for owner in ("ann", "bob")]
    running[1].pause()
    for _ in range(2):
        assert endpoint.arrived.acquire(timeout=WAIT_S)
    jobs.close()
    assert {job.wait(WAIT_S).state for job in running} == {"stopped"}
    assert set(threading.enumerate()) <= before


def test_nothing_starts_once_all_is_closed() -> None:
    jobs, endpoint = Jobs(VectorStore(None)), Endpoint()
    jobs.close()
    with pytest.raises(StoppedError):
        jobs.start("ann", texts(3), endpoint.encoder())
    assert endpoint.calls == 0


def test_a_failed_job_leaves_no_thread_behind(jobs: Jobs) -> None:
    jobs.start("ann", texts(1), Endpoint().encoder()).wait(WAIT_S)
    before = threading.active_count()
    changed = Endpoint(change=lambda _, result: replace(result, model="invented/successor"))
    ended = jobs.start("ann", texts(40), changed.encoder(batch=2, concurrency=4)).wait(WAIT_S)
    assert ended.state == "failed"
    assert threading.active_count() <= before + 1


def test_the_oldest_results_go_when_all_together_are_too_large() -> None:
    jobs = Jobs(VectorStore(None), result_bytes=100 * 8 * 4)
    for owner in ("ann", "bob", "eve"):
        jobs.start(owner, texts(60), Endpoint().encoder()).wait(WAIT_S)
    jobs.start("max", texts(1), Endpoint().encoder()).wait(WAIT_S)
    assert [jobs.current(owner) is None for owner in ("ann", "bob", "eve", "max")] == [True, True, False, False]
    jobs.close()


def test_the_speed_of_an_encoder_is_known_after_its_first_job(jobs: Jobs) -> None:
    encoder = Endpoint().encoder()
    assert jobs.texts_per_s(encoder.id) is None
    seen = jobs.start("ann", texts(30), encoder).wait(WAIT_S)
    assert jobs.texts_per_s(encoder.id) == pytest.approx(seen.texts_per_s, rel=0.5)


def test_snapshots_from_many_threads_are_never_torn(jobs: Jobs) -> None:
    odd: list[Snapshot] = []
    job: Job = jobs.start("ann", texts(400), Endpoint().encoder(batch=4, concurrency=4), usd_per_mtok=PRICE)

    def watch() -> None:
        while (seen := job.snapshot()).live:
            if seen.texts_done * 2 > seen.tokens or seen.rows_done != seen.texts_done:
                odd.append(seen)

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert odd == []
    assert job.wait(WAIT_S).tokens == 800
