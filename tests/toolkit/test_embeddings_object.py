"""get_embeddings: the right vectors in few requests, and one kind of error, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from services.errors import BadRequestError, ConfigError, NotFoundError, ProtocolError, ServiceError, StoppedError
from services.settings import load
from services.toolkit.embeddings import EmbeddingRoute, TogetherAIEmbeddings, get_embeddings
from services.toolkit.notices import Notices
from services.toolkit.options import EmbeddingOptions
from services.toolkit.servers import Servers
from tests.faults.server import FaultServer, Peer, after_request, says_no
from tests.toolkit.conftest import KEY, Run, Said

MODEL, E5 = "togethercomputer/m2-bert-80M-8k-retrieval", "intfloat/e5-base-v2"
ENCODER = "static-minilm-l6-v2-256"
Make = Callable[..., TogetherAIEmbeddings]
T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the one of the tests may belong to a browser's event loop."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()


@pytest.fixture
def made_with(tmp_path: Path, no_local: Servers, said: Said) -> Iterator[Make]:
    """made_with({variable: value}, **overrides)"""
    with ExitStack() as open_ones:

        def make(environ: dict[str, str] | None = None, **overrides: object) -> object:
            options = EmbeddingOptions(**overrides)  # type: ignore[arg-type]
            settings, notices = load(tmp_path, environ or {}), Notices(said.append)
            embeddings = TogetherAIEmbeddings(settings, options, servers=lambda: no_local, notices=notices)
            return open_ones.enter_context(embeddings)

        yield make  # type: ignore[misc]


@pytest.fixture
def at_sandbox(made_with: Make, sandbox_address: str) -> TogetherAIEmbeddings:
    return made_with(api_key=KEY, base_url=sandbox_address, model=MODEL)


def lengths(peer: Peer) -> None:
    """Answers each text with a vector of its length's direction: (1, length)."""
    while True:
        texts = json.loads(peer.request().partition(b"\r\n\r\n")[2])["input"]
        rows = [{"index": index, "embedding": [1.0, float(len(text))]} for index, text in enumerate(texts)]
        peer.answer(json.dumps({"data": rows, "model": "acme/embed"}).encode(), "Content-Type: application/json")


def inputs(server: FaultServer) -> list[list[str]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2])["input"] for request in server.requests]


def asked_of(sandbox_address: str) -> int:
    address = sandbox_address.removesuffix("/v1") + "/sandbox/requests"
    shown = httpx.get(address, headers={"Authorization": f"Bearer {KEY}"}).json()
    return int(shown["requests"].get("/v1/embeddings", 0))


def test_1500_rows_with_200_texts_are_two_requests(at_sandbox: TogetherAIEmbeddings, sandbox_address: str) -> None:
    before = asked_of(sandbox_address)
    rows = [f"Pump {number % 200} leaks" for number in range(1_500)]
    vectors = at_sandbox.embed_documents(rows)
    assert asked_of(sandbox_address) - before == 2
    assert len(vectors) == 1_500
    assert vectors[:200] == vectors[200:400] == vectors[1_200:1_400]
    assert vectors[0] != vectors[1]
    assert {type(number) for vector in vectors for number in vector} == {float}


def test_each_vector_belongs_to_its_text_whatever_batch_it_was_in(made_with: Make) -> None:
    with FaultServer((lengths,)) as server:
        embeddings = made_with(api_key=KEY, base_url=server.url, model="acme/embed")
        texts = ["x" * (number * 7 % 300 + 1) for number in range(600)]
        vectors = embeddings.embed_documents(texts)
        assert sorted(map(len, inputs(server))) == [44, 128, 128]
        embeddings.close()
    assert [round(high / low) for low, high in vectors] == list(map(len, texts))


def test_equal_texts_have_lists_of_their_own(at_sandbox: TogetherAIEmbeddings) -> None:
    first, second = at_sandbox.embed_documents(["pump", "pump"])
    first.clear()
    assert second


@pytest.mark.parametrize("ask", ["embed_documents", "get_text_embedding_batch", "__call__"])
def test_no_text_is_no_request(ask: str, made_with: Make) -> None:
    with FaultServer((says_no(500),)) as server:
        assert getattr(made_with(api_key=KEY, base_url=server.url, model=MODEL), ask)([]) == []
        assert server.requests == []


