"""The sandbox as an ASGI application: routes, and one way from a request to a script that is played."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from services.embedded.sandbox import answering, ask, faults, notes, refusals
from services.embedded.sandbox.counts import Counts
from services.embedded.sandbox.encoder import Encoder
from services.embedded.sandbox.gate import JSON_TYPE, Gate
from services.embedded.sandbox.models import ASSETS, Model, load_models
from services.embedded.sandbox.refusals import Refusal
from services.embedded.sandbox.replies import Writer
from services.embedded.sandbox.script import Outcome, Player, Script

_ALPHABET = string.ascii_letters + string.digits
PATHS = ("/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/sandbox/requests")
Build = Callable[[dict[str, Any], Model, str], Script]


def random_id() -> str:
    """Together's form: two random parts and a ray id."""
    parts = ["".join(secrets.choice(_ALPHABET) for _ in range(size)) for size in (7, 6)]
    return f"{parts[0]}-{parts[1]}-{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Sandbox:
    """pace multiplies every wait (0: none). Latency is drawn from chance, text never is.

    clock is monotonic, now counts Unix seconds. passed tells of faults wanted once whether the last request passed.
    """

    models: dict[str, Model]
    writer: Writer
    encoder: Encoder
    counts: Counts
    chance: Random
    pace: float
    max_body_bytes: int
    clock: Callable[[], float]
    now: Callable[[], float]
    new_id: Callable[[], str]
    passed: dict[str, bool]

    async def list_models(self, request: Request) -> Response:
        wanted = request.headers.get(faults.HEADER, "")
        if wanted in faults.REFUSALS:
            return _refuse(faults.REFUSALS[wanted], self.new_id())
        return Response(orjson.dumps([model.listing() for model in self.models.values()]), media_type=JSON_TYPE)

    async def show_counts(self, request: Request) -> Response:
        return Response(refusals.pretty(self.counts.shown()), media_type=JSON_TYPE)

    async def chat(self, request: Request) -> ASGIApp:
        return await self._answer(request, self._chat)

    async def complete(self, request: Request) -> ASGIApp:
        return await self._answer(request, self._complete)

    async def embed(self, request: Request) -> ASGIApp:
        return await self._answer(request, self._embed)

    def _chat(self, body: dict[str, Any], model: Model, request_id: str) -> Script:
        return self._script(ask.read_chat(body), model, request_id)

    def _complete(self, body: dict[str, Any], model: Model, request_id: str) -> Script:
        return self._script(ask.read_completion(body), model, request_id)

    def _script(self, asked: ask.Ask, model: Model, request_id: str) -> Script:
        frame = answering.frame(asked, model, self.writer, request_id, int(self.now()))
        return answering.script(frame, Random(self.chance.getrandbits(64)))

    def _embed(self, body: dict[str, Any], model: Model, request_id: str) -> Script:
        inputs = ask.read_inputs(body)
        vectors = self.encoder.encode(answering.cut(inputs, model))
        return answering.vectors_script(inputs, vectors, model, body["model"])

    async def _answer(self, request: Request, build: Build) -> ASGIApp:
        request_id = self.new_id()
        try:
            body = ask.read_json(await self._body(request))
            name, fault = self._fault(request, ask.model_of(body))
            if fault in faults.REFUSALS:
                return _refuse(faults.REFUSALS[fault], request_id)
            model = self._model(name, request.url.path)
            # In a thread, so that a long prompt does not hold up the pace of other streams.
            script = (await run_in_threadpool(build, body, model, request_id)).paced(self.pace)
        except Refusal as refusal:
            return _refuse(refusal, request_id)
        if fault:
            script = faults.spoil(script, fault, body.get("stream") is True)
        return self._player(script, request.url.path, body["model"], request_id)

    async def _body(self, request: Request) -> bytes:
        """Raises Refusal 413 over max_body_bytes, before the rest is read."""
        parts, size = [], 0
        try:
            async for part in request.stream():
                size += len(part)
                if size > self.max_body_bytes:
                    raise Refusal(413, f"The request body is larger than {self.max_body_bytes} bytes.")
                parts.append(part)
        except ClientDisconnect as gone:
            raise Refusal(400, "The request body did not arrive whole.") from gone
        return b"".join(parts)

    def _model(self, name: str, path: str) -> Model:
        model = self.models.get(name)
        if model is None:
            raise refusals.unknown_model(name)
        if model.refuses == "data_sharing":
            raise refusals.data_sharing(name)
        if model.refuses == "not_serverless":
            raise refusals.not_serverless(name)
        if (model.kind == "embedding") != (path == "/v1/embeddings"):
            raise refusals.wrong("model", f"{name} is of type {model.kind} and does not serve {path}.")
        return model

    def _fault(self, request: Request, asked_id: str) -> tuple[str, str]:
        """(model id, name of the fault or ""). A fault wanted once strikes every other time."""
        model, fault = faults.split_model(asked_id)
        if (wanted := request.headers.get(faults.HEADER)) is not None:
            fault = faults.read_fault(wanted)
        if fault is None:
            return model, ""
        if fault.once:
            key = f"{request.url.path} {model} {fault.name}"
            self.passed[key] = not self.passed.get(key, True)
            return model, "" if self.passed[key] else fault.name
        return model, fault.name

    def _player(self, script: Script, path: str, model: str, request_id: str) -> Player:
        self.counts.opened()
        ray = request_id.rsplit("-", 1)[1]
        headers = {**script.headers, "cf-ray": f"{ray}-SIM", "x-inference-version": "v2", "x-sandbox": "simulated"}

        def ended(outcome: Outcome, sent: int) -> None:
            self.counts.ended(path, model, outcome, sent)

        return Player(replace(script, headers=headers), self.clock, ended)


def _refuse(refusal: Refusal, request_id: str) -> Response:
    return Response(refusal.body(request_id), refusal.status, dict(refusal.headers), JSON_TYPE)


async def _no_such_url(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _refuse(Refusal(status, f"No answer to {request.method} {request.url.path}."), random_id())


def create_app(
    api_key: str | None = None,
    *,
    seed: int = 0,
    pace: float = 1.0,
    max_body_bytes: int = 32_000_000,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
    new_id: Callable[[], str] = random_id,
    assets: Path = ASSETS,
) -> ASGIApp:
    """api_key None accepts any key. seed changes texts and latencies; equal seeds give equal texts."""
    counts = Counts(PATHS, clock)
    sandbox = Sandbox(
        models=load_models(assets / "sandbox" / "models.json"),
        writer=Writer(notes.load_notes(assets / "notes"), seed),
        encoder=Encoder(assets / "encoder"),
        counts=counts,
        chance=Random(seed),
        pace=pace,
        max_body_bytes=max_body_bytes,
        clock=clock,
        now=now,
        new_id=new_id,
        passed={},
    )
    endpoints = (sandbox.list_models, sandbox.chat, sandbox.complete, sandbox.embed, sandbox.show_counts)
    methods = ("GET", "POST", "POST", "POST", "GET")
    routes = [Route(path, end, methods=[method]) for path, end, method in zip(PATHS, endpoints, methods, strict=True)]
    handlers: dict[Any, Any] = {404: _no_such_url, 405: _no_such_url}
    return Gate(Starlette(routes=routes, exception_handlers=handlers), api_key, counts, new_id)
