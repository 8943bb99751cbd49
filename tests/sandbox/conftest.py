"""A sandbox on loopback, served from a thread, and a caller that sees raw bytes and shares nothing with our client."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from services.embedded.sandbox.server import create_app

KEY = "practice-key"


@dataclass(frozen=True)
class Raw:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The JSON of each event; the frame of the stream is checked on the way."""
        *frames, rest = self.body.split(b"\n\n")
        assert rest == b""
        assert frames[-1] == b"data: [DONE]"
        assert all(frame.startswith(b"data: {") and b"\n" not in frame for frame in frames[:-1])
        return [json.loads(frame.removeprefix(b"data: ")) for frame in frames[:-1]]


@dataclass(frozen=True)
class Caller:
    host: str
    port: int

    @property
    def root(self) -> str:
        return f"http://{self.host}:{self.port}"

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, key: str | None = KEY
    ) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        auth = {} if key is None else {"Authorization": f"Bearer {key}"}
        connection.request(method, path, raw, {**auth, **(headers or {})})
        return connection

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Raw:
        connection = self.send(method, path, body, **more)
        try:
            answer = connection.getresponse()
            return Raw(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, path: str, **body: Any) -> Raw:
        return self.call("POST", path, body)

    def chat(self, model: str, text: str = "What is a token?", **more: Any) -> Raw:
        body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        return self.call("POST", "/v1/chat/completions", body)

    def said(self, model: str, text: str, **more: Any) -> str:
        content = self.chat(model, text, **more).json["choices"][0]["message"]["content"]
        assert isinstance(content, str)
        return content

    def counts(self) -> Any:
        return self.call("GET", "/sandbox/requests").json

    def counts_once(self, is_true: Callable[[Any], bool], deadline_s: float = 5) -> Any:
        """The counts as soon as they satisfy is_true."""
        end_s = time.monotonic() + deadline_s
        while time.monotonic() < end_s:
            if is_true(counts := self.counts()):
                return counts
            time.sleep(0.01)
        raise AssertionError(f"not within {deadline_s} s: {self.counts()}")


@contextmanager
def served(**options: Any) -> Iterator[Caller]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(**options), log_level="critical", ws="none", timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Caller(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Caller]:
    """Answers at once."""
    with served(pace=0) as caller:
        yield caller


@pytest.fixture
def serve() -> Callable[..., Any]:
    """A sandbox of one's own: `with serve(pace=1) as caller`."""
    return served
