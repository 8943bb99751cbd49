"""get_embeddings and the object it gives: vectors wherever LangChain's Embeddings are asked for."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from services.answers.gateway import Gateway
from services.embedding.batches import Calls, each
from services.endpoints import Word
from services.errors import BadRequestError, ConfigError
from services.routing import route
from services.settings import LOCAL, Settings, load
from services.toolkit.asking import model_of, texts_of
from services.toolkit.notices import NOTICES, Notices
from services.toolkit.opening import opened, settings_folder
from services.toolkit.options import EmbeddingOptions, taking
from services.toolkit.refusals import in_script_words
from services.toolkit.targets import Target, Targets
from services.wire.call import Call
from services.wire.types import EmbeddingResult

if TYPE_CHECKING:
    from services.embedding.encoders import BatchEncoder, Embed, Encoded
    from services.toolkit.servers import Servers


@dataclass(frozen=True)
class EmbeddingRoute:
    """Whose vectors they are; origin says real, local or simulated, reason is one sentence for the reader."""

    endpoint: str
    model: str
    origin: Word
    reason: str


@taking(EmbeddingOptions)
def get_embeddings(options: EmbeddingOptions) -> TogetherAIEmbeddings:
    """Embeddings from the settings that get_together_ai_client reads; what is given here wins over them.

    model None: TOGETHER_DEFAULT_EMBEDDING_MODEL, or the encoder on this machine where that is not set either. An
    instance of langchain_core's Embeddings where langchain-core is installed. Raises ServiceError (TogetherAIError)
    for what cannot be right and for a model that nobody can be asked for.
    """
    return _class_here()(load(settings_folder(), os.environ), options)


class TogetherAIEmbeddings:
    """Thread-safe. Every vector is a list of floats, of length 1, or of zeros for a text without direction.

    Equal texts are sent once, 128 in a request. Models like e5 get the prefixes that their makers ask for, so the
    vector of a query and that of the same text as a document differ. Raises ServiceError (TogetherAIError).
    servers gives the embedded servers when needed.
    """

    def __init__(
        self,
        settings: Settings,
        options: EmbeddingOptions | None = None,
        *,
        servers: Callable[[], Servers] | None = None,
        notices: Notices = NOTICES,
    ) -> None:
        given = EmbeddingOptions() if options is None else options
        way = opened(settings, given, servers, notices)
        self._close_connections = way.close
        self._lock, self._closed, self._under_way = threading.Lock(), False, set[Calls]()
        with in_script_words():
            model = model_of(given.model)
            target = way.targets.embedding(model)
        # Without self in it, so that the connections end as soon as the last holder has let go.
        self._encoder = _encoder(target, partial(_embed, way.targets, way.gateway, model))
        named = way.settings.together_default_embedding_model if model is None else model
        self._route = EmbeddingRoute(
            LOCAL if target is None else target.endpoint.name,
            self._encoder.id.model,
            self._encoder.word,
            _reason(way.settings, named, self._encoder.id.model, target),
        )

    def __repr__(self) -> str:
        return f"TogetherAIEmbeddings({self._route!r})"

    def __enter__(self) -> TogetherAIEmbeddings:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, texts: str | Iterable[str]) -> list[list[float]]:
        """One vector for each text, also where it is a single one."""
        return self.embed_documents(texts)

    @property
    def route(self) -> EmbeddingRoute:
        return self._route

    def close(self) -> None:
        """Ends what is under way and closes the connections; forgetting the object closes them too."""
        with self._lock:
            self._closed = True
            for calls in self._under_way:
                calls.stop()
        self._close_connections()

    def embed_documents(self, texts: str | Iterable[str]) -> list[list[float]]:
        """Vector i for text i. After a failure nothing more is sent, and the whole is refused."""
        with in_script_words(), self._asking() as calls:
            return self._vectors(texts, calls)

    def embed_query(self, text: str) -> list[float]:
        with in_script_words(), self._asking() as calls:
            return self._vector(text, calls)

    async def aembed_documents(self, texts: str | Iterable[str]) -> list[list[float]]:
        """embed_documents in a thread; cancelling it hangs up its requests."""
        with in_script_words(), self._asking() as calls:
            return await asyncio.to_thread(self._vectors, texts, calls)

    async def aembed_query(self, text: str) -> list[float]:
        with in_script_words(), self._asking() as calls:
            return await asyncio.to_thread(self._vector, text, calls)

    def get_text_embedding_batch(self, texts: Iterable[str]) -> list[list[float]]:
        return self.embed_documents(texts)

    @contextmanager
    def _asking(self) -> Iterator[Calls]:
        """Calls that end with the block at the latest, or with close()."""
        calls = Calls()
        with self._lock:
            if self._closed:
                raise ConfigError("These embeddings are closed.", remedy="Make new ones with get_embeddings().")
            self._under_way.add(calls)
        try:
            yield calls
        finally:
            calls.stop()
            with self._lock:
                self._under_way.discard(calls)

    def _vectors(self, texts: str | Iterable[str], calls: Calls) -> list[list[float]]:
        several = texts_of("texts", texts)
        row_of: dict[str, int] = {}
        for row, text in enumerate(several, 1):
            row_of.setdefault(text, row)
        distinct, rows, size = list(row_of), list(row_of.values()), self._encoder.batch

        def ask(at: int, call: Call) -> Encoded:
            return self._encoder.encode_batch(distinct[at : at + size], call, rows[at : at + size])

        starts = range(0, len(distinct), size)
        parts = dict(each(ask, starts, concurrency=self._encoder.concurrency, calls=calls))
        place_of = {text: place for place, text in enumerate(distinct)}
        # A list of its own for each text: callers may change what they got.
        return [
            parts[place - place % size].vectors[place % size].tolist() for place in map(place_of.__getitem__, several)
        ]

    def _vector(self, text: str, calls: Calls) -> list[float]:
        if not isinstance(text, str):
            raise BadRequestError("The query is not a text.", remedy="Pass a text; embed_documents takes lists.")
        with calls.one() as call:
            numbers: list[float] = self._encoder.encode_query(text, call).tolist()
            return numbers


def _embed(targets: Targets, gateway: Gateway, model: str | None, texts: Sequence[str], call: Call) -> EmbeddingResult:
    # Anew for each request: the Sandbox may have been started again at another address.
    target = targets.embedding(model)
    assert target is not None
    with in_script_words(target, "embedding"):
        return gateway.embed(target.endpoint, target.model, texts, call=call)


def _encoder(target: Target | None, embed: Embed) -> BatchEncoder:
    from services.embedding.encoders import EndpointEncoder, InProcessEncoder
    from services.toolkit.encoding import encoder

    return InProcessEncoder(encoder()) if target is None else EndpointEncoder.at(target.endpoint, target.model, embed)


def _reason(settings: Settings, named: str | None, served: str, target: Target | None) -> str:
    if named is None:
        return "No embedding model is set, so the encoder on this machine answers."
    if target is None and named == served:
        return f"{named} is the encoder on this machine."
    why = route(settings, local_problem=None, surface="toolkit", model=named).reason
    # What follows in that sentence is about chats.
    return why if target is not None else f"{why.partition(',')[0]}, so the encoder on this machine answers."


def _class_here() -> type[TogetherAIEmbeddings]:
    try:
        from langchain_core.embeddings import Embeddings
    except ImportError:
        return TogetherAIEmbeddings
    return _class_with(Embeddings)


@cache
def _class_with(base: type) -> type[TogetherAIEmbeddings]:
    """TogetherAIEmbeddings that are base's instances as well."""
    return type("TogetherAIEmbeddings", (TogetherAIEmbeddings, base), {"__module__": __name__})
