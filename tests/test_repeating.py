"""Repeating a comparison: interleaved, one at a time, under a ceiling, stoppable, and nothing averaged in silence."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.answers.comparisons import Comparison, Panel
from services.answers.repeat_job import WARM_UP
from services.answers.repeat_jobs import Repeats
from services.answers.repeat_report import as_csv, as_json, failures
from services.answers.repeats import Snapshot, pair_verdicts, panel_figures, series
from services.answers.resilience import MEASURED, Policy
from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.errors import BadRequestError, OverloadedError, RateLimitError, ServerError, ServiceError
from services.models.model import Model
from services.models.prices import Price
from services.playground import Playground
from services.repeating import bound_usd, plan_of
from services.settings import load
from services.wire.call import Call
from services.wire.types import ChatRequest, Sampling, Usage
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Script, ScriptedStream

OWNER = "ann"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
PROMPT = "What is a token?"
PRICE = Price(Decimal(1), Decimal(2))
ENDPOINTS = {endpoint.name: endpoint for endpoint in (LOCAL, SANDBOX, TOGETHER)}


class Counting(Script):
    """A script that fails for the n-th call (from 1, warm-ups included) where fails(n, model) says so."""

    def __init__(self, fails: Callable[[int, str], ServiceError | None] = lambda n, model: None, **more: Any) -> None:
        super().__init__(**{"usage": Usage(20, 50), **more})
        self.fails = fails

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = MEASURED, call: Call | None = None
    ) -> ScriptedStream:
        stream = super().stream_chat(endpoint, request, policy=policy, call=call)
        error = self.fails(len(self.sent), request.model)
        if error is None:
            return stream
        return ScriptedStream((), call or Call(), usage=None, finish=None, error=error, go=None)

    @property
    def counted(self) -> list[ChatRequest]:
        return [sent for sent in self.sent if isinstance(sent, ChatRequest) and WARM_UP not in text_of(sent)]


def text_of(request: ChatRequest) -> str:
    return str(request.messages[0].content)


def resolve(endpoint: str, model: str, *, price: Price | None = PRICE) -> tuple[Endpoint, Model]:
    return ENDPOINTS[endpoint], Model(model, model, price=price)


def comparison(*endpoints: str, system: str = "") -> Comparison:
    panels = tuple(Panel(name, f"org/{letter}") for name, letter in zip(endpoints, "abcd", strict=False))
    return Comparison(panels, prompt=PROMPT, system=system, sampling=Sampling(max_tokens=100))


@contextmanager
def repeating(script: Script, **limits: Any) -> Iterator[Repeats]:
    runs = Runs(script)
    made = Repeats(runs, **limits)
    try:
        yield made
    finally:
        made.close()
        runs.close()


def repeated(script: Script, *endpoints: str, rounds: int = 5, **plan: Any) -> Snapshot:
    with repeating(script) as repeats:
        return repeats.start(OWNER, plan_of(comparison(*endpoints), resolve, rounds=rounds, **plan)).wait(20)


def until(is_true: Callable[[], Any], deadline_s: float = 10) -> None:
    end_s = time.monotonic() + deadline_s
    while not is_true():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def test_every_panel_is_asked_as_often_as_said_and_measured() -> None:
    script = Counting()
    done = repeated(script, "Sandbox", "Together", rounds=5)
    assert (done.stage, len(done.samples), done.rounds_done) == ("done", 10, 5)
    assert [len(done.of(place)) for place in (0, 1)] == [5, 5]
    assert set(script.policies) == {MEASURED}


def test_one_uncounted_call_with_another_prompt_goes_before() -> None:
    script = Counting()
    repeated(script, "Sandbox", "Together", rounds=1)
    first, second = script.sent[:2]
    assert WARM_UP in text_of(first)
    assert WARM_UP in text_of(second)
    assert {first.model, second.model} == {"org/a", "org/b"}
    assert first.sampling.max_tokens == 8
    assert len(script.counted) == 2


def test_the_order_is_drawn_anew_for_each_round_and_a_seed_gives_it_again() -> None:
    def order(seed: int) -> list[tuple[int, int]]:
        samples = repeated(Counting(), "Sandbox", "Sandbox", "Sandbox", rounds=20, seed=seed).samples
        assert [sample.round for sample in samples] == [number for number in range(20) for _ in range(3)]
        return [(sample.place, sample.position) for sample in samples]

    assert order(1) == order(1) != order(2)
    firsts = [place for place, position in order(3) if position == 0]
    assert all(firsts.count(place) >= 2 for place in range(3))


def test_each_prompt_begins_uniquely_in_front_of_the_system_prompt_unless_switched_off() -> None:
    script = Counting()
    with repeating(script) as repeats:
        plan = plan_of(comparison("Sandbox", "Together", system="Be brief."), resolve, rounds=5)
        repeats.start(OWNER, plan).wait(20)
    starts = [text_of(request) for request in script.counted]
    assert all(start.startswith("[") and start.endswith("] Be brief.") for start in starts)
    assert len(set(starts)) == 10
    plain = Counting()
    repeated(plain, "Sandbox", "Together", nonce=False)
    assert {text_of(request) for request in plain.counted} == {PROMPT}


def test_never_two_calls_at_once() -> None:
    go = threading.Semaphore(0)
    script = Counting(go=go)
    with repeating(script) as repeats:
        job = repeats.start(OWNER, plan_of(comparison("Sandbox", "Together", "Local"), resolve, rounds=1))
        for sent in range(1, 7):
            until(lambda sent=sent: len(script.sent) >= sent)
            assert len(script.sent) == sent
            go.release(3)
        assert job.wait(10).stage == "done"


def test_the_bound_counts_warm_ups_and_leaves_simulated_calls_out() -> None:
    one = plan_of(comparison("Sandbox", "Together"), resolve, rounds=5)
    most = one.asked[1].most_usd
    assert most is not None
    assert bound_usd(one) == 6 * most
    assert bound_usd(plan_of(comparison("Sandbox", "Sandbox"), resolve, rounds=5)) == 0
    unknown = plan_of(comparison("Sandbox", "Together"), lambda e, m: resolve(e, m, price=None), rounds=5)
    assert bound_usd(unknown) is None


def test_no_call_is_sent_that_could_pass_the_ceiling() -> None:
    script, ceiling = Counting(), Decimal("0.001")
    done = repeated(script, "Together", "Sandbox", rounds=20, ceiling_usd=ceiling)
    most = done.plan.asked[0].most_usd
    assert most is not None
    assert done.stage == "ceiling"
    assert ceiling - most < done.spent_usd <= ceiling
    assert done.spent_usd == Decimal("0.00012") * sum(request.model == "org/a" for request in script.sent)


def test_a_call_dearer_than_its_bound_raises_the_bound_of_the_next() -> None:
    script = Counting(usage=Usage(1_000, 50))
    done = repeated(script, "Together", "Sandbox", rounds=20, ceiling_usd=Decimal("0.002"))
    assert (done.stage, done.spent_usd) == ("ceiling", Decimal("0.0011"))


def test_simulated_calls_have_no_ceiling() -> None:
    done = repeated(Counting(), "Sandbox", "Sandbox", ceiling_usd=Decimal(0))
    assert (done.stage, done.spent_usd) == ("done", 0)


def test_without_a_price_no_ceiling_can_be_held_and_nothing_is_sent() -> None:
    script = Counting()
    with repeating(script) as repeats:
        plan = plan_of(
            comparison("Sandbox", "Together"), lambda e, m: resolve(e, m, price=None), rounds=1, ceiling_usd=Decimal(1)
        )
        with pytest.raises(BadRequestError, match="price of B"):
            repeats.start(OWNER, plan)
    assert script.sent == []


def test_stop_ends_the_call_under_way_and_keeps_what_is_done() -> None:
    go = threading.Semaphore(4 * 3 + 1)
    with repeating(Counting(go=go)) as repeats:
        job = repeats.start(OWNER, plan_of(comparison("Sandbox", "Together"), resolve, rounds=20))
        until(lambda: len(job.snapshot().samples) == 2)
        assert job.snapshot().live
        job.stop()
        stopped = job.wait(10)
    assert (stopped.stage, len(stopped.samples), stopped.rounds_done) == ("stopped", 2, 1)


def test_close_ends_every_job() -> None:
    with repeating(Counting(go=threading.Semaphore(0))) as repeats:
        job = repeats.start(OWNER, plan_of(comparison("Sandbox", "Sandbox"), resolve, rounds=20))
        repeats.close()
        assert job.snapshot().stage == "stopped"


def test_a_job_belongs_to_its_owner_who_has_one_at_a_time() -> None:
    go = threading.Semaphore(0)
    plan = plan_of(comparison("Sandbox", "Sandbox"), resolve, rounds=1)
    with repeating(Counting(go=go), max_live=1) as repeats:
        job = repeats.start(OWNER, plan)
        assert repeats.current(OWNER) is job
        assert repeats.current("bob") is None
        with pytest.raises(BadRequestError, match="under way"):
            repeats.start(OWNER, plan)
        with pytest.raises(OverloadedError):
            repeats.start("bob", plan)
        job.stop()
        job.wait(10)
        assert repeats.start("bob", plan) is repeats.current("bob")


def test_a_failed_call_is_counted_and_left_out_of_the_pairs() -> None:
    third = ServerError("It broke.")
    done = repeated(Counting(lambda n, model: third if n == 3 else None), "Sandbox", "Together", rounds=5)
    failed = next(sample for sample in done.samples if sample.failed)
    assert [panel.failed for panel in panel_figures(done)].count(1) == 1
    letter = "AB"[failed.place]
    assert [said.split(" calls")[0] for said in failures(done)] == [f"{letter} failed in 1 of 5"]
    wait = next(found for found in pair_verdicts(done) if found.metric == "wait")
    assert (wait.verdict.left_out, wait.verdict.paired.n) == (1, 4)
    assert f"{letter} gave none in 1" in wait.verdict.sentence
    missing = [index for index, value in enumerate(series(done, failed.place, "wait")) if value is None]
    assert missing == [failed.round]


def test_a_model_that_only_fails_is_not_asked_for_ever() -> None:
    error = ServerError("It broke.")
    script = Counting(lambda n, model: error if model == "org/b" else None)
    done = repeated(script, "Sandbox", "Together", rounds=20)
    assert (done.stage, done.problem) == ("failing", error)
    assert sum(request.model == "org/b" for request in script.counted) == 3


def test_failures_with_answers_between_end_nothing() -> None:
    error = ServerError("It broke.")
    script = Counting(lambda n, model: error if n % 4 == 1 else None)
    done = repeated(script, "Sandbox", "Together", rounds=20)
    assert done.stage == "done"
    assert max(panel.failed for panel in panel_figures(done)) >= 3


def test_a_server_that_asks_to_wait_is_left_alone_and_stop_does_not_wait() -> None:
    busy = RateLimitError("Busy.", retry_after_s=60)
    script = Counting(lambda n, model: busy if n == 3 else None)
    with repeating(script) as repeats:
        job = repeats.start(OWNER, plan_of(comparison("Sandbox", "Together"), resolve, rounds=5))
        until(lambda: len(job.snapshot().samples) == 1)
        job.stop()
        assert len(job.wait(5).samples) == 1
    assert len(script.sent) == 3


def test_time_left_is_what_the_calls_so_far_took() -> None:
    now, go = [0.0], threading.Semaphore(3 * 3)
    with repeating(Counting(go=go), clock_s=lambda: now[0]) as repeats:
        job = repeats.start(OWNER, plan_of(comparison("Sandbox", "Together"), resolve, rounds=5))
        until(lambda: len(job.snapshot().samples) == 1)
        now[0] = 2.0
        assert job.snapshot().left_s == pytest.approx(18)


def test_pairs_with_a_simulated_side_are_marked_and_the_others_are_not() -> None:
    done = repeated(Counting(), "Sandbox", "Together", "Local", rounds=5)
    marked = {found.places: found.simulated for found in pair_verdicts(done)}
    assert marked == {(0, 1): True, (0, 2): True, (1, 2): False}


def test_the_files_hold_every_call_with_its_word_its_date_and_the_meaning_of_the_figures() -> None:
    broken = ServerError("=It broke.")
    done = repeated(Counting(lambda n, model: broken if n == 4 else None), "Sandbox", "Together", rounds=5)
    document = json.loads(as_json(done, now=NOW))
    lines = list(csv.DictReader(io.StringIO(as_csv(done, now=NOW))))
    assert len(document["calls"]) == len(lines) == 10
    assert {(call["panel"], call["origin"], call["n"]) for call in document["calls"]} == {
        ("A", "simulated", 5),
        ("B", "real · Together", 5),
    }
    assert sum(panel["failed"] for panel in document["panels"]) == 1
    assert [line["error"] for line in lines if line["error"]] == ["'=It broke."]
    assert [line["cost_usd"] for line in lines if line["error"]] == [""]
    assert all(line["asked_at"] and line["exported_at"] == NOW.isoformat() for line in lines)
    assert all(found["sentence"].startswith("Simulated practice: ") for found in document["differences"])
    assert {"wait", "median", "difference"} <= set(document["definitions"])


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(BadRequestError, match="empty"):
        plan_of(Comparison((Panel("Sandbox", "a"), Panel("Sandbox", "b")), prompt=" "), resolve, rounds=1)


def test_the_sandbox_is_repeated_for_real_and_never_spends(tmp_path: Any) -> None:
    house = Playground(load(tmp_path, {}))
    try:
        asked = Comparison(
            (Panel("Sandbox", "Qwen/Qwen3.5-9B", Sampling(max_tokens=4)),) * 2, prompt=PROMPT, sampling=Sampling()
        )

        def found(endpoint: str, model: str) -> tuple[Endpoint, Model]:
            at = house.endpoint(endpoint)
            return at, house.catalog(at).named(model)

        done = house.repeats.start(OWNER, plan_of(asked, found, rounds=1)).wait(60)
        tally = house.runs.tally(OWNER)
    finally:
        house.close()
    assert [sample.result.state for sample in done.samples] == ["cut off", "cut off"]
    assert (tally.answers, tally.spent_usd, done.spent_usd) == (4, 0, 0)