def test_every_way_to_ask_gives_the_same_vectors(at_sandbox: TogetherAIEmbeddings) -> None:
    (pump,) = at_sandbox("pump")
    assert at_sandbox(["pump"]) == at_sandbox.get_text_embedding_batch(["pump"]) == [pump]
    assert at_sandbox.embed_query("pump") == run_apart(at_sandbox.aembed_query("pump")) == pump
    assert run_apart(at_sandbox.aembed_documents(iter(["pump", "pump"]))) == [pump, pump]


def test_a_model_that_wants_prefixes_gets_them(made_with: Make) -> None:
    with FaultServer((lengths,)) as server, made_with(api_key=KEY, base_url=server.url, model=E5) as embeddings:
        embeddings.embed_documents(["pump"])
        embeddings.embed_query("pump")
        assert inputs(server) == [["passage: pump"], ["query: pump"]]


def test_without_an_embedding_model_the_encoder_on_this_machine_answers(made_with: Make, said: Said) -> None:
    embeddings = made_with(api_key=KEY, base_url="http://127.0.0.1:9/v1")
    assert embeddings.route == EmbeddingRoute(
        "Local", ENCODER, "local", "No embedding model is set, so the encoder on this machine answers."
    )
    vectors = embeddings.embed_documents(["The pump leaks", "", "\ud800", "Ünïcödé 🙂", "x" * 100_000])
    assert [len(vector) for vector in vectors] == [256] * 5
    assert {type(number) for vector in vectors for number in vector} == {float}
    assert embeddings.embed_query("The pump leaks") == vectors[0]
    assert made_with(model=ENCODER).route.reason == f"{ENCODER} is the encoder on this machine."
    assert said == []


def test_the_route_says_who_answers_and_why(made_with: Make, at_sandbox: TogetherAIEmbeddings, said: Said) -> None:
    reason = "TOGETHER_API_KEY is set, so Together answers."
    assert at_sandbox.route == EmbeddingRoute("Together", MODEL, "real", reason)
    by_setting = made_with({"TOGETHER_DEFAULT_EMBEDDING_MODEL": MODEL})
    assert (by_setting.route.endpoint, by_setting.route.origin) == ("Sandbox", "simulated")
    assert by_setting.route.reason == f"No key is set, so the Sandbox simulates {MODEL}."
    assert by_setting.embed_query("pump")
    assert len(said) == 1


def test_switched_off_a_named_model_is_refused_and_a_set_one_replaced_aloud(made_with: Make, said: Said) -> None:
    off = {"ENABLE_TOGETHER_AI": "false", "TOGETHER_API_KEY": KEY}
    with pytest.raises(ConfigError, match="cannot be asked for embeddings"):
        made_with(off, model=MODEL)
    replaced = made_with({**off, "TOGETHER_DEFAULT_EMBEDDING_MODEL": MODEL})
    assert replaced.route.reason == "ENABLE_TOGETHER_AI is false, so the encoder on this machine answers."
    assert len(said) == 1


def test_an_address_without_a_key_is_not_passed_over(made_with: Make) -> None:
    with pytest.raises(ConfigError, match="no key"):
        made_with(base_url="https://api.example/v1", model=MODEL)


def test_no_key_stands_in_what_it_shows_of_itself(at_sandbox: TogetherAIEmbeddings) -> None:
    assert MODEL in repr(at_sandbox)
    assert KEY not in f"{at_sandbox!r} {vars(at_sandbox)!r} {at_sandbox.route!r}"


@pytest.mark.parametrize("texts", [None, 7, ["pump", None], ["pump", float("nan")], [["pump"]], b"pump"])
def test_what_is_no_text_is_refused_without_a_request(texts: list[str], made_with: Make) -> None:
    with FaultServer((says_no(500),)) as server:
        embeddings = made_with(api_key=KEY, base_url=server.url, model=MODEL)
        with pytest.raises(BadRequestError):
            embeddings.embed_documents(texts)
        with pytest.raises(BadRequestError):
            embeddings.embed_query(texts)  # type: ignore[arg-type]
        assert server.requests == []


@pytest.mark.parametrize("model", ["", " ", 7])
def test_what_names_no_model_is_refused(model: str) -> None:
    with pytest.raises(BadRequestError, match="id of a model"):
        get_embeddings(model=model)


def test_a_value_that_cannot_be_right_is_named() -> None:
    with pytest.raises(ConfigError, match="^max_attempts cannot be used: "):
        get_embeddings(max_attempts=0)


