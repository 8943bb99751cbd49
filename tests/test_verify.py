"""Verification says a line for each thing, ok or what to do, on the page and as a command."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.playground import Playground
from services.settings import load
from services.verify import Check, checks
from services.visitor import Visitor

ROOT = Path(__file__).resolve().parents[1]
KEY = "tgp_v1_invented-for-verify"


@contextmanager
def playground(root: Path, **environ: str) -> Iterator[Playground]:
    made = Playground(load(root, environ))
    try:
        yield made
    finally:
        made.close()


def lines(root: Path, **environ: str) -> dict[str, Check]:
    with playground(root, **environ) as made:
        return {check.name: check for check in checks(Visitor(made))}


def test_nothing_configured_is_ready_and_says_what_is_not_set_up(tmp_path: Path) -> None:
    got = lines(tmp_path)
    assert {name: check.state for name, check in got.items() if name != "First token"} == {
        "Key": "off",
        "Model": "ok",
        "Embeddings": "ok",
        "HANA": "off",
    }
    assert got["First token"].state == "ok"
    assert "256 dimensions" in got["Embeddings"].sentence


def test_a_good_key_and_model_are_ok(tmp_path: Path, sandbox_address: str) -> None:
    got = lines(tmp_path, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address)
    assert (got["Key"].state, got["Model"].state, got["First token"].state) == ("ok", "ok", "ok")
    assert "from environment" in got["Key"].sentence
    assert KEY not in str(got)


def test_a_configured_embedding_model_is_asked(tmp_path: Path, sandbox_address: str) -> None:
    model = "togethercomputer/m2-bert-80M-8k-retrieval"
    given = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address}
    got = lines(tmp_path, TOGETHER_DEFAULT_EMBEDDING_MODEL=model, **given)
    assert (got["Embeddings"].state, model in got["Embeddings"].sentence) == ("ok", True)


def test_a_retired_default_fails_and_is_not_asked(tmp_path: Path, sandbox_address: str) -> None:
    got = lines(
        tmp_path,
        TOGETHER_API_KEY=KEY,
        TOGETHER_BASE_URL=sandbox_address,
        TOGETHER_DEFAULT_MODEL="mistralai/Mixtral-8x7B-Instruct-v0.1",
    )
    assert got["Model"].state == "failed"
    assert "16 April 2026" in got["Model"].sentence
    assert "First token" not in got


@pytest.mark.parametrize(
    ("environ", "name", "part"),
    [
        ({"ENABLE_TOGETHER_AI": "true"}, "Model", "TOGETHER_API_KEY is not set"),
        ({"TOGETHER_API_KEY": "your_api_key_here"}, "Key", "placeholder"),
        ({"HANA_HOST": "127.0.0.1", "HANA_PORT": "1", "HANA_USER": "U", "HANA_PASSWORD": "p"}, "HANA", "127.0.0.1:1"),
    ],
)
def test_what_is_wrong_has_a_remedy(tmp_path: Path, environ: dict[str, str], name: str, part: str) -> None:
    check = lines(tmp_path, **environ)[name]
    assert check.state == "failed"
    assert part in check.sentence
    assert check.remedy


def test_the_command_prints_the_lines_and_fails_when_one_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    env = {
        **inherited,
        "TOGETHER_API_KEY": KEY,
        "TOGETHER_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "TOGETHER_MAX_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", "services.verify"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()][0] == "ok"
    assert f"127.0.0.1:{port}" in done.stdout
    assert "Set HANA_HOST" in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def listing(*models: str) -> Iterator[str]:
    """The address of an endpoint that lists these models, none of them for chat, and does nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps([{"id": model, "type": "image"} for model in models]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join(5)


def test_every_setting_that_cannot_be_used_or_looks_misspelt_has_a_line_of_its_own(tmp_path: Path) -> None:
    environ = {
        "TOGETHER_TIMEOUT": "fast",
        "TOGETHER_API_KEY": "your_api_key_here",
        "TOGETHER_BASEURL": "https://x.example",
    }
    with playground(tmp_path, **environ) as made:
        settings = [check for check in checks(Visitor(made)) if check.name == "Settings"]
    assert {check.state for check in settings} == {"failed"}
    assert [
        name for check in settings for name in ("TOGETHER_TIMEOUT", "TOGETHER_BASEURL") if name in check.sentence
    ] == [
        "TOGETHER_TIMEOUT",
        "TOGETHER_BASEURL",
    ]
    assert not any("TOGETHER_API_KEY" in check.sentence for check in settings)


def test_an_endpoint_that_is_down_fails_both_its_list_and_the_first_token(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    got = lines(tmp_path, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=f"http://{address}/v1", TOGETHER_MAX_RETRIES="0")
    for name in ("Model list", "First token"):
        assert (got[name].state, address in got[name].sentence, bool(got[name].remedy)) == ("failed", True, True)


def test_an_endpoint_that_offers_no_chat_model_fails(tmp_path: Path) -> None:
    with listing("invented/painter") as address:
        got = lines(tmp_path, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=address)
    assert (got["Model"].state, "TOGETHER_DEFAULT_MODEL" in got["Model"].remedy) == ("failed", True)
    assert "First token" not in got


def test_an_embedding_model_that_is_not_there_fails(tmp_path: Path, sandbox_address: str) -> None:
    given = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address}
    got = lines(tmp_path, TOGETHER_DEFAULT_EMBEDDING_MODEL="nobody/has-this", **given)
    assert (got["Embeddings"].state, "nobody/has-this" in got["Embeddings"].sentence) == ("failed", True)


def test_a_simulated_first_token_says_so_and_its_wait_is_one_that_was_waited(tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").write_bytes(b"not a model")
    started = time.monotonic()
    got = lines(tmp_path, LOCAL_MODEL_PATH="weights.gguf")
    wait = re.search(r"after ([\d.]+) s \(simulated\)", got["First token"].sentence)
    assert wait is not None
    assert 0 <= float(wait[1]) <= time.monotonic() - started + 0.01


def test_a_default_model_of_together_is_not_asked_of_another_endpoint(tmp_path: Path) -> None:
    got = lines(tmp_path, ENABLE_TOGETHER_AI="false", TOGETHER_DEFAULT_MODEL="nobody/has-this")
    assert "nobody/has-this" not in got["Model"].sentence
    assert got["First token"].state == "ok"
