"""Waits and paces: drawn from a profile, repeatable, and really waited for."""

import select
import statistics
import time
from random import Random

import pytest

from services.embedded.sandbox import answering
from services.embedded.sandbox.ask import read_chat
from services.embedded.sandbox.latency import Latency
from services.embedded.sandbox.models import ASSETS, load_models
from services.embedded.sandbox.notes import load_notes
from services.embedded.sandbox.replies import Writer

PROFILE = Latency(
    first_token_s=0.5,
    first_token_spread=0.2,
    tokens_per_s=100,
    jitter=0.2,
    slow_start_chance=0.0,
    slow_start_factor=4.0,
    bundle_max_tokens=3,
    prefill_s_per_1k_tokens=0.1,
)
LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"


def runs(profile, tokens=200, prompt_tokens=0, n=300):
    return [profile.bundles(tokens, prompt_tokens, Random(seed)) for seed in range(n)]


def test_bundles_hold_every_token_in_order_of_time():
    for run in runs(PROFILE, n=50):
        assert sum(bundle.tokens for bundle in run) == 200
        assert {bundle.tokens for bundle in run} == {1, 2, 3}
        assert [b.at_s for b in run] == sorted(b.at_s for b in run)


def test_the_middle_of_many_runs_is_what_the_profile_says():
    first_s = statistics.median(run[0].at_s for run in runs(PROFILE))
    per_s = statistics.median(200 / (run[-1].at_s - run[0].at_s) for run in runs(PROFILE))
    assert first_s == pytest.approx(0.5, rel=0.1)
    assert per_s == pytest.approx(100, rel=0.1)


def test_a_long_prompt_makes_the_first_wait_longer():
    short, long = (runs(PROFILE, prompt_tokens=size, n=1)[0][0].at_s for size in (0, 10_000))
    assert long - short == pytest.approx(1.0)


def test_a_slow_start_happens_as_often_as_the_profile_says():
    sluggish = Latency(**{**vars(PROFILE), "slow_start_chance": 0.2, "first_token_spread": 0.0})
    slow = sum(run[0].at_s == 2.0 for run in runs(sluggish))
    assert 0.1 < slow / 300 < 0.3


def test_models_are_made_to_differ():
    profiles = [model.latency for model in load_models().values() if model.latency]
    assert len({profile.tokens_per_s for profile in profiles}) == len(profiles)


def test_a_stream_takes_the_time_of_its_profile(serve):
    with serve(pace=1) as caller:
        start_s = time.monotonic()
        connection = caller.send(
            "POST",
            "/v1/chat/completions",
            {
                "model": LLAMA,
                "stream": True,
                "max_tokens": 40,
                "messages": [{"role": "user", "content": "What is HANA?"}],
            },
        )
        answer = connection.getresponse()
        answer.readline()
        first_s = time.monotonic() - start_s
        answer.read()
        total_s = time.monotonic() - start_s
        connection.close()
    assert first_s > 0.1
    assert total_s - first_s > 0.2


def test_without_pace_nothing_is_waited_for(sandbox):
    start_s = time.monotonic()
    sandbox.chat("meta-llama/Llama-2-70b-chat-hf", "What is SAP HANA?")
    assert time.monotonic() - start_s < 0.5


def test_a_long_prompt_holds_nobody_else_up(sandbox):
    prompt = "The pump leaks oil at the seal. " * 40_000
    body = {"model": "deepseek-ai/DeepSeek-V4-Pro-0813", "messages": [{"role": "user", "content": prompt}]}
    start_s = time.monotonic()
    connection = sandbox.send("POST", "/v1/chat/completions", body)
    waits_s = []
    while not select.select([connection.sock], [], [], 0)[0]:
        asked_s = time.monotonic()
        sandbox.counts()
        waits_s.append(time.monotonic() - asked_s)
    total_s = time.monotonic() - start_s
    connection.close()
    assert max(waits_s) < total_s / 2


def test_several_choices_go_out_in_the_order_of_their_times():
    body = {"model": LLAMA, "messages": [{"role": "user", "content": "What is HANA?"}], "n": 4, "stream": True}
    writer = Writer(load_notes(ASSETS / "notes"), seed=0)
    frame = answering.frame(read_chat(body), load_models()[LLAMA], writer, "id", 0)
    at_s = [step.at_s for step in answering.script(frame, Random(1)).steps]
    assert at_s == sorted(at_s)


def test_latency_is_drawn_anew_for_each_request_and_repeatable_for_a_seed(serve):
    def sizes(seed):
        with serve(pace=0, seed=seed) as caller:
            return [len(caller.chat(LLAMA, stream=True).events) for _ in range(4)]

    assert sizes(1) == sizes(1)
    assert len(set(sizes(1))) > 1


def test_clock_and_ids_come_from_outside(serve):
    with serve(pace=0, now=lambda: 1234.9, new_id=lambda: "a-b-c") as caller:
        body = caller.chat(LLAMA).json
    assert (body["created"], body["id"]) == (1234, "a-b-c")