@pytest.mark.parametrize("ask", [TogetherAIEmbeddings.embed_query, TogetherAIEmbeddings.embed_documents])
def test_a_model_that_is_gone_points_to_the_encoder(ask: Callable[..., object], made_with: Make) -> None:
    body = {"error": {"message": f"Unable to access {MODEL}.", "code": "model_not_available"}}
    with FaultServer((says_no(404, body),)) as server:
        embeddings = made_with(api_key=KEY, base_url=server.url, model=MODEL)
        with pytest.raises(NotFoundError, match="encoder on this machine"):
            ask(embeddings, "pump")


def test_a_vector_without_numbers_names_the_row_of_the_caller(made_with: Make) -> None:
    def odd(peer: Peer) -> None:
        peer.request()
        rows = b'[{"index":0,"embedding":[1.0]},{"index":1,"embedding":[1e39]}]'
        peer.answer(b'{"data":%s,"model":"acme/embed"}' % rows, "Content-Type: application/json")

    with FaultServer((odd,)) as server:
        embeddings = made_with(api_key=KEY, base_url=server.url, model="acme/embed", max_attempts=1)
        with pytest.raises(ProtocolError, match="Row 3"):
            embeddings.embed_documents(["pump", "pump", "valve"])


def test_after_a_failure_nothing_more_is_sent(made_with: Make) -> None:
    with FaultServer((says_no(401),)) as server:
        embeddings = made_with(api_key=KEY, base_url=server.url, model=MODEL)
        with pytest.raises(ServiceError) as refused:
            embeddings.embed_documents([f"text {number}" for number in range(128 * 40)])
        assert len(server.requests) <= 8
    assert str(refused.value) == f"{refused.value.message} {refused.value.remedy}"


def test_close_ends_what_another_thread_waits_for_and_all_that_follows(made_with: Make) -> None:
    with FaultServer((after_request(Peer.wait_until_gone),)) as server:
        embeddings, failed = made_with(api_key=KEY, base_url=server.url, model=MODEL), list[ServiceError]()

        def ask() -> None:
            try:
                embeddings.embed_documents(["pump"])
            except ServiceError as error:
                failed.append(error)

        waiting = threading.Thread(target=ask)
        waiting.start()
        assert server.asked.wait(5)
        embeddings.close()
        waiting.join(5)
        assert not waiting.is_alive()
    assert [type(error) for error in failed] == [StoppedError]
    for again in (embeddings.embed_documents, embeddings.embed_query):
        with pytest.raises(ConfigError, match="closed"):
            again("pump")


def test_a_cancelled_caller_hangs_up(made_with: Make) -> None:
    async def cancelled(embeddings: TogetherAIEmbeddings, server: FaultServer) -> None:
        task = asyncio.create_task(embeddings.aembed_documents(["pump"]))
        assert await asyncio.to_thread(server.asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with FaultServer((after_request(Peer.wait_until_gone),)) as server:
        run_apart(cancelled(made_with(api_key=KEY, base_url=server.url, model=MODEL), server))
        assert server.hung_up.wait(5)


def test_one_that_is_forgotten_closes_its_connections(tmp_path: Path) -> None:
    with FaultServer((lengths,)) as server:
        environ = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": server.url}
        embeddings = TogetherAIEmbeddings(load(tmp_path, environ), EmbeddingOptions(model="acme/embed"))
        embeddings.embed_query("pump")
        gc.disable()
        try:
            forgotten = weakref.ref(embeddings)
            del embeddings
            # The server gives up by itself after a while, so its end of the connection alone would prove little.
            assert forgotten() is None
            assert server.hung_up.wait(5)
        finally:
            gc.enable()


def test_threads_may_share_it(at_sandbox: TogetherAIEmbeddings) -> None:
    texts = [[f"Pump {number} of {thread}" for number in range(20)] for thread in range(8)]
    alone, together = [at_sandbox.embed_documents(some) for some in texts], dict[int, list[list[float]]]()

    def ask(thread: int) -> None:
        together[thread] = at_sandbox.embed_documents(texts[thread])

    threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[thread] for thread in range(8)] == alone


def test_from_the_wheel_it_works_without_langchain_and_the_import_is_light(wheel_folder: Path, run: Run) -> None:
    code = """
import sys
from hana_ai.api.together_ai import get_embeddings
print([name for name in ("numpy", "langchain_core", "model2vec") if name in sys.modules])
embeddings = get_embeddings()
print(embeddings.route.endpoint, len(embeddings.embed_query("pump")), type(embeddings).__name__)
"""
    done = run(code, wheel_folder)
    assert done.stdout.splitlines() == ["[]", "Local 256 TogetherAIEmbeddings"], done.stderr
