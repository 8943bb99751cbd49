"""A server of models on loopback that lists and answers as told, and notes what it was asked."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.endpoints import Endpoint

KEY = "tgp_v1_invented-for-models-tests"
LLAMA_2 = "meta-llama/Llama-2-70b-chat-hf"
OSS = "openai/gpt-oss-120b"


@dataclass
class Together:
    """A server that lists and answers as told, and notes what it was asked."""

    models: list[dict[str, Any]]
    list_status: int = 200
    chat_status: int = 200
    go: threading.Event = field(default_factory=threading.Event)
    together_with: threading.Barrier | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.go.set()

    def list_models(self) -> tuple[int, str]:
        if self.together_with is not None:
            try:
                self.together_with.wait(5)
            except threading.BrokenBarrierError:
                return 500, json.dumps({"error": {"message": "Nobody else was asked meanwhile."}})
        refused = {"error": {"message": "Unauthorized"}}
        return self.list_status, json.dumps(self.models if self.list_status == 200 else refused)

    @property
    def env(self) -> dict[str, str]:
        return {
            "TOGETHER_API_KEY": KEY,
            "TOGETHER_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "TOGETHER_MAX_RETRIES": "0",
        }

    def chat(self, body: dict[str, Any]) -> tuple[int, str]:
        self.asked.append(body)
        self.go.wait(10)
        if self.chat_status != 200:
            return self.chat_status, json.dumps({"error": {"message": f"Unable to access model {body['model']}."}})
        pieces = [{"delta": {"content": "Hello"}}, {"delta": {}, "finish_reason": "length"}]
        events = [json.dumps({"model": body["model"], "choices": [{"index": 0, **piece}]}) for piece in pieces]
        return 200, "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"])


@contextmanager
def serving(together: Together) -> Iterator[Together]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = together.list_models()
            self._reply(status, "application/json", body)

        def do_POST(self) -> None:
            status, body = together.chat(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._reply(status, "text/event-stream" if status == 200 else "application/json", body)

        def _reply(self, status: int, content_type: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        together.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield together
        finally:
            together.go.set()
            server.shutdown()
            thread.join(5)


def listed(model_id: str, **more: Any) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "type": "chat", "created": 1_754_414_557, **more}


def priced(model_id: str, p_in: float, p_out: float, **more: Any) -> dict[str, Any]:
    return listed(model_id, pricing={"input": p_in, "output": p_out}, **more)


def endpoint(name: str, server: Together) -> Endpoint:
    return Endpoint(name, "openai", f"http://127.0.0.1:{server.port}/v1")
