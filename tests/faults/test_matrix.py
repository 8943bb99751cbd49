"""What a caller sees of every fault a server or network can produce: outcome, kind, attempts and the text kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from services.answers.gateway import INTERACTIVE, MEASURED, Gateway, Policy
from services.answers.resilience import Backoff, RetryBudget
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.wire.limits import Limits
from services.wire.stream import AnswerStream
from services.wire.transport import Pool
from services.wire.types import ChatRequest, Message
from tests.faults.server import (
    DONE,
    WHOLE_ANSWER,
    WHOLE_STREAM,
    Behaviour,
    FaultServer,
    Peer,
    after_request,
    answers,
    delta,
    event,
    gzip_bomb,
    says_no,
    streams,
)

LIMITS = Limits(
    connect_timeout_s=0.5,
    first_token_timeout_s=0.4,
    idle_timeout_s=0.3,
    total_timeout_s=2.0,
    tail_timeout_s=0.2,
    error_body_timeout_s=0.2,
    max_response_bytes=1_000_000,
    max_event_bytes=200_000,
)
REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))
PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"
MESSAGE = json.loads(WHOLE_ANSWER)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Callable[..., FaultServer]]:
    open_: list[FaultServer] = []

    def start(*behaviours: Behaviour) -> FaultServer:
        open_.append(FaultServer(behaviours))
        return open_[-1]

    yield start
    for server in open_:
        server.close()


def gateway(pool: Pool, limits: Limits = LIMITS) -> Gateway:
    backoff = Backoff(base_s=0.01, sleep=lambda call, seconds: call.stopped)
    return Gateway(pool, limits=limits, backoff=backoff, retry_budget=RetryBudget(floor=1_000))


def endpoint(server: FaultServer) -> Endpoint:
    return Endpoint("Test", "together", server.url, "key-of-nobody")


def read(stream: AnswerStream) -> str:
    """All the text that came, whatever happened then."""
    texts: list[str] = []
    with suppress(ServiceError):
        texts.extend(chunk.text for chunk in stream)
    return "".join(texts)


def seconds(stream: AnswerStream) -> float:
    """From the last sending to the end."""
    assert stream.sent_ns is not None
    assert stream.closed_ns is not None
    return (stream.closed_ns - stream.sent_ns) / 1e9


def page_of(status: int, body: bytes = PAGE, *headers: str) -> Behaviour:
    return answers(body, "Content-Type: text/html", *headers, status=f"{status} No")


def changed(**fields: object) -> bytes:
    return json.dumps(MESSAGE | fields).encode()


def choice(**message: object) -> bytes:
    return changed(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])


def raw(data: bytes, then: Callable[[Peer], None] | None = None) -> Behaviour:
    def act(peer: Peer) -> None:
        peer.send(data)
        if then is not None:
            then(peer)

    return after_request(act)


def silent(peer: Peer) -> None:
    peer.wait_until_gone()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RESET = after_request(Peer.reset)
HANG_UP = after_request(lambda peer: None)

# fault -> behaviours, kind, attempts; the same for a plain and for a streamed answer
STATUS: dict[str, tuple[tuple[Behaviour, ...], str, int]] = {
    "400": ((says_no(400),), "bad_request", 1),
    "400 context": ((says_no(400, {"error": {"message": "maximum context length is 512"}}),), "context_length", 1),
    "400 local context": (
        (says_no(400, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "too long"}}),),
        "context_length",
        1,
    ),
    "400 not serverless": ((says_no(400, {"error": {"code": "model_not_available", "message": "x"}}),), "not_found", 1),
    "401": ((says_no(401),), "auth", 1),
    "402": ((says_no(402),), "billing", 1),
    "403": ((says_no(403),), "permission", 1),
    "403 tokens": ((says_no(403, {"error": {"message": "9000 input tokens do not fit"}}),), "context_length", 1),
    "403 page": ((page_of(403),), "blocked", 1),
    "404": ((says_no(404),), "not_found", 1),
    "408": ((says_no(408),), "timeout", 3),
    "409": ((says_no(409),), "conflict", 3),
    "413 page": ((page_of(413),), "too_large", 1),
    "422 list": ((says_no(422, {"detail": [{"loc": ["body", "top_p"], "msg": "too high"}]}),), "bad_request", 1),
    "429": ((says_no(429),), "rate_limit", 3),
    "429 quota": ((says_no(429, {"error": {"code": "insufficient_quota", "message": "x"}}),), "billing", 1),
    "429 long wait": ((says_no(429, None, "Retry-After: 90"),), "rate_limit", 1),
    "500": ((says_no(500),), "server", 3),
    "500 forbidden to retry": ((says_no(500, None, "x-should-retry: false"),), "server", 1),
    "500 image": ((says_no(500, {"error": {"message": "image input is not supported"}}),), "bad_request", 1),
    "502 page": ((page_of(502),), "server", 3),
    "503": ((says_no(503),), "overloaded", 3),
    "504": ((says_no(504, b""),), "server", 3),
    "520": ((says_no(520, b"not json {"),), "server", 3),
    "524": ((page_of(524),), "server", 3),
    "529 page": ((page_of(529),), "overloaded", 3),
    "500 whose body stalls": ((raw(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{", silent),), "server", 3),
    "redirect 302": ((says_no(302, b"", "Location: http://elsewhere.example/v1"),), "redirect", 1),
    "redirect 307": ((says_no(307, b"", "Location: //elsewhere.example/v1"),), "redirect", 1),
    "redirect to a file": ((says_no(301, b"", "Location: file:///etc/passwd"),), "redirect", 1),
    "redirect to nowhere": ((says_no(308, b""),), "redirect", 1),
    "reset": ((RESET,), "connection", 3),
    "hung up without a byte": ((HANG_UP,), "connection", 3),
    "an SSH banner": ((raw(b"SSH-2.0-OpenSSH_9.2\r\n"),), "connection", 3),
    "a header of a megabyte": ((raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2**20),), "connection", 3),
    "no answer": ((after_request(silent),), "timeout", 3),
    "headers drip": ((after_request(lambda peer: peer.drip(HEAD * 99, 0.02)),), "timeout", 3),
}

# what a 200 can hold besides an answer -> kind, attempts
BODIES: dict[str, tuple[Behaviour, str, int]] = {
    "page": (answers(PAGE, "Content-Type: text/html"), "protocol", 1),
    "page called JSON": (answers(PAGE, "Content-Type: application/json"), "protocol", 1),
    "empty": (answers(b""), "protocol", 1),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "protocol", 1),
    "invalid JSON": (answers(b'{"choices": nope}'), "protocol", 1),
    "truncated JSON": (answers(WHOLE_ANSWER[:-9]), "protocol", 1),
    "null": (answers(b"null"), "protocol", 1),
    "a bare array": (answers(b"[1, 2]"), "protocol", 1),
    "not UTF-8": (answers(b"\xff\xfe\x00{"), "protocol", 1),
    "no choices": (answers(changed(choices=[])), "protocol", 1),
    "choices null": (answers(changed(choices=None)), "protocol", 1),
    "message null": (answers(changed(choices=[{"index": 0, "message": None}])), "protocol", 1),
    "error inside": (answers(b'{"error": {"message": "worker lost"}}'), "server", 3),
    "error text inside": (answers(b'{"error": "worker lost"}'), "server", 3),
    "rate limit inside": (answers(b'{"error": {"message": "slow down", "code": 429}}'), "rate_limit", 3),
    "nested too deeply": (answers(b"[" * 100_000), "protocol", 1),
    "an endless number": (answers(b'{"choices": ' + b"9" * 10_000 + b"}"), "protocol", 1),
    "cut short": (raw(HEAD + b"Content-Length: 9999\r\n\r\n" + WHOLE_ANSWER), "protocol", 3),
    "damaged gzip": (answers(b"\x1f\x8b\x08" + b"junk" * 9, "Content-Encoding: gzip"), "protocol", 1),
    "gzip without its end": (answers(gzip.compress(WHOLE_ANSWER)[:-4], "Content-Encoding: gzip"), "protocol", 3),
    "gzip only announced": (answers(WHOLE_ANSWER, "Content-Encoding: gzip"), "protocol", 1),
    "gzip bomb": (answers(gzip_bomb(64_000_000), "Content-Encoding: gzip"), "too_large", 1),
    "too much": (answers(b" " * 1_100_000), "too_large", 1),
    "half, then silence": (raw(HEAD + b"Content-Length: 999\r\n\r\n" + WHOLE_ANSWER, silent), "timeout", 3),
    "body drips": (raw(HEAD + b"Content-Length: 999\r\n\r\n", lambda p: p.drip(b" " * 999, 0.02)), "timeout", 1),
    "chunk size no number": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{"), "protocol", 3),
}

GOOD: dict[str, tuple[tuple[Behaviour, ...], int]] = {
    "plain": ((answers(WHOLE_ANSWER),), 1),
    "500 once": ((says_no(500, None, "Connection: close"), answers(WHOLE_ANSWER)), 2),
    "reset twice": ((RESET, RESET, answers(WHOLE_ANSWER)), 3),
    "gzip": ((answers(gzip.compress(WHOLE_ANSWER), "Content-Encoding: gzip"),), 1),
    "gzip in two members": (
        (answers(gzip.compress(WHOLE_ANSWER[:9]) + gzip.compress(WHOLE_ANSWER[9:]), "Content-Encoding: gzip"),),
        1,
    ),
    "unknown encoding, plain sent": ((answers(WHOLE_ANSWER, "Content-Encoding: br"),), 1),
    "103 first": ((raw(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\n\r\n" + WHOLE_ANSWER),), 1),
    "bom": ((answers(b"\xef\xbb\xbf" + WHOLE_ANSWER),), 1),
    "usage nonsense": ((answers(changed(usage={"prompt_tokens": -5, "completion_tokens": "seven"})),), 1),
}


@pytest.mark.parametrize(("behaviours", "kind", "attempts"), STATUS.values(), ids=STATUS)
@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_a_refusal_or_broken_connection(
    mode: str,
    behaviours: tuple[Behaviour, ...],
    kind: str,
    attempts: int,
    pool: Pool,
    serve: Callable[..., FaultServer],
) -> None:
    server = serve(*behaviours)
    error = failure(mode, pool, server)
    assert (error.kind, error.attempts) == (kind, attempts), error
    assert_readable(error, server)


@pytest.mark.parametrize(("behaviour", "kind", "attempts"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_answer(
    behaviour: Behaviour, kind: str, attempts: int, pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    server = serve(behaviour)
    error = failure("plain", pool, server)
    assert (error.kind, error.attempts) == (kind, attempts), error
    assert_readable(error, server)


# Without a first byte that tells JSON or a page, it is an event stream without events, which is worth another try.
STREAMED = BODIES | {
    "empty": (BODIES["empty"][0], "protocol", 3),
    "204": (BODIES["204"][0], "protocol", 3),
    "null": (BODIES["null"][0], "protocol", 3),
    "not UTF-8": (BODIES["not UTF-8"][0], "protocol", 3),
    "body drips": (BODIES["body drips"][0], "timeout", 3),
    "chunk size no number": (BODIES["chunk size no number"][0], "connection", 3),
}


@pytest.mark.parametrize(("behaviour", "kind", "attempts"), STREAMED.values(), ids=STREAMED)
def test_a_stream_answered_in_one_piece_is_read_as_strictly(
    behaviour: Behaviour, kind: str, attempts: int, pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    error = failure("stream", pool, serve(behaviour))
    assert (error.kind, error.attempts) == (kind, attempts), error


@pytest.mark.parametrize(("behaviours", "attempts"), GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_answer_that_comes_all_the_same(
    mode: str, behaviours: tuple[Behaviour, ...], attempts: int, pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    server = serve(*behaviours)
    asked = gateway(pool)
    if mode == "plain":
        assert asked.chat(endpoint(server), REQUEST).text == "Hello there"
    else:
        stream = asked.stream_chat(endpoint(server), REQUEST)
        assert read(stream) == stream.answer.text == "Hello there"
        assert (stream.outcome, stream.attempts) == ("ok", attempts)
    assert len(server.requests) == attempts


HELLO = delta("Hello")
CR_STREAM = WHOLE_STREAM.replace(b"\n", b"\r")
EMOJI = [
    b'data: {"choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"content":"\\ude00"}}]}\n\n',
]
END = delta("", "stop") + DONE

STREAMS: dict[str, tuple[tuple[Behaviour, ...], str, str | None, int, str]] = {
    "whole": ((streams(WHOLE_STREAM),), "ok", None, 1, "Hello there"),
    "FIN": ((streams(HELLO),), "partial", "stream_interrupted", 1, "Hello"),
    "FIN inside a line": ((streams(HELLO, b'data: {"choi'),), "partial", "stream_interrupted", 1, "Hello"),
    "RST": (
        (streams(HELLO, end=lambda p: (p.gone(0.1), p.reset())),),
        "partial",
        "stream_interrupted",
        1,
        "Hello",
    ),
    "finish_reason without [DONE]": ((streams(HELLO, delta("", "stop")),), "ok", None, 1, "Hello"),
    "[DONE] without finish_reason": ((streams(HELLO, DONE),), "ok", None, 1, "Hello"),
    "[DONE], socket open": ((streams(WHOLE_STREAM, end=silent),), "ok", None, 1, "Hello there"),
    "finish_reason, socket open": ((streams(HELLO, delta("", "stop"), end=silent),), "ok", None, 1, "Hello"),
    "finish_reason, then pings": (
        (streams(HELLO, delta("", "stop"), end=lambda p: p.repeat(b": ping\n\n", 0.02)),),
        "ok",
        None,
        1,
        "Hello",
    ),
    "data after [DONE]": ((streams(WHOLE_STREAM, delta("more")),), "ok", None, 1, "Hello there"),
    "[DONE] never ended": ((streams(HELLO, b"data: [DONE]\n"),), "ok", None, 1, "Hello"),
    "last event never ended": ((streams(HELLO, delta("!", "stop").rstrip()),), "ok", None, 1, "Hello!"),
    "empty": ((streams(),), "error", "protocol", 3, ""),
    "[DONE] only": ((streams(DONE),), "error", "protocol", 3, ""),
    "empty, then whole": ((streams(), streams(WHOLE_STREAM)), "ok", None, 2, "Hello there"),
    "RST before the first event": (
        (streams(end=Peer.reset), streams(WHOLE_STREAM)),
        "ok",
        None,
        2,
        "Hello there",
    ),
    "error in the middle": ((streams(HELLO, event({"error": {"message": "lost"}})),), "partial", "server", 1, "Hello"),
    "error text in the middle": ((streams(HELLO, event({"error": "lost"})),), "partial", "server", 1, "Hello"),
    "error first": ((streams(event({"error": {"message": "x", "code": 429}})),), "error", "rate_limit", 3, ""),
    "event: error, nested": (
        (streams(HELLO, b"event: error\n" + event({"error": {"message": "lost"}})),),
        "partial",
        "server",
        1,
        "Hello",
    ),
    "event: error, flat": (
        (streams(HELLO, b"event: error\n" + event({"message": "lost"})),),
        "partial",
        "server",
        1,
        "Hello",
    ),
    "event: error, bare text": ((streams(HELLO, b"event: error\ndata: lost\n\n"),), "partial", "server", 1, "Hello"),
    "error in a choice": (
        (streams(HELLO, event({"choices": [{"index": 0, "error": {"message": "lost"}}]})),),
        "partial",
        "server",
        1,
        "Hello",
    ),
    "error after the finish": ((streams(HELLO, delta("", "stop"), event({"error": "x"})),), "ok", None, 1, "Hello"),
    "every event named": ((streams(b"event: message\n" + HELLO, b"event: chunk\n" + END),), "ok", None, 1, "Hello"),
    "pings, ids, retries": (
        (streams(b"id: 1\n: ping\n\nretry: 9\n\ndata:\n\n", HELLO, b": ping\n\n", END),),
        "ok",
        None,
        1,
        "Hello",
    ),
    "bom": ((streams(b"\xef", b"\xbb\xbf" + WHOLE_STREAM),), "ok", None, 1, "Hello there"),
    "cr": ((streams(CR_STREAM),), "ok", None, 1, "Hello there"),
    "crlf": ((streams(WHOLE_STREAM.replace(b"\n", b"\r\n")),), "ok", None, 1, "Hello there"),
    "no space": ((streams(WHOLE_STREAM.replace(b"data: ", b"data:")),), "ok", None, 1, "Hello there"),
    "several data lines": ((streams(HELLO.replace(b", ", b",\ndata: "), END),), "ok", None, 1, "Hello"),
    "byte by byte": (
        (streams(*(WHOLE_STREAM[i : i + 1] for i in range(len(WHOLE_STREAM)))),),
        "ok",
        None,
        1,
        "Hello there",
    ),
    "line separators in the text": (
        (streams(HELLO.replace(b"Hello", "a\u2028b\u2029c\x85d".encode()), END),),
        "ok",
        None,
        1,
        "a\u2028b\u2029c\x85d",
    ),
    "invalid utf-8": ((streams(HELLO.replace(b"ell", b"\xff"), END),), "ok", None, 1, "H\ufffdo"),
    "half an emoji": ((streams(EMOJI[0], END),), "ok", None, 1, "\ufffd"),
    "an emoji in two halves": ((streams(*EMOJI, END),), "ok", None, 1, "\U0001f600"),
    "a NUL": ((streams(HELLO.replace(b"ell", b"\\u0000"), END),), "ok", None, 1, "H\ufffdo"),
    "nothing to say": (
        (
            streams(
                event({"choices": None}), event({"choices": [{"index": 0, "delta": None}]}), delta(None), HELLO, END
            ),
        ),
        "ok",
        None,
        1,
        "Hello",
    ),
    "a finish without text": ((streams(delta(None, "length"), DONE),), "ok", None, 1, ""),
    "an unasked second choice": (
        (streams(event({"choices": [{"index": 1, "delta": {"content": "x"}}]}), HELLO, delta("", "stop")),),
        "ok",
        None,
        1,
        "Hello",
    ),
    "the first text never comes": ((streams(end=silent),), "error", "timeout", 3, ""),
    "stall": ((streams(HELLO, end=silent),), "partial", "timeout", 1, "Hello"),
    "only pings": ((streams(end=lambda p: p.repeat(b": ping\n\n", 0.02)),), "error", "timeout", 3, ""),
    "only empty deltas": ((streams(end=lambda p: p.repeat(delta(""), 0.02)),), "error", "timeout", 3, ""),
    "pings after text": (
        (streams(HELLO, end=lambda p: p.repeat(b": ping\n\n", 0.02)),),
        "partial",
        "timeout",
        1,
        "Hello",
    ),
    "an endless line": (
        (streams(HELLO, end=lambda p: p.repeat(b"x" * 9_000, 0.001)),),
        "partial",
        "too_large",
        1,
        "Hello",
    ),
    "a long legal line": ((streams(HELLO.replace(b"Hello", b"y" * 150_000), END),), "ok", None, 1, "y" * 150_000),
    "malformed JSON": ((streams(HELLO, b"data: {oops\n\n", HELLO, END),), "partial", "protocol", 1, "Hello"),
    "duplicate chunks": ((streams(HELLO, HELLO, END),), "ok", None, 1, "HelloHello"),
    "wrong content type": (
        (raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + WHOLE_STREAM),),
        "ok",
        None,
        1,
        "Hello there",
    ),
    "no content type": ((raw(b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE_STREAM),), "ok", None, 1, "Hello there"),
    "a page": ((answers(PAGE, "Content-Type: text/event-stream"),), "error", "protocol", 1, ""),
}


@pytest.mark.parametrize(("behaviours", "outcome", "kind", "attempts", "text"), STREAMS.values(), ids=STREAMS)
def test_a_stream(
    behaviours: tuple[Behaviour, ...],
    outcome: str,
    kind: str | None,
    attempts: int,
    text: str,
    pool: Pool,
    serve: Callable[..., FaultServer],
) -> None:
    server = serve(*behaviours)
    stream = gateway(pool).stream_chat(endpoint(server), REQUEST)
    assert read(stream) == stream.partial().text == text
    assert (stream.outcome, stream.attempts, len(server.requests)) == (outcome, attempts, attempts)
    assert kind == (None if stream.error is None else stream.error.kind), stream.error
    if stream.error is not None:
        assert_readable(stream.error, server)
        assert not (text and stream.error.retryable)


def test_endless_text_ends_at_the_total_deadline_and_is_kept(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    server = serve(streams(end=lambda peer: peer.repeat(delta("la"), 0.02)))
    stream = gateway(pool).stream_chat(endpoint(server), REQUEST)
    text = read(stream)
    assert (stream.outcome, stream.attempts) == ("partial", 1)
    assert set(text.split("la")) == {""}
    assert stream.error is not None
    assert "within 2 s" in stream.error.message
    assert "TOGETHER_TIMEOUT" in stream.error.remedy


def test_the_first_text_is_awaited_from_the_sending_and_not_from_the_headers(
    pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    def late_headers(peer: Peer) -> None:
        peer.gone(0.6)
        peer.start_stream()
        peer.wait_until_gone()

    server = serve(after_request(late_headers))
    patience = Limits(first_token_timeout_s=0.8)
    stream = gateway(pool, patience).stream_chat(endpoint(server), REQUEST, policy=MEASURED)
    assert read(stream) == ""
    assert stream.error is not None
    assert "No text" in stream.error.message
    assert 0.7 < seconds(stream) < 1.2


def test_text_that_never_pauses_ends_at_the_total_deadline_too(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    server = serve(streams(*[delta("la") * 500] * 3_000))
    stream = gateway(pool, Limits(total_timeout_s=0.4, max_response_bytes=2**40)).stream_chat(endpoint(server), REQUEST)
    assert read(stream)
    assert (stream.outcome, stream.error.kind if stream.error else None) == ("partial", "timeout")


def test_pings_do_not_hold_a_finished_answer_open(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    server = serve(streams(delta("Hello"), delta("", "stop"), end=lambda p: p.repeat(b": ping\n\n", 0.02)))
    stream = gateway(pool, Limits(tail_timeout_s=0.1, total_timeout_s=8.0)).stream_chat(endpoint(server), REQUEST)
    assert (read(stream), stream.outcome) == ("Hello", "ok")
    assert seconds(stream) < 4.0


def test_the_reason_for_a_refusal_is_awaited_for_its_own_short_time(
    pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    server = serve(raw(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{", silent))
    stream = gateway(pool, Limits(error_body_timeout_s=0.1)).stream_chat(endpoint(server), REQUEST, policy=MEASURED)
    assert read(stream) == ""
    assert stream.error is not None
    assert stream.error.kind == "server"
    assert seconds(stream) < 8.0


def test_of_an_endless_refusal_only_the_start_is_read(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    endless = raw(b"HTTP/1.1 500 No\r\nContent-Type: text/html\r\n\r\n<p>", lambda p: p.repeat(b"x" * 9_000, 0.0001))
    server = serve(endless)
    limits = Limits(error_body_timeout_s=20.0, max_response_bytes=2**40)
    stream = gateway(pool, limits).stream_chat(endpoint(server), REQUEST, policy=MEASURED)
    assert read(stream) == ""
    assert seconds(stream) < 8.0
    assert stream.error is not None
    assert stream.error.kind == "server"


def test_a_request_refused_while_it_is_still_being_sent(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    def refuse(peer: Peer) -> None:
        peer.sock.recv(1_000)
        peer.answer(b"", "Connection: close", status="413 No")

    huge = ChatRequest("acme/tiny", (Message("user", "x" * 20_000_000),))
    server = serve(refuse)
    with pytest.raises(ServiceError) as caught:
        gateway(pool).chat(endpoint(server), huge, policy=MEASURED)
    # Whether the refusal outruns the reset is up to the network.
    assert caught.value.kind in ("too_large", "connection")


@pytest.mark.parametrize("behaviours", [(says_no(503),), (RESET,), (streams(),), (after_request(silent),)])
def test_measured_calls_are_never_repeated(
    behaviours: tuple[Behaviour, ...], pool: Pool, serve: Callable[..., FaultServer]
) -> None:
    server = serve(*behaviours)
    stream = gateway(pool).stream_chat(endpoint(server), REQUEST, policy=MEASURED)
    assert read(stream) == ""
    assert len(server.requests) == stream.attempts == 1


def test_a_page_is_kept_for_disclosure_and_is_not_the_message(pool: Pool, serve: Callable[..., FaultServer]) -> None:
    error = failure("plain", pool, serve(page_of(503)))
    assert "<" not in error.message
    assert error.page is not None
    assert "guest network" in error.page


def failure(mode: str, pool: Pool, server: FaultServer, policy: Policy = INTERACTIVE) -> ServiceError:
    asked = gateway(pool)

    def ask() -> object:
        if mode == "plain":
            return asked.chat(endpoint(server), REQUEST, policy=policy)
        return asked.stream_chat(endpoint(server), REQUEST, policy=policy).read()

    with pytest.raises(ServiceError) as caught:
        ask()
    return caught.value


def assert_readable(error: ServiceError, server: FaultServer) -> None:
    """One sentence about a host and one next step; no page, no None, no foreign exception behind it."""
    assert error.message.strip()
    assert error.remedy.strip()
    assert not any(junk in error.message for junk in ("<", "None", "nan", "Traceback", "httpcore", "{limit"))
    assert server.host in error.message or error.kind in ("too_large", "timeout", "protocol")
    cause: BaseException | None = error
    while cause is not None:
        assert type(cause).__module__.partition(".")[0] not in ("httpx", "httpcore", "h11", "ssl", "zlib", "orjson")
        cause = cause.__cause__
