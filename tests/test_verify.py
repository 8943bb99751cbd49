"""Verification says a line for each thing, ok or what to do, on the page and as a command."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.playground import Playground
from services.settings import load
from services.verify import Check, checks

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
        return {check.name: check for check in checks(made)}


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
    assert KEY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
