"""What a process shares: children started once and again, endpoints by name, caches without secrets."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from services.embedded import children
from services.endpoints import Endpoint
from services.errors import ConfigError, UnavailableError
from services.playground import OnDemand, Playground, fingerprint, network_of, sandbox_child
from services.settings import LOCAL, SANDBOX, load

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


def test_a_failed_start_is_remembered_for_a_while() -> None:
    now, tries = [0.0], []

    def fail() -> children.Child:
        tries.append(now[0])
        raise UnavailableError("No wheel.")

    lazy = OnDemand(fail, clock=lambda: now[0], again_after_s=60)
    for second in (0, 30, 59, 61):
        now[0] = float(second)
        with pytest.raises(UnavailableError):
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
    assert fingerprint(one) != fingerprint(two)
    assert fingerprint(one) == fingerprint(one)
    assert "invented" not in fingerprint(one)


def test_the_proxy_settings_reach_the_client(tmp_path: Path) -> None:
    network = network_of(
        load(tmp_path, {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "a.example, b.example"})
    )
    assert network.https_proxy == "http://proxy.example:3128"
    assert network.no_proxy == ("a.example", "b.example")
