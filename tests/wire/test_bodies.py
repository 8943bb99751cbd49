"""What is sent to which kind of endpoint, byte for byte as it arrives."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from services.answers.gateway import Gateway
from services.endpoints import Endpoint, Kind
from services.errors import BadRequestError
from services.wire.dialects import DIALECTS
from services.wire.transport import Pool
from services.wire.types import ChatRequest, CompletionRequest, Message, Sampling, ToolCall
from tests.faults.server import WHOLE_ANSWER, WHOLE_STREAM

USER = Message("user", "Say hello.")
SCHEMA = {"type": "object"}


class Noting(httpx.BaseTransport):
    """Keeps the last request; answers a stream with a stream."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        streams = json.loads(request.read() or b"{}").get("stream") is True
        return httpx.Response(200, content=WHOLE_STREAM if streams else WHOLE_ANSWER)


def sent(kind: Kind, request: ChatRequest, *, stream: bool = False) -> dict[str, Any]:
    noted = Noting()
    gateway, endpoint = Gateway(Pool(transport=noted)), Endpoint("Test", kind, "http://models.example/v1", "k")
    if stream:
        gateway.stream_chat(endpoint, request).read()
    else:
        gateway.chat(endpoint, request)
    body: dict[str, Any] = json.loads(noted.requests[0].content)
    return body


def chat(sampling: Sampling | None = None, **fields: Any) -> ChatRequest:
    return ChatRequest("acme/tiny", (USER,), sampling or Sampling(), **fields)


def test_absent_is_not_sent_and_zero_is() -> None:
    assert sent("together", chat(Sampling(temperature=0.0, seed=0, stop=("a",)))) == {
        "model": "acme/tiny",
        "messages": [{"role": "user", "content": "Say hello."}],
        "temperature": 0.0,
        "seed": 0,
        "stop": ["a"],
    }


@pytest.mark.parametrize(
    ("kind", "asked"),
    [("together", None), ("sandbox", None), ("openai", {"include_usage": True}), ("local", {"include_usage": True})],
)
def test_usage_in_a_stream_is_asked_for_where_it_has_to_be(kind: Kind, asked: object) -> None:
    body = sent(kind, chat(), stream=True)
    assert body["stream"] is True
    assert body.get("stream_options") == asked
    assert "stream" not in sent(kind, chat())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("together", {"repetition_penalty": 1.1, "logprobs": 3}),
        ("openai", {"repetition_penalty": 1.1, "logprobs": True, "top_logprobs": 3}),
        ("local", {"repeat_penalty": 1.1, "logprobs": True, "top_logprobs": 3}),
    ],
)
def test_parameters_are_called_what_the_server_calls_them(kind: Kind, fields: dict[str, object]) -> None:
    body = sent(kind, chat(Sampling(repetition_penalty=1.1, logprobs=3)))
    assert {name: body[name] for name in body if name not in ("model", "messages")} == fields


@pytest.mark.parametrize("kind", ["openai", "local"])
def test_a_flat_schema_is_wrapped_where_it_would_be_ignored(kind: Kind) -> None:
    flat, full = {"type": "json_schema", "schema": SCHEMA}, {"type": "json_schema", "json_schema": {"schema": SCHEMA}}
    assert sent(kind, chat(response_format=flat))["response_format"]["json_schema"]["schema"] == SCHEMA
    assert sent(kind, chat(response_format=full))["response_format"] == full
    assert sent("together", chat(response_format=flat))["response_format"] == flat


def test_what_a_server_ignores_is_not_sent_and_can_be_told() -> None:
    everything = chat(Sampling(echo=True), grammar='root ::= "a"', tools=({},), safety_model="x")
    assert set(sent("local", everything)) == {"model", "messages", "grammar"}
    assert set(sent("together", everything)) == {"model", "messages", "echo", "tools", "safety_model"}
    assert "grammar" in DIALECTS["together"].ignores
    assert "tools" in DIALECTS["local"].ignores


def test_a_conversation_with_tools_reasoning_and_images_goes_back_as_it_came() -> None:
    image = MappingProxyType({"type": "image_url", "image_url": MappingProxyType({"url": "data:,"})})
    messages = (
        Message("system", "Be brief.", name="rules"),
        Message("user", ({"type": "text", "text": "See"}, image)),
        Message(
            "assistant",
            None,
            tool_calls=(ToolCall("c1", "root", "{}"),),
            reasoning="hm",
            reasoning_key="reasoning_content",
        ),
        Message("tool", "3", tool_call_id="c1"),
    )
    assert sent("together", ChatRequest("acme/tiny", messages))["messages"] == [
        {"role": "system", "content": "Be brief.", "name": "rules"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "data:,"}}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "root", "arguments": "{}"}}],
            "reasoning_content": "hm",
        },
        {"role": "tool", "content": "3", "tool_call_id": "c1"},
    ]


def test_half_an_emoji_in_the_history_does_not_block_the_next_turn() -> None:
    request = ChatRequest("acme/tiny", (Message("user", "a\ud83d"),))
    assert sent("together", request)["messages"][0]["content"] == "a\ufffd"


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("together", ChatRequest("acme/tiny", ())),
        ("together", ChatRequest(" ", (USER,))),
        ("together", ChatRequest("acme/tiny", (Message("user", None),))),
        ("together", ChatRequest("acme/tiny", (Message("wizard", "a"),))),  # type: ignore[arg-type]
        ("local", ChatRequest("acme/tiny", (Message("user", ({"type": "image_url"},)),))),
        ("together", ChatRequest("acme/tiny", (USER,), Sampling(seed=2**70))),
        ("together", ChatRequest("acme/tiny", (USER,), tools=({"bad": object()},))),
    ],
)
def test_what_no_server_can_answer_is_refused_unsent(kind: Kind, request_: ChatRequest) -> None:
    noted = Noting()
    with pytest.raises(BadRequestError):
        Gateway(Pool(transport=noted)).chat(Endpoint("Test", kind, "http://models.example/v1"), request_)
    assert noted.requests == []


def test_the_key_travels_in_the_authorization_header_only() -> None:
    noted = Noting()
    gateway = Gateway(Pool(transport=noted))
    gateway.complete(
        Endpoint("Test", "together", "http://models.example/v1/", "made-up"), CompletionRequest("m", "Once")
    )
    gateway.complete(Endpoint("Test", "local", "http://models.example/v1"), CompletionRequest("m", "Once", grammar="g"))
    with_key, without = noted.requests
    assert with_key.headers["authorization"] == "Bearer made-up"
    assert str(with_key.url) == "http://models.example/v1/completions"
    assert "made-up" not in str(with_key.url) + with_key.content.decode()
    assert "authorization" not in without.headers
    assert json.loads(without.content) == {"model": "m", "prompt": "Once", "grammar": "g"}
