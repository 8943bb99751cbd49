"""One door to any endpoint: what is retried, what is counted, and that calls at the same time do not mix."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from services.answers.gateway import MEASURED, Gateway, Policy
from services.answers.resilience import INTERACTIVE, Backoff, RetryBudget
from services.endpoints import Endpoint
from services.errors import OverloadedError, RateLimitError, ServerError, ServiceError
from services.wire.call import Call
from services.wire.limits import Limits
from services.wire.transport import Pool
from services.wire.types import ChatRequest, CompletionRequest, Message
from tests.faults.server import (
    DONE,
    WHOLE_ANSWER,
    WHOLE_STREAM,
    FaultServer,
    Peer,
    after_request,
    answers,
    delta,
    says_no,
    streams,
)

REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))
BUSY = says_no(503, None, "Connection: close")


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool() as made:
        yield made


class Waits(list[float]):
    """Stands in for sleeping: notes the waits, ends each at once."""

    def sleep(self, call: Call, seconds: float) -> bool:
        self.append(seconds)
        return call.stopped


def patient(pool: Pool, waits: Waits, budget: RetryBudget | None = None) -> Gateway:
    return Gateway(pool, backoff=Backoff(chance=lambda: 0.0, sleep=waits.sleep), retry_budget=budget)


def at(server: FaultServer) -> Endpoint:
    return Endpoint("Test", "together", server.url, "key-of-nobody")


def test_a_stream_knows_what_it_took(pool: Pool) -> None:
    waits = Waits()
    with FaultServer((BUSY, BUSY, streams(WHOLE_STREAM))) as server:
        stream = patient(pool, waits).stream_chat(at(server), REQUEST)
        assert [chunk.text for chunk in stream] == ["Hello", " there"]
    assert (stream.outcome, stream.attempts, stream.waits_s) == ("ok", 3, (0.5, 1.0))
    assert waits == [0.5, 1.0]
    assert stream.first_sent_ns is not None
    assert stream.sent_ns is not None
    assert stream.first_sent_ns < stream.sent_ns
    assert stream.answer.usage is not None


@pytest.mark.parametrize(
    ("headers", "waited_s"),
    [
        (("Retry-After: 3",), 3.0),
        (("x-ratelimit-reset: 2",), 2.0),
        (("retry-after-ms: 300", "Retry-After: 9"), 0.3),
        (("Date: Tue, 24 Nov 2026 12:00:00 GMT", "Retry-After: Tue, 24 Nov 2026 12:00:02 GMT"), 2.0),
        (("Retry-After: Fri, 31 Dec 99999 23:59:59 GMT",), 0.5),
        ((), 0.5),
    ],
)
def test_the_servers_word_on_waiting_counts(headers: tuple[str, ...], waited_s: float, pool: Pool) -> None:
    waits = Waits()
    with FaultServer((says_no(429, None, "Connection: close", *headers), answers(WHOLE_ANSWER))) as server:
        assert patient(pool, waits).chat(at(server), REQUEST).text == "Hello there"
    assert waits == [waited_s]


def test_a_long_wait_is_told_and_not_waited(pool: Pool) -> None:
    waits = Waits()
    with FaultServer((says_no(429, None, "Retry-After: 3600"),)) as server:
        with pytest.raises(RateLimitError) as caught:
            patient(pool, waits).chat(at(server), REQUEST)
        assert len(server.requests) == 1
    assert (caught.value.retry_after_s, caught.value.attempts, waits) == (3_600.0, 1, [])


def test_text_that_was_shown_is_never_asked_for_again(pool: Pool) -> None:
    with FaultServer((streams(delta("Hello")), streams(WHOLE_STREAM))) as server:
        stream = patient(pool, Waits()).stream_chat(at(server), REQUEST)
        with pytest.raises(ServiceError, match="broke off"):
            stream.read()
        assert len(server.requests) == 1
    assert stream.partial().text == "Hello"


def test_reasoning_counts_as_text_that_was_shown(pool: Pool) -> None:
    thought = delta(None).replace(b'"content": null', b'"reasoning": "hm"')
    with FaultServer((streams(thought), streams(WHOLE_STREAM))) as server:
        stream = patient(pool, Waits()).stream_chat(at(server), REQUEST)
        with pytest.raises(ServiceError):
            stream.read()
        assert (stream.outcome, len(server.requests)) == ("partial", 1)


@pytest.mark.parametrize("policy", [INTERACTIVE, MEASURED])
def test_every_kind_of_call_follows_the_policy(policy: Policy, pool: Pool) -> None:
    with FaultServer((says_no(500),)) as server:
        gateway, endpoint = patient(pool, Waits(), RetryBudget(floor=99)), at(server)
        prompt = CompletionRequest("acme/tiny", "Once")
        for ask in (
            lambda: gateway.chat(endpoint, REQUEST, policy=policy),
            lambda: gateway.complete(endpoint, prompt, policy=policy),
            lambda: gateway.embed(endpoint, "acme/e", ["a"], policy=policy),
            lambda: gateway.models(endpoint, policy=policy),
            lambda: gateway.stream_chat(endpoint, REQUEST, policy=policy).read(),
            lambda: gateway.stream_completion(endpoint, prompt, policy=policy).read(),
        ):
            before = len(server.requests)
            with pytest.raises(ServerError) as caught:
                ask()
            assert len(server.requests) - before == caught.value.attempts == (3 if policy is INTERACTIVE else 1)


def test_one_process_shares_one_retry_budget(pool: Pool) -> None:
    with FaultServer((says_no(503),)) as server:
        gateway = patient(pool, Waits(), RetryBudget(floor=3))
        for _ in range(5):
            with pytest.raises(OverloadedError):
                gateway.chat(at(server), REQUEST)
        assert len(server.requests) == 5 + 3


def test_the_total_deadline_covers_attempts_and_waits(pool: Pool) -> None:
    limits = Limits(first_token_timeout_s=0.3, total_timeout_s=0.8)
    with FaultServer((after_request(lambda peer: peer.wait_until_gone()),)) as server:
        gateway = Gateway(pool, limits=limits, backoff=Backoff(max_attempts=99, base_s=0.01))
        stream = gateway.stream_chat(at(server), REQUEST)
        with pytest.raises(ServiceError) as caught:
            stream.read()
    assert caught.value.kind == "timeout"
    assert 2 <= stream.attempts <= 4


def test_calls_at_the_same_time_get_their_own_answers(pool: Pool) -> None:
    def echo(peer: Peer) -> None:
        while True:
            asked = json.loads(peer.request().partition(b"\r\n\r\n")[2])["messages"][0]["content"]
            peer.answer(b"".join(delta(letter) for letter in asked) + delta("", "stop") + DONE)

    texts: dict[str, str] = {}

    def ask(word: str) -> None:
        request = ChatRequest("acme/tiny", (Message("user", word),))
        texts[word] = gateway.stream_chat(endpoint, request).read().text

    with FaultServer((echo,)) as server:
        gateway, endpoint = Gateway(pool), at(server)
        words = [f"word-{number}" for number in range(24)]
        threads = [threading.Thread(target=ask, args=(word,)) for word in words]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert texts == {word: word for word in words}
