"""An endpoint as an encoder: the right vector for the right text, or a refusal that names the row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from services.answers.gateway import Gateway
from services.embedding.encoder import LocalEncoder
from services.embedding.encoders import EndpointEncoder, InProcessEncoder
from services.embedding.rows import present
from services.endpoints import Endpoint as Place
from services.errors import ProtocolError, ServerError, StoppedError
from services.wire.call import Call
from services.wire.transport import Pool
from services.wire.types import EmbeddingResult
from tests.embedding.embeds import Endpoint, vector

TEXTS = [f"text {n}" for n in range(10)]


def changed(**fields: object) -> Callable[[Sequence[str], EmbeddingResult], EmbeddingResult]:
    return lambda texts, result: replace(result, **fields)


def test_every_text_gets_its_own_vector_at_length_one() -> None:
    vectors = Endpoint().encoder(batch=3, concurrency=4).encode(TEXTS)
    np.testing.assert_allclose(vectors, [vector(text) for text in TEXTS], atol=1e-6)
    assert vectors.dtype == np.float32


def test_no_more_than_a_batch_goes_into_one_request() -> None:
    endpoint = Endpoint()
    endpoint.encoder(batch=3).encode(TEXTS)
    assert endpoint.calls == 4


def test_prefixes_go_before_what_they_are_for() -> None:
    endpoint = Endpoint()
    encoder = endpoint.encoder(query_prefix="query: ", document_prefix="passage: ")
    encoder.encode_batch(["pump"], Call())
    np.testing.assert_allclose(encoder.encode_query("leak"), vector("query: leak"), atol=1e-6)
    assert endpoint.asked == {"passage: pump": 1, "query: leak": 1}
    assert encoder.id != endpoint.encoder().id


def nan_in(row: int, value: float) -> Callable[[Sequence[str], EmbeddingResult], EmbeddingResult]:
    def change(texts: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        result.vectors[row, 1] = value
        return result

    return change


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused_with_the_row(value: float) -> None:
    encoder = Endpoint(change=nan_in(2, value)).encoder()
    with pytest.raises(ProtocolError, match="Row 23: .*without finite numbers"):
        encoder.encode_batch(TEXTS, Call(), rows=range(21, 31))


def test_what_the_client_found_at_a_position_is_told_as_a_row() -> None:
    def embed(texts: Sequence[str], call: Call) -> EmbeddingResult:
        problem = ProtocolError("the host sent a vector without finite numbers.")
        problem.position = 1
        raise problem

    encoder = EndpointEncoder("Invented", embed, place="p", model="m", word="real")
    with pytest.raises(ProtocolError, match="Row 8: the host sent"):
        encoder.encode_batch(["a", "b"], Call(), rows=[4, 8])


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((9, 8), np.float32),
        np.zeros((11, 8), np.float32),
        np.zeros((10, 0), np.float32),
        np.zeros(10, np.float32),
        np.zeros((10, 20_000), np.float32),
        np.array([["x"] * 8] * 10),
        None,
    ],
)
def test_an_answer_of_another_shape_is_refused_whole(vectors: object) -> None:
    with pytest.raises(ProtocolError, match="refused"):
        Endpoint(change=changed(vectors=vectors)).encoder().encode_batch(TEXTS, Call())


def test_a_zero_vector_stays_blank() -> None:
    vectors = Endpoint(change=changed(vectors=np.zeros((10, 8), np.float32))).encoder().encode(TEXTS)
    assert not present(vectors).any()


def test_huge_and_tiny_numbers_keep_their_direction() -> None:
    given = np.array([[3e38, 3e38], [1e-38, 1e-38]], np.float32)
    vectors = Endpoint(change=changed(vectors=given)).encoder().encode(["a", "b"])
    np.testing.assert_allclose(vectors, np.full((2, 2), 0.70710678), atol=1e-6)


def second(**fields: object) -> Callable[[Sequence[str], EmbeddingResult], EmbeddingResult]:
    return lambda texts, result: replace(result, **fields) if "text 3" in texts else result


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (second(vectors=np.ones((3, 9), np.float32)), "of 8 and of 9 dimensions"),
        (second(model="invented/other"), "by invented/embedder and by invented/other"),
    ],
)
def test_vectors_of_two_models_never_mix(change: Callable[..., EmbeddingResult], complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        Endpoint(change=change).encoder(batch=3, concurrency=1).encode(TEXTS)


def test_an_answer_that_names_no_model_contradicts_none() -> None:
    encoder = Endpoint(change=second(model=None)).encoder(batch=3, concurrency=1)
    assert encoder.encode(TEXTS).shape == (10, 8)
    assert encoder.served == "invented/embedder"


def test_a_failure_is_raised_and_nothing_more_is_asked() -> None:
    def fail(texts: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        raise ServerError("invented failure")

    endpoint = Endpoint(change=fail)
    with pytest.raises(ServerError, match="invented failure"):
        endpoint.encoder(batch=1, concurrency=2).encode(TEXTS)
    assert endpoint.calls <= 3


def test_a_stopped_call_asks_nothing() -> None:
    call = Call()
    call.stop()
    with pytest.raises(StoppedError):
        Endpoint().encoder().encode_batch(TEXTS, call)
    with pytest.raises(StoppedError):
        InProcessEncoder(LocalEncoder()).encode_batch(TEXTS, call)


def test_no_texts_give_no_rows_of_the_models_dimension() -> None:
    assert Endpoint().encoder().encode([]).shape == (0, 8)


def test_a_real_endpoint_answers_as_the_encoder_behind_it_does(sandbox_address: str) -> None:
    pool = Pool()
    gateway, place = Gateway(pool), Place("Sandbox", "sandbox", sandbox_address, "invented-key")
    model = "intfloat/multilingual-e5-large-instruct"
    encoder = EndpointEncoder(
        "Sandbox",
        lambda texts, call: gateway.embed(place, model, texts, call=call),
        place=place.base_url,
        model=model,
        word=place.word,
        batch=3,
    )
    try:
        np.testing.assert_allclose(encoder.encode(TEXTS), LocalEncoder().encode(TEXTS), atol=1e-5)
        assert encoder.served == model
        usage = encoder.encode_batch(TEXTS, Call()).usage
        assert usage is not None
        assert usage.prompt_tokens > 0
    finally:
        pool.close()
