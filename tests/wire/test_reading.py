"""An answer reads the same from every shape servers give it, in one piece or as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.answers.gateway import Gateway
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.wire.limits import Limits
from services.wire.transport import Pool
from services.wire.types import (
    Answer,
    ChatRequest,
    Chunk,
    CompletionRequest,
    Message,
    Sampling,
    TokenLogprob,
    ToolCall,
    Usage,
)
from tests.faults.server import DONE, FaultServer, Peer, answers, delta, event, streams

ENDPOINT = Endpoint("Test", "together", "http://models.example/v1", "key-of-nobody")
REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))


class Canned(httpx.BaseTransport):
    """Answers every request with the same bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self.body)


def plain(**fields: Any) -> Answer:
    body = {"choices": [{"index": 0, "message": {"content": "Hi"}}]} | fields
    return Gateway(Pool(transport=Canned(json.dumps(body).encode()))).chat(ENDPOINT, REQUEST)


def message(**fields: Any) -> Answer:
    return plain(choices=[{"index": 0, "message": fields, "finish_reason": "stop"}])


def streamed(*events: Any, request: ChatRequest = REQUEST) -> tuple[list[Chunk], Answer]:
    body = b"".join(part if isinstance(part, bytes) else event(part) for part in events)
    stream = Gateway(Pool(transport=Canned(body))).stream_chat(ENDPOINT, request)
    return list(stream), stream.answer


def piece(finish: str | None = None, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": fields, "finish_reason": finish}]}


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_reasoning_is_read_under_either_key_and_the_key_remembered(key: str) -> None:
    whole = message(content="4", **{key: "2+2"})
    chunks, answer = streamed(piece(**{key: "2+"}), piece(**{key: "2", "content": ""}), piece(content="4"), DONE)
    for each in (whole, answer):
        assert (each.text, each.reasoning, each.reasoning_key) == ("4", "2+2", key)
    assert [(chunk.channel, chunk.text) for chunk in chunks] == [
        ("reasoning", "2+"),
        ("reasoning", "2"),
        ("answer", "4"),
    ]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 0}, Usage(3, 0)),
        ({"prompt_tokens": 3, "completion_tokens": 2, "cached_tokens": 1}, Usage(3, 2, cached_tokens=1)),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(3, 2, cached_tokens=0, reasoning_tokens=2),
        ),
        (None, None),
        ({}, None),
        ({"prompt_tokens": -5, "completion_tokens": 2}, None),
        ({"prompt_tokens": 3, "completion_tokens": -2, "total_tokens": 9}, None),
        ({"prompt_tokens": "seven", "completion_tokens": 2}, None),
        ({"prompt_tokens": 3.5, "completion_tokens": 2}, None),
        ({"prompt_tokens": True, "completion_tokens": 2}, None),
        ({"prompt_tokens": float("nan"), "completion_tokens": 2}, None),
        ("usage", None),
    ],
)
def test_usage_is_what_the_server_counted_or_nothing(given: object, read: Usage | None) -> None:
    assert plain(usage=given).usage == read
    assert streamed(piece(content="Hi"), piece("stop", content="") | {"usage": given}, DONE)[1].usage == read


def test_usage_may_come_after_the_finish_in_every_chunk_or_twice_and_is_never_added_up() -> None:
    one, two = {"prompt_tokens": 3, "completion_tokens": 1}, {"prompt_tokens": 3, "completion_tokens": 2}
    after = streamed(piece(content="a"), piece("stop"), {"choices": [], "usage": two}, DONE)[1]
    every = streamed(piece(content="a") | {"usage": one}, piece("stop") | {"usage": two}, DONE)[1]
    twice = streamed(piece("stop", content="a") | {"usage": two}, {"choices": [], "usage": two}, DONE)[1]
    spoilt = streamed(
        piece("stop", content="a") | {"usage": two}, {"choices": [], "usage": {"prompt_tokens": -1}}, DONE
    )[1]
    assert after.usage == every.usage == twice.usage == spoilt.usage == Usage(3, 2)


