"""get_together_ai_client and the client it gives: completions, chats, embeddings and models for scripts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError
from services.settings import Settings, load
from services.toolkit.asking import Messages, held, messages_of, model_of, sampling_of, texts_of
from services.toolkit.notices import NOTICES, Notices
from services.toolkit.opening import opened, settings_folder
from services.toolkit.options import ClientOptions, taking
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
from services.wire.types import ChatRequest, CompletionRequest, EmbeddingResult

if TYPE_CHECKING:
    from services.toolkit.servers import Servers


@taking(ClientOptions)
def get_together_ai_client(options: ClientOptions) -> TogetherAIClient:
    """A client from the settings the app reads too; what is given here wins over them.

    Settings come from the environment, then from the files of the project's folder, or of the working directory where
    the package is installed. Raises ConfigError for what cannot be right, and where Together is required without a key.
    """
    return TogetherAIClient(load(settings_folder(), os.environ), options)


class TogetherAIClient:
    """Thread-safe. Every method raises services.errors.ServiceError (TogetherAIError) and nothing else on purpose.

    Answers are read as streams inside, so that a long one needs no long timeout and a broken one leaves partial_text.
    servers gives the embedded servers when first needed; now_s is Unix time.
    """

    def __init__(
        self,
        settings: Settings,
        options: ClientOptions | None = None,
        *,
        servers: Callable[[], Servers] | None = None,
        notices: Notices = NOTICES,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        given = ClientOptions() if options is None else options
        way = opened(settings, given, servers, notices)
        self._gateway, self._targets, self._close_connections = way.gateway, way.targets, way.close
        self._now_s, self._closed = now_s, False

    def __enter__(self) -> TogetherAIClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Not required: a client that nobody holds any more closes them itself."""
        self._closed = True
        self._close_connections()

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
        with in_script_words():
            self._check_open()
            sampling = sampling_of(
                max_tokens=max_tokens,
                temperature=temperature,
                top_p=top_p,
                frequency_penalty=frequency_penalty,
                presence_penalty=presence_penalty,
                stop=stop,
            )
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
        with in_script_words():
            self._check_open()
            sampling = sampling_of(
                max_tokens=max_tokens,
                temperature=temperature,
                top_p=top_p,
                frequency_penalty=frequency_penalty,
                presence_penalty=presence_penalty,
                stop=stop,
            )
            said = messages_of(messages)
            target = self._targets.chat(model_of(model))
        request = ChatRequest(target.model, said, held(sampling, target.endpoint))
        return ChatStream(self._gateway.stream_chat(target.endpoint, request), target)

    def generate_embeddings(self, texts: str | Sequence[str], model: str | None = None) -> Embeddings:
        """One vector for each text, all in one request. Where no model is set: the encoder on this machine."""
        with in_script_words():
            self._check_open()
            several = texts_of("texts", texts)
            if not several:
                raise BadRequestError("There is no text to embed.", remedy="Pass a text or a list of texts.")
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


def _encoded(texts: list[str]) -> Embeddings:
    from services.toolkit.encoding import encoder

    local = encoder()
    return embeddings_of(EmbeddingResult(local.encode(texts), local.name), local.name, "Local", "local")
