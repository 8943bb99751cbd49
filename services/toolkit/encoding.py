"""What vectors come from, the encoder on this machine once for the process. Imports numpy, so it is imported late."""

from __future__ import annotations

from functools import lru_cache

from services.embedding.encoder import LocalEncoder
from services.embedding.encoders import Embed, EndpointEncoder, InProcessEncoder
from services.embedding.prefixes import prefixes_of
from services.toolkit.targets import Target


@lru_cache(maxsize=1)
def encoder() -> LocalEncoder:
    return LocalEncoder()


def in_process() -> InProcessEncoder:
    return InProcessEncoder(encoder())


def of_target(target: Target, embed: Embed) -> EndpointEncoder:
    prefixes, endpoint = prefixes_of(target.model), target.endpoint
    return EndpointEncoder(
        target.model,
        embed,
        place=endpoint.base_url,
        model=target.model,
        word=endpoint.word,
        query_prefix=prefixes.query,
        document_prefix=prefixes.document,
    )
