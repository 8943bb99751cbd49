"""get_together_ai_client and the client it gives: completions, chats, embeddings and models for scripts."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.answers.gateway import Gateway
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError
from services.network import network_of
from services.settings import Settings, load
from services.toolkit.asking import Messages, held, messages_of, model_of, sampling_of, texts_of
from services.toolkit.notices import NOTICES, Notices
from services.toolkit.options import Options
from services.toolkit.refusals import in_script_words
from services.toolkit.shapes import (
    Embeddings,
    Models,
    Response,
    chat_response,
    completion_response,
    embeddings_of,
    model_entry,
)
from services.toolkit.stream import ChatStream
from services.toolkit.targets import Targets
from services.wire.transport import Pool
from services.wire.types import ChatRequest, CompletionRequest, EmbeddingResult

if TYPE_CHECKING:
    from services.toolkit.servers import Servers

_PROJECT_ROOT = Path(__file__).resolve().parents[2]


def get_together_ai_client(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    default_model: str | None = None,
    default_embedding_model: str | None = None,
    connect_timeout_s: float | None = None,
    first_token_timeout_s: float | None = None,
    idle_timeout_s: float | None = None,
    total_timeout_s: float | None = None,
    max_attempts: int | None = None,
    backoff_base_s: float | None = None,
    backoff_cap_s: float | None = None,
    max_retry_after_s: float | None = None,
    max_response_bytes: int | None = None,
    max_event_bytes: int | None = None,
) -> TogetherAIClient:
    """A client from the settings the app reads too; what is given here wins over them.

    Settings come from the environment, then from the files of the project's folder, or of the working directory where
    the package is installed. Raises ConfigError for what cannot be right, and where Together is required without a key.
    """
    with in_script_words():
        options = Options(
            api_key=api_key,
            base_url=base_url,
            default_model=default_model,
            default_embedding_model=default_embedding_model,
            connect_timeout_s=connect_timeout_s,
            first_token_timeout_s=first_token_timeout_s,
            idle_timeout_s=idle_timeout_s,
            total_timeout_s=total_timeout_s,
            max_attempts=max_attempts,
            backoff_base_s=backoff_base_s,
            backoff_cap_s=backoff_cap_s,
            max_retry_after_s=max_retry_after_s,
            max_response_bytes=max_response_bytes,
            max_event_bytes=max_event_bytes,
        )
    return TogetherAIClient(load(settings_folder(), os.environ), options)


def settings_folder() -> Path:
    return _PROJECT_ROOT if (_PROJECT_ROOT / "pyproject.toml").is_file() else Path.cwd()


class TogetherAIClient:
    """Thread-safe. Every method raises services.errors.ServiceError (TogetherAIError) and nothing else on purpose.

    Answers are read as streams inside, so that a long one needs no long timeout and a broken one leaves partial_text.
    servers gives the embedded servers when first needed; now_s is Unix time.
    """

    def __init__(
        self,
        settings: Settings,
        options: Options | None = None,
        *,
        servers: Callable[[], Servers] | None = None,
        notices: Notices = NOTICES,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        given = Options() if options is None else options
        in_force = given.over(settings)
        pool = Pool(network_of(in_force))
        self._gateway = Gateway(pool, limits=given.limits(in_force), backoff=given.backoff(in_force))
        # A stream holds the gateway, so connections last as long as the client or one of its streams.
        self._close_pool = weakref.finalize(self._gateway, pool.close)
        self._now_s, self._closed = now_s, False
        shared = partial(servers_for, in_force.local_model_path)
        with in_script_words():
            self._targets = Targets(in_force, shared if servers is None else servers, notices, self._gateway.models)
            if given.base_url is not None and self._targets.lack_a_key:
                raise ConfigError("base_url is given, but no key.", remedy="Pass api_key too, or set TOGETHER_API_KEY.")

    def __enter__(self) -> TogetherAIClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Not required: a client that nobody holds any more closes them itself."""
        self._closed = True
        self._close_pool()

    def generate_completion(
        self,
        prompt: str,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: str | Sequence[str] | None = None,
    ) -> Response:
        """The prompt continued as it stands. What is None is not sent."""
        sampling = sampling_of(
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            frequency_penalty=frequency_penalty,
            presence_penalty=presence_penalty,
            stop=stop,
        )
        with in_script_words():
            self._check_open()
            if not isinstance(prompt, str):
                raise BadRequestError(
                    "prompt is not a text.", remedy="Pass a text; generate_chat_completion takes lists."
                )
            target = self._targets.chat(model_of(model))
        stream = self._gateway.stream_completion(
            target.endpoint, CompletionRequest(target.model, prompt, held(sampling, target.endpoint))
        )
        answer = ChatStream(stream, target, "completion").answer()
        return completion_response(answer, target, int(self._now_s()))

    def generate_chat_completion(
        self,
        messages: Messages,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: str | Sequence[str] | None = None,
    ) -> Response:
        """messages: a list of dicts with role and content, or one text. None is not sent, except to Local."""
        stream = self.stream_chat_completion(
            messages, model, max_tokens, temperature, top_p, frequency_penalty, presence_penalty, stop
        )
        answer = stream.answer()
        return chat_response(answer, stream.target, int(self._now_s()))

    def stream_chat_completion(
        self,
        messages: Messages,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: str | Sequence[str] | None = None,
    ) -> ChatStream:
        """Like generate_chat_completion, text by text. Nothing is sent before the first text is asked for."""
        sampling = sampling_of(
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            frequency_penalty=frequency_penalty,
            presence_penalty=presence_penalty,
            stop=stop,
        )
        with in_script_words():
            self._check_open()
            said = messages_of(messages)
            target = self._targets.chat(model_of(model))
        request = ChatRequest(target.model, said, held(sampling, target.endpoint))
        return ChatStream(self._gateway.stream_chat(target.endpoint, request), target)

    def generate_embeddings(self, texts: str | Sequence[str], model: str | None = None) -> Embeddings:
        """One vector for each text, all in one request. Where no model is set: the encoder on this machine."""
        with in_script_words():
            self._check_open()
            several = texts_of(texts)
            target = self._targets.embedding(model_of(model))
            if target is None:
                return _encoded(several)
        with in_script_words(target, "embedding"):
            result = self._gateway.embed(target.endpoint, target.model, several)
        return embeddings_of(result, target.model, target.endpoint.name, target.endpoint.word)

    def get_available_models(self) -> Models:
        """What can be named as model now, as far as is known; models that left the offer are not in it."""
        with in_script_words():
            self._check_open()
            return Models(entry for endpoint in self._targets.endpoints() for entry in self._listed(endpoint))

    def _listed(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        from services.models.catalog import Facts, build

        listed = self._gateway.models(endpoint)
        day = datetime.fromtimestamp(self._now_s(), UTC).date()
        models = build(endpoint, listed, Facts.bundled(), listed_on=day).models
        return [model_entry(model, endpoint.word) for model in models if model.availability != "retired"]

    def _check_open(self) -> None:
        if self._closed:
            raise ConfigError("This client is closed.", remedy="Make a new one with get_together_ai_client().")


def servers_for(local_model_path: Path | None) -> Servers:
    # With a key nothing of this is needed.
    from services.toolkit.servers import shared_servers

    return shared_servers(local_model_path)


def _encoded(texts: list[str]) -> Embeddings:
    from services.toolkit.encoding import encoder

    local = encoder()
    return embeddings_of(EmbeddingResult(local.encode(texts), local.name), local.name, "Local", "local")
