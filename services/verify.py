"""Is this installation ready? Key, model, one token, embeddings, HANA. As a command: python -m services.verify."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.endpoints import Endpoint
from services.errors import ServiceError
from services.models.catalog import default_chat
from services.playground import Playground, project_root
from services.settings import TOGETHER, load
from services.tables.connection import check as check_hana
from services.visitor import Visitor
from services.wire.types import ChatRequest, Message, Sampling

State = Literal["ok", "off", "failed"]
# One word back is enough to know; thinking models spend a few tokens before it.
PROBE = Sampling(max_tokens=16, temperature=0.0)
_SAMPLE = ("the pump leaks", "oil drips from the seal of the pump")


@dataclass(frozen=True)
class Check:
    """One line: ok, off (not set up, and nothing wrong with that), or failed; remedy is "" when nothing is to do."""

    name: str
    state: State
    sentence: str
    remedy: str = ""


def checks(visitor: Visitor) -> Iterator[Check]:
    """One after the other, each yielded when it is known. Raises nothing of ServiceError."""
    playground, endpoint = visitor.house, None
    yield _key(visitor)
    yield from _settings(playground)
    route = visitor.route()
    if route.error is not None or route.endpoint_name is None:
        yield Check("Model", "failed", route.reason, route.error.remedy if route.error is not None else "")
    else:
        try:
            endpoint = visitor.endpoint(route.endpoint_name)
        except ServiceError as error:
            yield _failed("Model", error)
    if endpoint is not None:
        yield from _model(playground, endpoint)
    yield _embeddings(visitor)
    yield _hana(playground)


def _failed(name: str, error: ServiceError) -> Check:
    return Check(name, "failed", error.message, error.remedy)


def _key(visitor: Visitor) -> Check:
    settings = visitor.settings
    if visitor.own.together_key is not None:
        return Check("Key", "ok", "Your own key is set, for this session.")
    problem = settings.problem_with("TOGETHER_API_KEY")
    if problem is not None:
        return Check("Key", "failed", problem.message, problem.remedy)
    if settings.together_api_key is None:
        return Check(
            "Key",
            "off",
            "No key is set; Local and the Sandbox need none.",
            "Add one under Settings, or set TOGETHER_API_KEY.",
        )
    return Check("Key", "ok", f"TOGETHER_API_KEY is set, from {settings.source_of('TOGETHER_API_KEY')}.")


def _settings(playground: Playground) -> Iterator[Check]:
    """What could not be used, and what is probably misspelt."""
    for problem in playground.settings.problems:
        if problem.variable != "TOGETHER_API_KEY":
            yield Check("Settings", "failed", problem.message, problem.remedy)
    for warning in playground.settings.warnings:
        yield Check("Settings", "failed", warning)


def _model(playground: Playground, endpoint: Endpoint) -> Iterator[Check]:
    try:
        catalog = playground.catalog(endpoint)
    except ServiceError as error:
        yield _failed("Model list", error)
        catalog = playground.bundled_catalog(endpoint)
    configured = playground.settings.together_default_model if endpoint.name == TOGETHER else None
    choice = default_chat(catalog, configured)
    if choice.model_id is None:
        yield Check("Model", "failed", choice.reason, "Set TOGETHER_DEFAULT_MODEL.")
        return
    if choice.retirement is not None:
        yield Check("Model", "failed", choice.retirement.sentence, "Set TOGETHER_DEFAULT_MODEL to another model.")
        return
    yield Check("Model", "ok", f"{choice.model_id} at {endpoint.name}. {choice.reason}")
    yield _token(playground, endpoint, choice.model_id)


def _token(playground: Playground, endpoint: Endpoint, model: str) -> Check:
    request = ChatRequest(model, (Message("user", "Say hello."),), PROBE)
    stream = playground.gateway.stream_chat(endpoint, request)
    try:
        chunks = list(stream)
    except ServiceError as error:
        return _failed("First token", error)
    wait_s = (chunks[0].t_ns - (stream.sent_ns or 0)) / 1e9 if chunks else 0.0
    origin = {"simulated": " (simulated)", "local": " (on this computer)", "real": ""}[endpoint.word]
    return Check("First token", "ok", f"An answer began after {wait_s:.2f} s{origin}.")


def _embeddings(visitor: Visitor) -> Check:
    playground, model = visitor.house, visitor.settings.together_default_embedding_model
    endpoint = visitor.endpoint(TOGETHER) if visitor.has_together else None
    try:
        if model is not None and endpoint is not None:
            vectors = playground.gateway.embed(endpoint, model, _SAMPLE).vectors
            return Check("Embeddings", "ok", f"{model} at {endpoint.name} gives {vectors.shape[1]} dimensions.")
        vectors = playground.encoder.encode(_SAMPLE)
    except ServiceError as error:
        return _failed("Embeddings", error)
    return Check("Embeddings", "ok", f"The local encoder gives {vectors.shape[1]} dimensions, free and offline.")


def _hana(playground: Playground) -> Check:
    hana = playground.settings.hana
    if not hana.configured:
        return Check("HANA", "off", "No SAP HANA is set up.", "Set HANA_HOST, HANA_USER and HANA_PASSWORD to use one.")
    try:
        return Check("HANA", "ok", check_hana(hana))
    except ServiceError as error:
        return _failed("HANA", error)


def main() -> int:
    playground = Playground(load(project_root(), os.environ))
    failed = False
    try:
        for check in checks(Visitor(playground)):
            failed = failed or check.state == "failed"
            remedy = f" {check.remedy}" if check.remedy else ""
            sys.stdout.write(f"{check.state:<7}{check.name:<13}{check.sentence}{remedy}\n")
            sys.stdout.flush()
    finally:
        playground.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
