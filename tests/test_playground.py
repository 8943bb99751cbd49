"""What a process shares: children started once and again, endpoints by name, caches without secrets."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.embedded import children
from services.endpoints import Endpoint
from services.errors import ConfigError, DeadlineError, ServiceError, UnavailableError
from services.network import network_of
from services.playground import OnDemand, Playground, fingerprint, sandbox_child
from services.settings import LOCAL, SANDBOX, load
from services.wire.types import ChatRequest, Message

SERVES = (
    "import json, sys; print(json.dumps({'base_url': 'http://127.0.0.1:1/v1'}), flush=True); sys.stdin.buffer.read()"
)


def quick_child() -> children.Child:
    return children.start([sys.executable, "-c", SERVES])


def test_a_child_is_started_once_however_many_ask() -> None:
    started: list[children.Child] = []
    lazy = OnDemand(lambda: started.append(quick_child()) or started[-1])
    askers = [threading.Thread(target=lazy.child) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    lazy.stop()
    assert len(started) == 1
    assert not started[0].alive()


def test_a_child_that_died_is_started_again() -> None:
    lazy = OnDemand(quick_child)
    first = lazy.child()
    os.kill(first.pid, signal.SIGKILL)
    while first.alive():
        pass
    second = lazy.child()
    assert second is not first
    assert second.alive()
    lazy.stop()


@pytest.mark.parametrize("problem", [UnavailableError("No wheel."), ConfigError("No file.")])
def test_a_failed_start_is_remembered_for_a_while(problem: ServiceError) -> None:
    now, tries = [0.0], []

    def fail() -> children.Child:
        tries.append(now[0])
        raise problem

    lazy = OnDemand(fail, clock=lambda: now[0], again_after_s=60)
    for second in (0, 30, 59, 61):
        now[0] = float(second)
        with pytest.raises(type(problem)):
            lazy.child()
    assert tries == [0.0, 61.0]


def test_both_embedded_endpoints_are_offered_and_an_unknown_name_is_refused(tmp_path: Path) -> None:
    made = Playground(load(tmp_path, {}))
    try:
        assert made.endpoint_names()[-1] == SANDBOX
        assert made.endpoint(SANDBOX).word == "simulated"
        with pytest.raises(ConfigError):
            made.endpoint("nowhere")
    finally:
        made.close()


def test_a_file_that_is_no_model_is_the_reason_why_the_sandbox_answers(tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").write_bytes(b"not a model")
    made = Playground(load(tmp_path, {"LOCAL_MODEL_PATH": "weights.gguf"}))
    try:
        assert "weights.gguf is not a GGUF file" in (made.local_problem() or "")
        assert made.route().endpoint_name == SANDBOX
        assert "weights.gguf" in made.route().reason
        assert LOCAL not in made.endpoint_names()
    finally:
        made.close()


def test_sandboxes_of_two_apps_run_beside_each_other_and_end_with_them() -> None:
    pair = [sandbox_child(), sandbox_child()]
    assert len({child.base_url for child in pair}) == 2
    for child in pair:
        child.stop()
        assert not child.alive()


def test_a_fingerprint_tells_keys_apart_and_holds_none() -> None:
    one, two = (Endpoint("E", "openai", "https://api.example/v1", key) for key in ("invented-1", "invented-2"))
    elsewhere = Endpoint("E", "openai", "https://other.example/v1", "invented-1")
    assert len({fingerprint(endpoint) for endpoint in (one, two, elsewhere)}) == 3
    assert fingerprint(one) == fingerprint(one)
    assert "invented" not in fingerprint(one)


def test_the_proxy_settings_reach_the_client(tmp_path: Path) -> None:
    network = network_of(
        load(tmp_path, {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "a.example, b.example"})
    )
    assert network.https_proxy == "http://proxy.example:3128"
    assert network.no_proxy == ("a.example", "b.example")


@contextmanager
def playground(root: Path, **environ: str) -> Iterator[Playground]:
    made = Playground(load(root, environ))
    try:
        yield made
    finally:
        made.close()


def is_open(address: str) -> bool:
    at = urlsplit(address)
    try:
        socket.create_connection((str(at.hostname), int(at.port or 0)), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def hello(model: str) -> ChatRequest:
    return ChatRequest(model, (Message("user", "Hello"),))


def test_closing_ends_the_children_and_what_is_being_written(tmp_path: Path) -> None:
    with playground(tmp_path) as made:
        names = [name for name in made.endpoint_names() if name in (LOCAL, SANDBOX)]
        addresses = [made.endpoint(name).base_url for name in names]
        assert all(is_open(address) for address in addresses)
        crawl = hello("openai/gpt-oss-120b:fault-crawl")
        run = made.runs.start("ann", made.endpoint(SANDBOX), crawl, message_id="1")
    assert not any(is_open(address) for address in addresses)
    assert run.wait(5).state == "stopped"


def test_a_call_is_tried_as_often_and_takes_as_long_as_the_settings_say(tmp_path: Path) -> None:
    with playground(tmp_path, TOGETHER_MAX_RETRIES="0", TOGETHER_TIMEOUT="1") as made:
        endpoint = made.endpoint(SANDBOX)
        with pytest.raises(ServiceError) as refused:
            list(made.gateway.stream_chat(endpoint, hello("openai/gpt-oss-120b:fault-503")))
        assert refused.value.attempts == 1
        started = time.monotonic()
        with pytest.raises(DeadlineError):
            list(made.gateway.stream_chat(endpoint, hello("openai/gpt-oss-120b:fault-hang")))
        assert time.monotonic() - started < 20


def test_an_endpoint_of_one_s_own_is_offered_and_found(tmp_path: Path) -> None:
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    (folder / "secrets.toml").write_text(
        '[endpoints.lab]\nkind = "openai"\nbase_url = "https://lab.example/v1"\n', "utf-8"
    )
    with playground(tmp_path) as made:
        assert made.endpoint_names()[0] == "lab"
        assert made.endpoint("lab").base_url == "https://lab.example/v1"


def test_calls_go_through_the_proxy_of_the_settings(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(10)
        heard: list[bytes] = []

        def refuse() -> None:
            peer, _ = proxy.accept()
            heard.append(peer.recv(4096))
            peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            peer.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        environ = {"HTTPS_PROXY": address, "TOGETHER_MAX_RETRIES": "0"}
        with playground(tmp_path, **environ) as made, pytest.raises(ServiceError):
            made.gateway.models(Endpoint("E", "openai", "https://api.example/v1", "invented"))
        thread.join(10)
    assert heard[0].startswith(b"CONNECT api.example:443")


def test_the_certificates_of_the_settings_are_the_ones_trusted(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_text("", "utf-8")
    given = network_of(load(tmp_path, {"SSL_CERT_FILE": str(tmp_path / "own.pem")}))
    assert given.ca_file == str(tmp_path / "own.pem")
    assert network_of(load(tmp_path, {})).ca_file is None


def test_warming_up_takes_what_stands_out_of_later_collections(tmp_path: Path) -> None:
    gc.unfreeze()
    with playground(tmp_path) as made:
        made.warm()
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()
