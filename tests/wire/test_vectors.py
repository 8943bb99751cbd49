"""Every vector lands in the row of its own input, or none does; and lists of models in every shape."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
import numpy as np
import pytest

from services.answers.gateway import MEASURED, Gateway
from services.endpoints import Endpoint, Kind
from services.errors import BadRequestError, ProtocolError, ServiceError
from services.wire.transport import Pool
from services.wire.types import EmbeddingResult, ListedModel, Usage

A, B, C = [0.5, -1.0], [0.0, 0.0], [3, 4]


class Canned(httpx.BaseTransport):
    def __init__(self, value: Any) -> None:
        self.value = value
        self.sent: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.read() or b"{}"))
        return httpx.Response(
            200, content=self.value if isinstance(self.value, bytes) else json.dumps(self.value).encode()
        )


def entries(*vectors: Any, order: tuple[Any, ...] | None = None) -> list[dict[str, Any]]:
    indexes = tuple(range(len(vectors))) if order is None else order
    return [{"object": "embedding", "index": i, "embedding": v} for i, v in zip(indexes, vectors, strict=True)]


def embed(value: Any, count: int = 3, kind: Kind = "together") -> EmbeddingResult:
    gateway = Gateway(Pool(transport=Canned(value)))
    return gateway.embed(Endpoint("Test", kind, "http://models.example/v1"), "acme/e", ["x"] * count)


@pytest.mark.parametrize(
    "data",
    [
        entries(A, B, C),
        entries(C, A, B, order=(2, 0, 1)),
        [{"embedding": vector} for vector in (A, B, C)],
    ],
)
def test_vectors_are_matched_by_index_and_without_any_by_position(data: Any) -> None:
    result = embed({"data": data, "model": "acme/e", "usage": {"prompt_tokens": 6, "total_tokens": 6}})
    assert result.vectors.dtype == np.float32
    assert result.vectors.tolist() == [A, B, C]
    assert (result.model, result.usage) == ("acme/e", Usage(6, 0))


def test_base64_is_decoded_and_asked_for_where_servers_know_it() -> None:
    packed = [base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode() for vector in (A, B, C)]
    canned = Canned({"data": entries(*packed)})
    gateway = Gateway(Pool(transport=canned))
    for kind in ("openai", "together"):
        result = gateway.embed(Endpoint("Test", kind, "http://models.example/v1"), "acme/e", ("x",) * 3)  # type: ignore[arg-type]
        assert result.vectors.tolist() == [A, B, C]
        assert result.usage is None
    assert [body.get("encoding_format") for body in canned.sent] == ["base64", None]


@pytest.mark.parametrize(
    "value",
    [
        {"data": entries(A, B)},
        {"data": entries(A, B, C, A)},
        {"data": entries(A, B, C, order=(0, 0, 0))},
        {"data": entries(A, B, C, order=(0, 1, 3))},
        {"data": entries(A, B, C, order=(0, None, 2))},
        {"data": entries(A, B, C, order=(0, True, 2))},
        {"data": entries(A, B, [1.0])},
        {"data": entries(A, B, [1.0, None])},
        {"data": entries(A, B, [1.0, "x"])},
        {"data": entries([True], [True], [False])},
        {"data": entries([1.0], [10**400], [1.0])},
        {"data": entries("AAAAAA==", [1.0], [1.0])},
        {"data": entries({"a": 1}, {"a": 1}, {"a": 1})},
        {"data": entries(A, B, None)},
        {"data": entries(A, B, "AAAA")},
        {"data": entries("!", "!", "!")},
        {"data": entries("AAA=", "AAA=", "AAA=")},
        {"data": entries([], [], [])},
        {"data": entries(A, B, [1.0, float("nan")])},
        {"data": entries(A, B, [1.0, 1e39])},
        {"data": entries(A, B, [[1.0], [2.0]])},
        {"data": None},
        {},
        [],
    ],
)
def test_a_batch_that_does_not_fit_is_refused_whole(value: Any) -> None:
    with pytest.raises(ProtocolError):
        embed(value)


def test_a_vector_without_finite_numbers_is_told_by_the_place_of_its_text() -> None:
    with pytest.raises(ProtocolError) as caught:
        embed({"data": entries(A, B, [1.0, 1e39], order=(0, 2, 1))})
    assert caught.value.position == 1


def test_no_text_is_no_request() -> None:
    with pytest.raises(BadRequestError):
        embed({}, count=0)


def models(value: Any) -> tuple[ListedModel, ...]:
    return Gateway(Pool(transport=Canned(value))).models(
        Endpoint("Test", "together", "http://models.example/v1"), policy=MEASURED
    )


FULL = {
    "id": "acme/tiny",
    "object": "model",
    "created": 1754414557,
    "type": "chat",
    "display_name": "Tiny <b>",
    "organization": "Acme",
    "link": "https://acme.example",
    "license": "other",
    "context_length": 131072,
    "pricing": {"hourly": 0, "input": 1.0399999999999998, "output": 0, "cached_input": None},
}
READ = ListedModel(
    id="acme/tiny",
    type="chat",
    display_name="Tiny <b>",
    organization="Acme",
    context_length=131072,
    input_usd_per_mtok=1.04,
    output_usd_per_mtok=0.0,
    license="other",
    link="https://acme.example",
    created=1754414557,
)


@pytest.mark.parametrize(
    "value", [[FULL], {"data": [FULL]}, {"models": [{"name": "x"}], "data": [FULL]}, [None, {}, {"id": None}, 3, FULL]]
)
def test_a_list_of_models_is_read_bare_or_wrapped_without_what_has_no_id(value: Any) -> None:
    assert models(value) == (READ,)


@pytest.mark.parametrize("value", [[], {"data": []}, {"object": "list", "data": None}])
def test_an_empty_list_is_a_list(value: Any) -> None:
    assert models(value) == ()


@pytest.mark.parametrize("value", [{}, {"data": {}}, "x", b"<html>", None, {"error": "no"}])
def test_anything_else_is_no_list(value: Any) -> None:
    with pytest.raises(ServiceError):
        models(value)


@pytest.mark.parametrize("pricing", [None, {}, {"input": None}, {"input": "free"}, {"input": -1}, {"input": {"a": 1}}])
def test_a_price_that_is_not_listed_is_unknown_and_not_zero(pricing: Any) -> None:
    assert models([{"id": "a", "pricing": pricing}])[0].input_usd_per_mtok is None


def test_the_context_of_a_local_server_stands_in_its_meta() -> None:
    assert models({"data": [{"id": "a", "meta": {"n_ctx": 2048}}]})[0].context_length == 2048


def test_twenty_thousand_models_are_read_in_seconds() -> None:
    value = [FULL | {"id": f"acme/{number}"} for number in range(20_000)]
    start = time.monotonic()
    assert len(models(value)) == 20_000
    assert time.monotonic() - start < 3.0
