"""A matrix is asked cell by cell, in the background, bounded, stoppable and paid once; and it belongs to its owner."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from services.answers.gateway import Gateway
from services.answers.resilience import MEASURED
from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.errors import BadRequestError, OverloadedError, RateLimitError, StreamInterruptedError
from services.matrix.job import Limits
from services.matrix.jobs import Matrices
from services.matrix.plans import entrant
from services.wire.transport import Network, Pool
from services.wire.types import Sampling
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Script, chat
from tests.matrix.rows import BROKEN, OWNER, Picky, asked, matrices, plan, until

MODELS = ("mistralai/Mixtral-8x7B-Instruct-v0.1", "meta-llama/Llama-3.3-70B-Instruct-Turbo")


def test_every_cell_is_asked_once_with_the_prompt_of_its_row() -> None:
    script = Script()
    with matrices(script) as house:
        done = house.start(OWNER, plan(3)).wait(10)
    assert (done.stage, done.ended, [cell.text for cell in done.cells]) == ("done", 6, ["Hello there"] * 6)
    assert sorted((sent.model, sent.messages[0].content) for sent in script.sent) == [
        (model, f"Describe MAT-0000{i}: Pump P10{i}, 1234.50 EUR, created 2024-01-15.")
        for model in ("org/a", "org/b")
        for i in range(3)
    ]
    assert set(script.policies) == {MEASURED}


def test_a_system_prompt_goes_before_and_an_empty_one_is_not_sent() -> None:
    script = Script()
    with matrices(script) as house:
        house.start(OWNER, plan(1, asked(), system="Be brief.")).wait(10)
        house.start(OWNER, plan(1, asked(), system="  ")).wait(10)
    assert [[message.role for message in sent.messages] for sent in script.sent] == [["system", "user"], ["user"]]


def test_two_simulated_models_answer_over_real_sockets_and_nothing_is_spent(sandbox_address: str) -> None:
    pool = Pool(Network())
    at = Endpoint("Sandbox", "sandbox", sandbox_address, "invented")
    wanted = plan(2, *(entrant(at, name, sampling=Sampling(max_tokens=12)) for name in MODELS), cap_usd=Decimal(0))
    try:
        with matrices(Gateway(pool)) as house:
            done = house.start(OWNER, wanted).wait(60)
    finally:
        pool.close()
    assert [cell.answered for cell in done.cells] == [True] * 4
    assert [cell.served_model for cell in done.of(0)] == [MODELS[0]] * 2
    assert (done.stage, done.spent_usd) == ("done", 0)


def test_cells_show_what_they_are_doing_while_texts_grow() -> None:
    go = threading.Semaphore(0)
    with matrices(Script(go=go), limits=Limits(max_lanes=1)) as house:
        job = house.start(OWNER, plan(2, asked()))
        until(lambda: job.snapshot().at(0, 0).state == "waiting")
        assert job.snapshot().at(1, 0).state == "queued"
        go.release()
        until(lambda: job.snapshot().at(0, 0).text == "Hello")
        assert (job.snapshot().at(0, 0).state, job.snapshot().live) == ("writing", True)
        go.release(5)
        assert job.wait(10).at(1, 0).text == "Hello there"


def test_local_answers_one_at_a_time_and_others_four() -> None:
    go = threading.Semaphore(0)
    script = Picky(go=go)
    with matrices(script, limits=Limits(max_lanes=8)) as house:
        job = house.start(OWNER, plan(20, asked("m", LOCAL), asked("org/a", TOGETHER)))
        until(lambda: len(script.at) >= 5)
        assert sorted(script.at) == ["Local"] + ["Together"] * 4
        go.release(1_000)
        assert job.wait(20).ended == 40


def test_four_endpoints_get_a_call_each_within_what_one_owner_may_have() -> None:
    go = threading.Semaphore(0)
    script = Picky(go=go)
    ends = [Endpoint(f"End {i}", "openai", "http://127.0.0.1:1/v1") for i in range(4)]
    with matrices(script) as house:
        job = house.start(OWNER, plan(10, *(asked(f"org/{i}", end) for i, end in enumerate(ends))))
        until(lambda: len(script.at) >= 6)
        assert sorted(set(script.at)) == [end.name for end in ends]
        assert len(script.at) == 6
        go.release(1_000)
        assert job.wait(20).ended == 40


def test_where_the_owner_has_too_many_answers_elsewhere_cells_wait_and_none_fails() -> None:
    go = threading.Semaphore(0)
    runs = Runs(Script(go=go), max_live_per_owner=2)
    house = Matrices(runs, limits=Limits(busy_pause_s=0.01))
    try:
        chats = [runs.start(OWNER, SANDBOX, chat(), message_id=str(n)) for n in range(2)]
        job = house.start(OWNER, plan(3, asked()))
        assert job.snapshot().ended == 0
        go.release(100)
        assert [cell.state for cell in job.wait(10).cells] == ["done"] * 3
        assert [run.state for run in chats] == ["done"] * 2
    finally:
        house.close()
        runs.close()


def test_stop_ends_what_is_under_way_keeps_what_is_done_and_asks_nothing_more() -> None:
    go = threading.Semaphore(3)
    script = Script(go=go)
    with matrices(script, limits=Limits(max_lanes=1)) as house:
        job = house.start(OWNER, plan(10, asked()))
        until(lambda: job.snapshot().ended == 1 and len(script.sent) == 2)
        job.stop()
        stopped = job.wait(10)
        assert stopped.stage == "stopped"
        assert [cell.state for cell in stopped.cells] == ["done", "stopped", *["not asked"] * 8]
        assert len(script.sent) == 2


def test_a_model_that_only_fails_is_given_up_and_the_others_go_on() -> None:
    script = Picky(lambda n, model: BROKEN if model == "org/b" else None)
    with matrices(script, limits=Limits(max_lanes=1)) as house:
        done = house.start(OWNER, plan(10, asked("org/a"), asked("org/b"))).wait(10)
    assert (done.stage, done.problems) == ("failing", ((1, BROKEN),))
    assert [cell.state for cell in done.of(1)] == [*["failed"] * 3, *["not asked"] * 7]
    assert all(cell.answered for cell in done.of(0))


def test_a_server_that_asks_to_wait_is_left_alone_and_stop_does_not_wait_for_it() -> None:
    script = Picky(lambda n, model: RateLimitError("Busy.", retry_after_s=60) if n == 1 else None)
    with matrices(script, limits=Limits(max_lanes=1)) as house:
        job = house.start(OWNER, plan(5, asked()))
        until(lambda: job.snapshot().ended == 1)
        job.stop()
        assert job.wait(5).ended == 1
    assert len(script.sent) == 1


def test_another_model_than_was_asked_is_marked() -> None:
    with matrices(Script()) as house:
        done = house.start(OWNER, plan(1, asked("org/model"), asked("org/b"))).wait(10)
    assert [done.mismatch(cell) for cell in done.cells] == [False, True]


def test_a_matrix_belongs_to_its_owner_who_has_one_at_a_time_among_a_bounded_number() -> None:
    go = threading.Semaphore(0)
    with matrices(Script(go=go), max_live=1) as house:
        job = house.start(OWNER, plan(1))
        assert (house.current(OWNER), house.current("bob")) == (job, None)
        with pytest.raises(BadRequestError, match="already"):
            house.start(OWNER, plan(1))
        with pytest.raises(OverloadedError):
            house.start("bob", plan(1))
        job.stop()
        job.wait(10)
        assert house.start("bob", plan(1)) is house.current("bob")


def test_close_ends_every_thread() -> None:
    with matrices(Script(go=threading.Semaphore(0))) as house:
        job = house.start(OWNER, plan(10))
        house.close()
        assert job.snapshot().stage == "stopped"
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("matrix")] == []


def test_a_defect_of_ours_reaches_whoever_looks() -> None:
    def defect() -> None:
        raise ZeroDivisionError

    with matrices(Script(defect=defect)) as house, pytest.raises(ZeroDivisionError):
        house.start(OWNER, plan(1)).wait(10)


def test_readers_in_other_threads_see_whole_snapshots() -> None:
    with matrices(Script(words=("a ",) * 50)) as house:
        job = house.start(OWNER, plan(20))
        seen = []

        def look() -> None:
            while job.live:
                seen.append([len(cell.text) for cell in job.snapshot().cells])

        readers = [threading.Thread(target=look) for _ in range(3)]
        for reader in readers:
            reader.start()
        job.wait(20)
        for reader in readers:
            reader.join(10)
    assert all(len(lengths) == 40 for lengths in seen)


def test_only_a_whole_answer_counts_as_one() -> None:
    go = threading.Semaphore(1)
    with matrices(Script(go=go)) as house:
        job = house.start(OWNER, plan(1, asked()))
        until(lambda: job.snapshot().at(0, 0).text == "Hello")
        job.stop()
        stopped = job.wait(10).at(0, 0)
    with matrices(Script(error=StreamInterruptedError("It broke off."))) as house:
        broken = house.start(OWNER, plan(1, asked())).wait(10).at(0, 0)
    with matrices(Script(words=(" ", "\n"))) as house:
        empty = house.start(OWNER, plan(1, asked())).wait(10).at(0, 0)
    with matrices(Script(finish="length")) as house:
        cut = house.start(OWNER, plan(1, asked())).wait(10).at(0, 0)
    assert [cell.state for cell in (stopped, broken, empty, cut)] == ["stopped", "cut off", "done", "cut off"]
    assert [cell.answered for cell in (stopped, broken, empty, cut)] == [False, False, False, True]
    assert [cell.judgement is None for cell in (stopped, broken, empty, cut)] == [True, True, True, False]