@pytest.mark.parametrize(("given", "read"), [("eos", "stop"), ("length", "length"), (None, None), ("", None)])
def test_eos_is_an_older_word_for_stop(given: str | None, read: str | None) -> None:
    assert plain(choices=[{"message": {"content": "a"}, "finish_reason": given}]).finish_reason == read
    assert streamed(piece(given, content="a"), DONE)[1].finish_reason == read


def test_tool_calls_grow_from_deltas_whatever_later_deltas_leave_out() -> None:
    first = {"id": "c1", "index": 0, "type": "function", "function": {"name": "root", "arguments": ""}}
    nulls = {"id": None, "index": 0, "function": {"name": None, "arguments": '{"n": '}}
    bare = {"index": 0, "function": {"arguments": "9}"}}
    other = {"id": "c2", "index": 1, "function": {"name": "cube", "arguments": "{}"}}
    finish = piece("tool_calls", tool_calls=[bare])
    chunks, answer = streamed(
        piece(tool_calls=[first]), piece(tool_calls=[nulls]), finish, piece("tool_calls", tool_calls=[other]), DONE
    )
    assert answer.choices[0].tool_calls == (ToolCall("c1", "root", '{"n": 9}'), ToolCall("c2", "cube", "{}"))
    assert answer.finish_reason == "tool_calls"
    assert [chunk.text for chunk in chunks if chunk.channel == "tool"] == ['{"n": ', "9}", "{}"]
    whole = message(content=None, tool_calls=[{"id": "c1", "function": {"name": "root", "arguments": "{}"}}])
    assert whole.choices[0].tool_calls == (ToolCall("c1", "root", "{}"),)
    assert whole.text == ""


@pytest.mark.parametrize(
    "given",
    [
        {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "b", "logprob": -1.5}]}]},
        {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [[{"token": "b", "logprob": -1.5}]]},
        {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"b": -1.5}]},
        {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": {"b": -1.5}, "token_ids": [None]},
    ],
)
def test_log_probabilities_are_read_in_every_shape(given: object) -> None:
    expected = (TokenLogprob("a", -0.5, (("b", -1.5),)),)
    assert plain(choices=[{"message": {"content": "a"}, "logprobs": given}]).choices[0].logprobs == expected
    chunk = {"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": given}]}
    assert streamed(chunk, chunk, DONE)[1].choices[0].logprobs == expected * 2


def test_a_seed_beyond_64_bits_is_kept_as_text() -> None:
    choice = {"index": 0, "delta": {"content": "a"}, "seed": 15924764223251450000}
    assert streamed({"choices": [choice]}, DONE)[1].choices[0].seed == "15924764223251450000"
    assert plain(choices=[{"message": {"content": "a"}, "seed": 7}]).choices[0].seed == "7"


def test_the_model_that_served_ids_timings_and_warnings_are_kept() -> None:
    extras = {"id": "a-1", "model": "other/one", "timings": {"prompt_ms": 2}, "warnings": [{"message": "slow"}]}
    for answer in (plain(**extras), streamed(piece(content="a") | extras, DONE)[1]):
        assert (answer.id, answer.model, answer.timings) == ("a-1", "other/one", {"prompt_ms": 2})
        assert answer.warnings == ("slow",)


def test_several_choices_are_kept_apart_and_only_the_first_is_shown() -> None:
    request = ChatRequest("acme/tiny", REQUEST.messages, Sampling(n=2))
    chunks, answer = streamed(
        piece(content="a"),
        piece(index=1, content="b"),
        piece("stop"),
        piece("length", index=1, content="c"),
        request=request,
    )
    assert [choice.text for choice in answer.choices] == ["a", "bc"]
    assert [choice.finish_reason for choice in answer.choices] == ["stop", "length"]
    assert [chunk.text for chunk in chunks] == ["a"]


