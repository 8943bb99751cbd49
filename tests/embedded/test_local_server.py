"""The real small model over a real socket: shapes, order, usage and timings, never its words."""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from services.embedded.children import Child
from services.embedded.local import model
from services.embedded.local.model import LocalModel
from services.errors import UnavailableError

pytestmark = pytest.mark.local_model

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = "http://elsewhere.example"


@pytest.fixture
def client(local: Child) -> Iterator[httpx.Client]:
    """One connection per request: a kept one is broken after a streamed answer."""
    headers = {"Authorization": f"Bearer {local.api_key}", "Connection": "close"}
    with httpx.Client(base_url=local.base_url, headers=headers, timeout=60) as http:
        yield http


def chat(text: str = "Say hello.", **more: object) -> dict[str, object]:
    messages = [{"role": "user", "content": text}]
    return {"messages": messages, "max_tokens": 8, "seed": 1, "cache_prompt": False, **more}


def streamed(response: httpx.Response) -> list[dict]:
    lines = [line.removeprefix("data: ") for line in response.read().decode().split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_a_stream_brings_text_then_an_end_then_usage_and_the_servers_own_times(client):
    body = chat(stream=True, stream_options={"include_usage": True})
    with client.stream("POST", "/chat/completions", json=body) as response:
        chunks = streamed(response)
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert "".join(choice["delta"].get("content") or "" for choice in choices)
    assert choices[-1]["finish_reason"] in {"stop", "length"}
    assert chunks[-1]["choices"] == []
    assert 1 <= chunks[-1]["usage"]["completion_tokens"] <= 8
    assert chunks[-1]["timings"]["predicted_ms"] > 0
    assert {chunk["model"] for chunk in chunks} == {model.BUNDLED}


def test_the_one_model_goes_by_its_name_and_has_the_promised_context(client, local_model):
    (listed,) = client.get("/models").json()["data"]
    assert listed["id"] == local_model.id == model.BUNDLED
    assert listed["meta"]["n_ctx"] == local_model.context_tokens


def test_two_answers_are_written_at_the_same_time_and_a_third_choice_is_too_many(client):
    assert len(client.post("/chat/completions", json=chat(n=2)).json()["choices"]) == 2
    assert client.post("/chat/completions", json=chat(n=3)).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}], ids=["no key", "a wrong key"])
def test_without_its_key_nothing_is_answered(local, headers):
    with httpx.Client(headers={**headers, "Connection": "close"}) as stranger:
        assert stranger.post(f"{local.base_url}/chat/completions", json=chat()).status_code == 401
        assert stranger.get(f"{local.base_url}/models").status_code == 401


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_page_of_another_origin_gets_no_grant(local, method):
    headers = {"Origin": FOREIGN, "Access-Control-Request-Method": "POST", "Connection": "close"}
    with httpx.Client(headers=headers) as page:
        granted = page.request(method, f"{local.base_url}/models").headers
    assert granted.get("access-control-allow-origin") not in {FOREIGN, "*"}
    assert granted.get("access-control-allow-credentials") != "true"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux routes all of 127/8 to loopback unasked")
def test_it_listens_on_one_address_only(local):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", urlsplit(local.base_url).port), timeout=2)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_its_key_is_not_in_the_process_list(local):
    assert local.api_key.encode() not in Path(f"/proc/{local.pid}/cmdline").read_bytes()


def test_a_prompt_beyond_the_context_is_refused_not_cut(client):
    refused = client.post("/chat/completions", json=chat("pump " * 6000))
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "exceed_context_size_error"


def test_the_server_offers_no_page(local):
    with httpx.Client(headers={"Connection": "close"}) as browser:
        assert browser.get(local.base_url.removesuffix("/v1") + "/").status_code in {401, 404}


def test_stop_ends_it_in_the_middle_of_an_answer(local_model):
    child = model.start(local_model, wait_s=20)
    writing, broken = threading.Event(), threading.Event()

    def read() -> None:
        body = chat("Tell a long story.", max_tokens=2000, stream=True, ignore_eos=True)
        headers = {"Authorization": f"Bearer {child.api_key}"}
        try:
            with httpx.stream("POST", f"{child.base_url}/chat/completions", json=body, headers=headers) as response:
                for count, _ in enumerate(response.iter_lines()):
                    if count == 60:
                        writing.set()
        except httpx.TransportError:
            broken.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert writing.wait(20)
    finally:
        child.stop()
    reader.join(5)
    assert broken.is_set()
    assert child.reason() == "The child process ended with code 0."


@pytest.mark.usefixtures("local_model")
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_it_ends_within_two_seconds_of_its_parents_death(orphan_maker, refused_within_2_s):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom services.embedded.local import model\n"
    parent, base_url = orphan_maker(f"{code}child = model.start(model.find(), wait_s=20)")
    os.kill(parent.pid, signal.SIGKILL)
    assert refused_within_2_s(base_url)


def test_weights_that_cannot_be_loaded_are_a_reason(tmp_path, local_model):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(local_model.path.read_bytes()[:4096])
    with pytest.raises(UnavailableError, match="ended with code 1: RuntimeError"):
        model.start(model.find(broken), wait_s=20)


def test_a_users_own_file_is_served_under_its_own_name(tmp_path, local_model):
    own = tmp_path / "my-own-model.gguf"
    own.symlink_to(local_model.path)
    child = model.start(LocalModel(own.stem, own), wait_s=20)
    try:
        headers = {"Authorization": f"Bearer {child.api_key}", "Connection": "close"}
        listed = httpx.get(f"{child.base_url}/models", headers=headers).json()["data"]
    finally:
        child.stop()
    assert [entry["id"] for entry in listed] == ["my-own-model"]
