"""Answers, streams, vectors and models as a script sees them, over real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from openai.types import Completion, Embedding
from openai.types.chat import ChatCompletion

from services.endpoints import Endpoint
from services.errors import ServiceError
from services.toolkit import TogetherAIClient
from services.toolkit.asking import held
from services.wire.types import Sampling
from tests.faults.server import (
    DONE,
    WHOLE_ANSWER,
    WHOLE_STREAM,
    FaultServer,
    Peer,
    answers,
    delta,
    says_no,
    streams,
    wait_for,
)
from tests.toolkit.conftest import KEY, Run

CHAT_MODEL, EMBEDDING_MODEL = "Qwen/Qwen3.5-9B", "togethercomputer/m2-bert-80M-8k-retrieval"
MakeClient = Callable[..., TogetherAIClient]


def test_a_chat_reads_as_text_and_as_openais_dict(at_sandbox: TogetherAIClient) -> None:
    response = at_sandbox.generate_chat_completion([{"role": "user", "content": "Which pump leaks?"}], CHAT_MODEL)
    choice = response["choices"][0]
    assert str(response) == response.text == choice["message"]["content"] != ""
    assert response["usage"]["total_tokens"] == sum(
        response["usage"][f"{part}_tokens"] for part in ("prompt", "completion")
    )
    assert (response["model"], response["origin"]) == (CHAT_MODEL, "real")
    assert ChatCompletion.model_validate(json.loads(json.dumps(response))).choices[0].message.content == str(response)


def test_a_completion_reads_as_text_and_as_openais_dict(at_sandbox: TogetherAIClient) -> None:
    response = at_sandbox.generate_completion("The pump", CHAT_MODEL, max_tokens=5, stop="\n")
    assert str(response) == response["choices"][0]["text"] != ""
    assert response["choices"][0]["finish_reason"] == "length"
    assert Completion.model_validate(json.loads(json.dumps(response))).usage is not None


def test_what_is_given_is_sent_and_what_is_not_is_absent(client_with: MakeClient) -> None:
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        said = [
            {"role": "system", "content": "Be short."},
            {"role": "assistant", "content": "Hm.", "reasoning": "A pump?"},
            {"role": "user", "content": [{"type": "text", "text": "Go on."}]},
        ]
        response = client.generate_chat_completion(said, "acme/tiny", max_tokens=3, temperature=0, stop="END")
        assert str(response) == "Hello there"
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {
        "model": "acme/tiny",
        "messages": said,
        "max_tokens": 3,
        "temperature": 0,
        "stop": ["END"],
        "stream": True,
    }
    assert f"Bearer {KEY}".encode() in head


def test_an_answer_can_be_sent_back_as_history(at_sandbox: TogetherAIClient) -> None:
    first = at_sandbox.generate_chat_completion("Which pump leaks?", "openai/gpt-oss-120b")
    message = first["choices"][0]["message"]
    again = [{"role": "user", "content": "Which pump leaks?"}, message, {"role": "user", "content": "And why?"}]
    assert str(at_sandbox.generate_chat_completion(again, "openai/gpt-oss-120b"))


def test_a_server_that_does_not_stream_is_read_all_the_same(client_with: MakeClient) -> None:
    with FaultServer((answers(WHOLE_ANSWER, "Content-Type: application/json"),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        assert str(client.generate_chat_completion("Hi", "acme/tiny")) == "Hello there"
        client.close()


def test_a_stream_hands_out_pieces_and_then_knows_all_about_them(at_sandbox: TogetherAIClient) -> None:
    stream = at_sandbox.stream_chat_completion("Which pump leaks?", "openai/gpt-oss-120b")
    assert (stream.text, stream.usage, stream.finish_reason, stream.timing.total_s) == ("", None, None, None)
    pieces = list(stream)
    assert len(pieces) > 3
    assert "".join(pieces) == stream.text
    assert stream.reasoning
    assert stream.reasoning not in stream.text
    assert (stream.model, stream.finish_reason) == ("openai/gpt-oss-120b", "stop")
    assert stream.usage is not None
    assert stream.timing.completion_tokens == stream.usage["completion_tokens"]
    assert 0 < (stream.timing.wait_s or 0) <= (stream.timing.wait_answer_s or 0) <= (stream.timing.total_s or 0)


@pytest.mark.parametrize("leave", ["close", "with", "forget"])
def test_a_stream_left_early_stops_the_server(leave: str, client_with: MakeClient) -> None:
    with FaultServer((streams(delta("Hello"), end=Peer.wait_until_gone),)) as server:
        stream = client_with(api_key=KEY, base_url=server.url).stream_chat_completion("Hi", "acme/tiny")
        if leave == "with":
            with stream:
                assert next(stream) == "Hello"
        else:
            assert next(stream) == "Hello"
        if leave == "close":
            stream.close()
        if leave != "forget":
            assert list(stream) == []
            assert stream.text == "Hello"
        del stream
        assert server.hung_up.wait(3)


def test_a_closed_stream_gives_its_place_in_the_pool_back(client_with: MakeClient) -> None:
    with FaultServer((streams(delta("Hello"), end=Peer.wait_until_gone),)) as server:
        client = client_with(api_key=KEY, base_url=server.url, total_timeout_s=2)
        kept = [client.stream_chat_completion("Hi", "acme/tiny") for _ in range(101)]
        for stream in kept:
            assert next(stream) == "Hello"
            stream.close()


def test_another_thread_may_close_a_stream_that_is_being_read(client_with: MakeClient) -> None:
    with FaultServer((streams(delta("Hello"), end=Peer.wait_until_gone),)) as server:
        stream, pieces = client_with(api_key=KEY, base_url=server.url).stream_chat_completion("Hi", "acme/tiny"), []
        reader = threading.Thread(target=lambda: pieces.extend(stream))
        reader.start()
        assert wait_for(lambda: stream.text == "Hello")
        stream.close()
        reader.join(3)
        assert not reader.is_alive()
        assert pieces == ["Hello"]


def test_nothing_is_sent_before_a_stream_is_read(client_with: MakeClient) -> None:
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        stream = client_with(api_key=KEY, base_url=server.url).stream_chat_completion("Hi", "acme/tiny")
        assert server.requests == []
        assert list(stream) == ["Hello", " there"]
        assert len(server.requests) == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_text_that_had_come_before_a_failure_is_on_the_error(streamed: bool, client_with: MakeClient) -> None:
    with FaultServer((streams(delta("Hello"), delta(" there")),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        ask = client.stream_chat_completion if streamed else client.generate_chat_completion
        with pytest.raises(ServiceError) as failed:
            list(ask("Hi", "acme/tiny"))
    assert failed.value.kind == "stream_interrupted"
    assert failed.value.partial_text == "Hello there"
    assert str(failed.value).endswith("call again to ask once more.")


def test_retries_follow_what_is_set_and_end_in_one_error(client_with: MakeClient) -> None:
    with FaultServer((*[says_no(503, None, "Connection: close")] * 2, streams(WHOLE_STREAM))) as server:
        patient = client_with(api_key=KEY, base_url=server.url, max_attempts=3, backoff_base_s=0)
        assert str(patient.generate_chat_completion("Hi", "acme/tiny")) == "Hello there"
    with FaultServer((says_no(503),)) as server:
        with pytest.raises(ServiceError) as failed:
            client_with(api_key=KEY, base_url=server.url, max_attempts=1).generate_chat_completion("Hi", "acme/tiny")
        assert len(server.requests) == 1
    assert (failed.value.kind, failed.value.retryable, failed.value.partial_text) == ("overloaded", True, "")


def test_the_limits_that_are_given_hold(client_with: MakeClient) -> None:
    silent = streams(delta("Hello"), end=Peer.wait_until_gone)
    with FaultServer((silent,)) as server:
        client = client_with(api_key=KEY, base_url=server.url, idle_timeout_s=0.1)
        with pytest.raises(ServiceError, match=r"for 0\.1 s") as failed:
            client.generate_chat_completion("Hi", "acme/tiny")
    assert (failed.value.kind, failed.value.partial_text) == ("timeout", "Hello")
    with FaultServer((streams(delta("x" * 500), delta("", "stop"), DONE),)) as server:
        client = client_with(api_key=KEY, base_url=server.url, max_response_bytes=100)
        with pytest.raises(ServiceError) as too_large:
            client.generate_completion("Hi", "acme/tiny")
    assert too_large.value.kind == "too_large"


def test_vectors_are_plain_floats_in_openais_shape(at_sandbox: TogetherAIClient) -> None:
    made = at_sandbox.generate_embeddings(["pump", "valve", "pump"], EMBEDDING_MODEL)
    rows = [Embedding.model_validate(row) for row in made["data"]]
    assert [row.index for row in rows] == [0, 1, 2]
    assert {type(number) for row in made["data"] for number in row["embedding"]} == {float}
    assert rows[0].embedding == rows[2].embedding != rows[1].embedding
    assert str(made) == f"3 embeddings of 256 dimensions ({EMBEDDING_MODEL}, real)"


def test_without_an_embedding_model_the_encoder_on_this_machine_answers(client_with: MakeClient) -> None:
    made = client_with(api_key=KEY, base_url="http://127.0.0.1:9/v1").generate_embeddings("The pump leaks")
    (row,) = made["data"]
    assert len(row["embedding"]) == 256
    assert {type(number) for number in row["embedding"]} == {float}
    assert (made["origin"], made["endpoint"], made["usage"]) == ("local", "Local", None)
    assert client_with().generate_embeddings(["The pump leaks"], made["model"]) == made


def test_the_models_are_a_list_of_dicts_without_the_retired(at_sandbox: TogetherAIClient) -> None:
    models = at_sandbox.get_available_models()
    by_id = {model["id"]: model for model in models}
    assert by_id[CHAT_MODEL]["availability"] == "available"
    assert by_id[CHAT_MODEL]["pricing"] == {"input": 0.17, "output": 0.25}
    assert "meta-llama/Llama-2-70b-chat-hf" not in by_id
    assert f"{CHAT_MODEL} (Together, real)" in str(models).splitlines()


def test_threads_may_share_a_client(at_sandbox: TogetherAIClient) -> None:
    prompts = [f"Which of {number} pumps leaks?" for number in range(8)]
    alone = {prompt: str(at_sandbox.generate_chat_completion(prompt, CHAT_MODEL)) for prompt in prompts}
    together: dict[str, str] = {}

    def ask(prompt: str) -> None:
        together[prompt] = "".join(at_sandbox.stream_chat_completion(prompt, CHAT_MODEL))

    threads = [threading.Thread(target=ask, args=(prompt,)) for prompt in prompts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_a_closed_client_says_so(client_with: MakeClient) -> None:
    with client_with(api_key=KEY) as client:
        pass
    for ask in (client.generate_chat_completion, client.generate_completion, client.generate_embeddings):
        with pytest.raises(ServiceError, match="closed"):
            ask("Hi")


def test_a_client_that_is_forgotten_closes_its_connections(sandbox_address: str, wheel_folder: Path, run: Run) -> None:
    code = f"""
import sys, warnings
warnings.simplefilter("error")
sys.unraisablehook = lambda unraisable: print(unraisable.exc_value)
from hana_ai.api.together_ai import get_together_ai_client
client = get_together_ai_client(api_key={KEY!r}, base_url={sandbox_address!r})
client.generate_chat_completion("Hi", model={CHAT_MODEL!r})
del client
"""
    done = run(code, wheel_folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_local_is_held_where_nothing_was_chosen_and_choices_win() -> None:
    local, other = Endpoint("Local", "local", "http://127.0.0.1:1/v1"), Endpoint("x", "openai", "http://127.0.0.1:1/v1")
    assert held(Sampling(), local).max_tokens == 200
    assert held(Sampling(max_tokens=7, temperature=0.0), local).max_tokens == 7
    assert held(Sampling(temperature=0.0), local).temperature == 0.0
    assert held(Sampling(), other) == Sampling()
