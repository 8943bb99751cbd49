"""Stop reaches the server within a second, whatever the call is doing just then."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from services.answers.gateway import Gateway
from services.answers.resilience import Backoff
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.wire.call import Call
from services.wire.limits import Limits
from services.wire.stream import AnswerStream
from services.wire.transport import Pool
from services.wire.types import ChatRequest, Message
from tests.faults.server import (
    WHOLE_ANSWER,
    WHOLE_STREAM,
    Behaviour,
    FaultServer,
    Peer,
    after_request,
    answers,
    delta,
    says_no,
    streams,
    wait_for,
)

REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(max_connections=2) as made:
        yield made


class Reader(threading.Thread):
    """Reads a stream in a thread of its own, as a page's run does."""

    def __init__(self, gateway: Gateway, url: str) -> None:
        super().__init__(daemon=True)
        self.call = Call()
        self.stream: AnswerStream = gateway.stream_chat(
            Endpoint("Test", "together", url, "key-of-nobody"), REQUEST, call=self.call
        )
        self.got_text = threading.Event()
        self.start()

    def run(self) -> None:
        with suppress(ServiceError):
            for _ in self.stream:
                self.got_text.set()

    def stops_within(self, seconds: float) -> bool:
        self.call.stop()
        self.join(seconds)
        return not self.is_alive()


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        (streams(end=lambda peer: peer.repeat(delta("la"), 0.02)), True),
        (streams(delta("la"), end=lambda peer: peer.wait_until_gone()), True),
        (after_request(lambda peer: peer.wait_until_gone()), False),
        (streams(end=lambda peer: peer.wait_until_gone()), False),
    ],
    ids=["text flows", "silent after text", "before the headers", "before the first text"],
)
def test_the_server_sees_the_hang_up_within_a_second(behaviour: Behaviour, text: bool, pool: Pool) -> None:
    with FaultServer((behaviour,)) as server:
        reader = Reader(Gateway(pool), server.url)
        assert (reader.got_text if text else server.asked).wait(5)
        assert reader.stops_within(1.0)
        assert server.hung_up.wait(1.0)
        assert reader.stream.outcome == "stopped"
        assert bool(reader.stream.partial().text) == text
        assert len(server.requests) == 1


def test_a_call_that_waits_for_a_retry_stops_at_once(pool: Pool) -> None:
    with FaultServer((says_no(503, None, "Retry-After: 30"),)) as server:
        reader = Reader(Gateway(pool), server.url)
        assert wait_for(lambda: len(reader.call.waits_s) == 1)
        assert reader.stops_within(1.0)
        assert (reader.stream.outcome, len(server.requests)) == ("stopped", 1)


def test_a_call_that_is_connecting_stops_at_once(pool: Pool) -> None:
    with ExitStack() as opened:
        deaf = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            # With its queue full, the listener leaves further connects unanswered.
            filler = opened.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        gateway = Gateway(pool, limits=Limits(connect_timeout_s=30.0))
        reader = Reader(gateway, f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        assert wait_for(lambda: reader.call.attempts == 1)
        assert reader.stops_within(1.0)
        assert reader.stream.outcome == "stopped"


def test_a_call_that_waits_for_a_free_connection_stops_at_once(pool: Pool) -> None:
    with FaultServer((after_request(lambda peer: peer.wait_until_gone()),)) as server:
        busy = [Reader(Gateway(pool), server.url) for _ in range(2)]
        assert wait_for(lambda: len(server.requests) == 2)
        waiting = Reader(Gateway(pool), server.url)
        assert waiting.stops_within(1.0)
        assert len(server.requests) == 2
        assert all(reader.stops_within(1.0) for reader in busy)


def test_a_call_stopped_beforehand_sends_nothing(pool: Pool) -> None:
    call = Call()
    call.stop()
    with FaultServer((answers(WHOLE_ANSWER),)) as server:
        stream = Gateway(pool).stream_chat(Endpoint("Test", "together", server.url), REQUEST, call=call)
        with pytest.raises(ServiceError, match="Stopped"):
            stream.read()
        assert server.requests == []


def test_stopping_a_finished_call_spares_the_connection_it_used(pool: Pool) -> None:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.answer(WHOLE_STREAM)
        peer.request()
        first_call.stop()
        peer.answer(WHOLE_STREAM)

    first_call = Call()
    with FaultServer((behave,)) as server:
        gateway, endpoint = Gateway(pool, backoff=Backoff(max_attempts=1)), Endpoint("Test", "together", server.url)
        gateway.stream_chat(endpoint, REQUEST, call=first_call).read()
        assert gateway.stream_chat(endpoint, REQUEST).read().text == "Hello there"
        assert len(server.requests) == 2


def test_a_stop_during_the_change_to_tls_reaches_the_new_socket() -> None:
    plain, secured, far = socket.socket(), *socket.socketpair()
    with plain, secured, far:
        call = Call()
        call.hold(plain, "models.example")
        call.stop()
        call.swap(plain, secured)
        far.settimeout(5)
        assert far.recv(1) == b""


def test_a_stream_that_is_given_up_hangs_up(pool: Pool) -> None:
    with FaultServer((streams(delta("la"), end=lambda peer: peer.wait_until_gone()),)) as server:
        with Gateway(pool).stream_chat(Endpoint("Test", "together", server.url), REQUEST) as stream:
            next(stream)
        assert server.hung_up.wait(1.0)
        assert stream.outcome == "stopped"


def test_wait_tells_whether_it_was_cut_short() -> None:
    call = Call()
    assert call.wait(0.0) is False
    threading.Timer(0.02, call.stop).start()
    start = time.monotonic()
    assert call.wait(30.0) is True
    assert time.monotonic() - start < 5.0
