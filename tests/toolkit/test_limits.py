"""Each keyword of a client is felt by the call it is for, and each parameter of a call reaches the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.errors import ServiceError
from services.toolkit import TogetherAIClient
from tests.faults.server import WHOLE_STREAM, Behaviour, FaultServer, Peer, delta, says_no, streams
from tests.toolkit.conftest import KEY

MakeClient = Callable[..., TogetherAIClient]
SENT: dict[str, Any] = {
    "max_tokens": 7,
    "temperature": 0.0,
    "top_p": 0.5,
    "frequency_penalty": -0.25,
    "presence_penalty": 0.75,
    "stop": ["END"],
}


def talks_on(peer: Peer) -> None:
    """For some three seconds, unless the client hangs up before."""
    peer.request()
    peer.start_stream()
    for _ in range(300):
        peer.send(delta("more "))
        if peer.gone(0.01):
            return


@pytest.mark.parametrize(
    ("name", "value", "behaviour", "kind", "words"),
    [
        ("first_token_timeout_s", 0.1, streams(end=Peer.wait_until_gone), "timeout", r"0\.1 s"),
        ("idle_timeout_s", 0.1, streams(delta("Hello"), end=Peer.wait_until_gone), "timeout", r"0\.1 s"),
        ("total_timeout_s", 0.3, talks_on, "timeout", r"0\.3 s"),
        ("max_response_bytes", 400, talks_on, "too_large", "The answer was larger"),
        ("max_event_bytes", 400, streams(delta("x" * 2_000)), "too_large", "One event of the answer"),
    ],
)
def test_a_limit_that_is_given_ends_the_call_and_is_named(
    client_with: MakeClient, name: str, value: float, behaviour: Behaviour, kind: str, words: str
) -> None:
    with FaultServer((behaviour,)) as server:
        client = client_with(api_key=KEY, base_url=server.url, max_attempts=1, **{name: value})
        with pytest.raises(ServiceError, match=words) as failed:
            client.generate_chat_completion("Hi", "acme/tiny")
    assert failed.value.kind == kind


def test_the_time_to_connect_counts_until_the_connection_is_encrypted(client_with: MakeClient) -> None:
    with FaultServer((Peer.wait_until_gone,)) as server:
        secured = server.url.replace("http://", "https://")
        client = client_with(api_key=KEY, base_url=secured, max_attempts=1, connect_timeout_s=0.1)
        with pytest.raises(ServiceError, match=r"0\.1 s") as failed:
            client.generate_chat_completion("Hi", "acme/tiny")
    assert failed.value.kind == "connection"


def test_a_wait_longer_than_is_allowed_is_told_and_not_waited(client_with: MakeClient) -> None:
    with FaultServer((says_no(429, None, "Retry-After: 1", "Connection: close"),)) as server:
        client = client_with(api_key=KEY, base_url=server.url, max_attempts=3, max_retry_after_s=0.5)
        with pytest.raises(ServiceError) as failed:
            client.generate_chat_completion("Hi", "acme/tiny")
        assert len(server.requests) == 1
    assert (failed.value.kind, failed.value.retryable) == ("rate_limit", True)


def test_a_pause_is_no_longer_than_its_cap(client_with: MakeClient) -> None:
    with FaultServer((*[says_no(503, None, "Connection: close")] * 8, streams(WHOLE_STREAM))) as server:
        client = client_with(
            api_key=KEY, base_url=server.url, max_attempts=9, backoff_base_s=600, backoff_cap_s=0, total_timeout_s=5
        )
        assert str(client.generate_chat_completion("Hi", "acme/tiny")) == "Hello there"


@pytest.mark.parametrize("ask", ["generate_completion", "generate_chat_completion", "stream_chat_completion"])
def test_every_parameter_of_a_call_reaches_the_server(client_with: MakeClient, ask: str) -> None:
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        list(getattr(client, ask)("Hi", "acme/tiny", **SENT))
        body = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert {name: body.get(name) for name in SENT} == SENT
