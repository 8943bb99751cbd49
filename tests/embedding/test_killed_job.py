"""A job whose process is killed again and again: nothing that was kept is asked a second time, nothing is missing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder
from services.embedding.vector_store import VectorStore
from tests.embedding.job_child import AT_ONCE, BATCH, ENCODER, prepared

ROOT = Path(__file__).resolve().parents[2]
TEXTS, KILLS, DEADLINE_S = 400, 4, 60.0


class Relay(ThreadingHTTPServer):
    """Between one process and the Sandbox: notes the texts of every request before it passes it on."""

    daemon_threads = False

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urlsplit(target)
        self.address = f"http://127.0.0.1:{self.server_port}/v1"
        self.asked: list[str] = []
        self.requests = 0
        self.changed = threading.Condition()

    def note(self, body: bytes) -> None:
        with self.changed:
            self.asked += json.loads(body)["input"]
            self.requests += 1
            self.changed.notify_all()

    def wait_for(self, requests: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.requests >= requests, DEADLINE_S)


class Handler(BaseHTTPRequestHandler):
    server: Relay

    def do_POST(self) -> None:
        asked = int(self.headers["Content-Length"])
        body = self.rfile.read(asked)
        # The process that asks may die over its request, or before its answer.
        if len(body) == asked:
            self.server.note(body)
            with suppress(ConnectionError):
                self.answer(*self.passed_on(body))

    def passed_on(self, body: bytes) -> tuple[int, bytes]:
        onward = HTTPConnection(str(self.server.target.hostname), self.server.target.port, timeout=DEADLINE_S)
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
        onward.request("POST", self.path, body, headers)
        with closing(onward), onward.getresponse() as answer:
            return answer.status, answer.read()

    def answer(self, status: int, said: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def relay_to(address: str) -> Iterator[Relay]:
    with Relay(address) as relay:
        serving = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield relay
        relay.shutdown()
        serving.join()


def embedding(path: Path, address: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.embedding.job_child", str(path), address, str(TEXTS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kept_texts(path: Path) -> set[str]:
    sample, store = prepared(TEXTS), VectorStore(path)
    missing = store.missing(ENCODER, sample.hashes)
    store.close()
    return {text for text, hash_ in zip(sample.texts, sample.hashes, strict=True) if hash_ not in missing}


def killed_after(requests: int, path: Path, address: str) -> list[str]:
    """The texts that a process asked before it was killed at this request."""
    with relay_to(address) as relay:
        process = embedding(path, relay.address)
        relay.wait_for(requests)
        process.kill()
        process.communicate(timeout=DEADLINE_S)
    return relay.asked


@pytest.mark.parametrize("seed", [1, 2])
def test_a_job_killed_at_any_moment_goes_on_where_it_was(sandbox_address: str, tmp_path: Path, seed: int) -> None:
    chance, path, asked = random.Random(seed), tmp_path / "vectors.db", Counter[str]()
    for _ in range(KILLS):
        kept = kept_texts(path)
        before_death = killed_after(chance.randrange(AT_ONCE + 1, 11), path, sandbox_address)
        asked.update(before_death)
        assert kept.isdisjoint(before_death)
        assert kept < kept_texts(path)
    kept = kept_texts(path)
    with relay_to(sandbox_address) as relay:
        out, _ = embedding(path, relay.address).communicate(timeout=DEADLINE_S)
    assert out.split() == ["done", str(TEXTS), str(len(kept))]
    assert Counter(relay.asked) == Counter(set(prepared(TEXTS).texts) - kept)
    # Only what was under way when a process died can have been asked more than once.
    assert (asked + Counter(relay.asked)).total() - TEXTS <= KILLS * AT_ONCE * BATCH
    assert_right(path)


def assert_right(path: Path) -> None:
    sample, store = prepared(TEXTS), VectorStore(path)
    recalled = store.recall(ENCODER, sample.hashes)
    store.close()
    rows = [recalled.vectors[hash_] for hash_ in sample.hashes]
    np.testing.assert_allclose(rows, LocalEncoder().encode(sample.texts), atol=1e-5)
