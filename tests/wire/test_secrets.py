"""A made-up key is found in nothing an error carries, though servers repeat it."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator

import pytest

from services.answers.gateway import MEASURED, Gateway
from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError
from services.wire.client import Client
from services.wire.transport import Pool
from services.wire.types import ChatRequest, Message
from tests.faults.server import Behaviour, FaultServer, Peer, after_request, answers, delta, event, says_no, streams

KEY = "made-up-key-0123456789"
REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool() as made:
        yield made


def repeats(peer: Peer) -> None:
    """A debug page with the request's own headers."""
    page = b"<html><pre>" + peer.request() + b"</pre></html>"
    peer.answer(page, "Content-Type: text/html", f"x-request-id: {KEY}", status="500 No")


def said(status: int) -> Behaviour:
    error = {"message": f"Incorrect key {KEY}", "code": KEY, "type": KEY, "param": KEY}
    return says_no(status, {"error": error, "id": KEY}, f"x-request-id: {KEY}", f"Location: http://{KEY}/")


FAULTS: dict[str, Behaviour] = {
    **{str(status): said(status) for status in (302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503)},
    "debug page": repeats,
    "detail list": says_no(422, {"detail": [{"loc": ["header", KEY], "msg": KEY}]}),
    "bare text": says_no(418, f"no {KEY}".encode()),
    "page with 200": answers(f"<html>{KEY}</html>".encode(), "Content-Type: text/html"),
    "error in a 200": answers(json.dumps({"error": KEY}).encode()),
    "error first": streams(event({"error": {"message": KEY, "code": KEY}})),
    "error in the middle": streams(delta("Hello"), event({"error": f"{KEY} expired"})),
    "error event": streams(b"event: error\n" + f"data: {KEY}\n\n".encode()),
    "reset": after_request(Peer.reset),
    "broken framing": after_request(lambda peer: peer.send(b"what is " + KEY.encode() + b"\r\n\r\n")),
}


def everything(error: BaseException) -> Iterator[str]:
    """All texts that hang on an exception: its own, those of what it came from, its frames' source lines."""
    yield "".join(traceback.format_exception(error))
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        link = queue.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield from (str(link), repr(link), repr(vars(link)), repr(link.args))
        queue += [link.__cause__, link.__context__]
    yield pickle.dumps(error).decode("latin-1")


@pytest.mark.parametrize("behaviour", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_error_never_holds_the_key(
    mode: str, behaviour: Behaviour, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FaultServer((behaviour,)) as server:
        endpoint, gateway = Endpoint("Test", "together", server.url, KEY), Gateway(pool)
        ask: Callable[[], object] = {
            "plain": lambda: gateway.chat(endpoint, REQUEST, policy=MEASURED),
            "stream": lambda: gateway.stream_chat(endpoint, REQUEST, policy=MEASURED).read(),
        }[mode]
        with pytest.raises(ServiceError) as caught:
            ask()
        assert KEY.encode() in server.requests[0]
    assert not [text for text in everything(caught.value) if KEY in text]
    assert KEY not in caplog.text
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), ServiceError)


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\nX: 1", f"{KEY}\x00", f"{KEY}é", f"{KEY}\u200b"])
def test_a_key_no_header_can_carry_is_refused_unsent_and_unnamed(key: str, pool: Pool) -> None:
    with FaultServer((says_no(401),)) as server:
        with pytest.raises(ConfigError, match="Acme") as caught:
            Gateway(pool).chat(Endpoint("Acme", "together", server.url, key), REQUEST)
        assert server.requests == []
    assert not [text for text in everything(caught.value) if KEY in text]


def test_what_is_kept_between_calls_shows_no_key(pool: Pool) -> None:
    endpoint = Endpoint("Test", "together", "http://127.0.0.1:9/v1", KEY)
    assert KEY not in repr(endpoint) + repr(vars(Gateway(pool))) + repr(vars(Client(pool, endpoint)))