def test_a_stream_with_one_choice_unfinished_is_not_complete() -> None:
    request = ChatRequest("acme/tiny", REQUEST.messages, Sampling(n=2))
    with pytest.raises(ServiceError, match="broke off"):
        streamed(piece("stop", content="a"), piece(index=1, content="b"), request=request)


def test_text_beside_the_delta_is_not_read_twice() -> None:
    chunk = {"choices": [{"index": 0, "text": "Hi", "delta": {"content": "Hi", "token_id": 1}}]}
    assert streamed(chunk, DONE)[1].text == "Hi"


@pytest.mark.parametrize("broken", ["\ud83d", "a\ud83d", "\ude00b", "a\x00b"])
def test_no_lone_surrogate_or_nul_leaves_the_client(broken: str) -> None:
    for answer in (
        message(content=broken, reasoning=broken, tool_calls=[{"function": {"arguments": broken}}]),
        streamed(
            piece(content=broken), piece(reasoning=broken, tool_calls=[{"function": {"arguments": broken}}]), DONE
        )[1],
    ):
        texts = answer.text + answer.reasoning + answer.choices[0].tool_calls[0].arguments
        texts.encode()
        assert "\x00" not in texts
        assert "\ufffd" in texts


def test_chunk_times_are_taken_as_the_events_come() -> None:
    def later(peer: Peer) -> None:
        peer.gone(0.1)
        peer.send(delta("b", "stop"))

    with FaultServer((streams(delta("a"), end=later),)) as server, Pool() as pool:
        stream = Gateway(pool).stream_chat(Endpoint("Test", "together", server.url), REQUEST)
        first, second = list(stream)
    assert stream.first_sent_ns == stream.sent_ns
    assert stream.sent_ns is not None
    assert stream.closed_ns is not None
    assert stream.sent_ns < first.t_ns < second.t_ns <= stream.closed_ns
    assert 0.08 < (second.t_ns - first.t_ns) / 1e9 < 2.0


def test_a_completion_is_read_plain_and_streamed() -> None:
    request = CompletionRequest("acme/tiny", "Once")
    whole = {"choices": [{"index": 0, "text": " upon", "finish_reason": "length", "logprobs": None}], "prompt": []}
    part = {"choices": [{"index": 0, "text": " upon", "finish_reason": "length"}]}
    asked = Gateway(Pool(transport=Canned(json.dumps(whole).encode())))
    assert asked.complete(ENDPOINT, request).text == " upon"
    stream = Gateway(Pool(transport=Canned(event(part) + DONE))).stream_completion(ENDPOINT, request)
    assert stream.read().text == " upon"


def test_a_stream_sends_nothing_before_it_is_read_and_has_no_answer_before_its_end() -> None:
    with FaultServer((streams(delta("a"), delta("b", "stop")),)) as server, Pool() as pool:
        stream = Gateway(pool).stream_chat(Endpoint("Test", "together", server.url), REQUEST)
        assert stream.partial().text == ""
        assert server.requests == []
        assert next(stream).text == "a"
        with pytest.raises(RuntimeError):
            _ = stream.answer
        assert stream.read().text == "ab"


@pytest.fixture(scope="module")
def big() -> Iterator[FaultServer]:
    with FaultServer((answers(b" " * (17 * 2**20)),)) as server:
        yield server


def test_the_products_own_bounds_let_4_mib_lines_through_and_stop_at_16_mib(big: FaultServer) -> None:
    text = "y" * (4 * 2**20)
    with FaultServer((streams(delta(text), delta("", "stop")),)) as server, Pool() as pool:
        gateway = Gateway(pool, limits=Limits())
        assert gateway.stream_chat(Endpoint("Test", "together", server.url), REQUEST).read().text == text
        with pytest.raises(ServiceError, match="16 MiB"):
            gateway.chat(Endpoint("Test", "together", big.url), REQUEST)
