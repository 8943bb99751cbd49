"""From the choice of an encoder to the encoder itself, and from a workspace to what is sent and to its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.embedding.embedded import Embedded
from services.embedding.encoders import BatchEncoder, EndpointEncoder, InProcessEncoder
from services.embedding.job import Job
from services.embedding.prepared import Prepared, TooLong, prepare
from services.embedding.texts import fill
from services.embedding.tokens import LOCAL_LIMIT_TOKENS, LocalTokens, Tokens
from services.models.model import Model
from services.playground import Playground
from services.wire.call import Call
from services.wire.types import EmbeddingResult
from services.workspaces import EncoderChoice, Workspace


@dataclass(frozen=True)
class Chosen:
    """limit_tokens is the most it reads of a text, usd_per_mtok what a million tokens cost; None where not known."""

    encoder: BatchEncoder
    tokens: Tokens
    limit_tokens: int | None
    usd_per_mtok: Decimal | None


def local(house: Playground) -> Chosen:
    return Chosen(InProcessEncoder(house.encoder), LocalTokens(), LOCAL_LIMIT_TOKENS, Decimal(0))


def of_endpoint(house: Playground, model: Model) -> Chosen:
    """Raises ServiceError where the endpoint cannot be had."""
    endpoint = house.endpoint(model.endpoint)

    def embed(texts: Sequence[str], call: Call) -> EmbeddingResult:
        return house.gateway.embed(endpoint, model.id, texts, call=call)

    encoder = EndpointEncoder(model.label, embed, place=endpoint.base_url, model=model.id, word=endpoint.word)
    price = None if model.price is None else model.price.input_usd_per_mtok
    return Chosen(encoder, LocalTokens(), model.context_length, price)


def prepared(workspace: Workspace, chosen: Chosen) -> Prepared:
    """Raises ConfigError for a template that names no column of the sample; needs a sample."""
    assert workspace.sample is not None
    texts = fill(workspace.template, workspace.sample)
    too_long: TooLong = "cut" if workspace.cut_long else "refuse"
    return prepare(texts, chosen.tokens, limit_tokens=chosen.limit_tokens, too_long=too_long)


def begin(house: Playground, owner: str, ready: Prepared, chosen: Chosen) -> Job:
    """Raises ServiceError where it may not begin, see Jobs.start."""
    job = house.embeddings.start(owner, ready, chosen.encoder, usd_per_mtok=chosen.usd_per_mtok)
    house.workspaces.update(owner, lambda workspace: replace(workspace, job=job.id))
    return job


def job_of(house: Playground, owner: str) -> Job | None:
    """The job that embeds, or embedded, what stands in the workspace now."""
    job = house.embeddings.current(owner)
    return job if job is not None and job.id == house.workspaces.current(owner).job else None


def vectors_of(house: Playground, owner: str) -> Embedded | None:
    """Row by row those of the sample in the workspace; None before they are all there."""
    job = job_of(house, owner)
    return None if job is None else job.snapshot().embedded


def rechosen(workspace: Workspace, choice: EncoderChoice) -> Workspace:
    return workspace if choice == workspace.encoder else replace(workspace, encoder=choice, job=None)


def rewritten(workspace: Workspace, template: str, *, cut_long: bool) -> Workspace:
    """With another template: the vectors of the earlier texts no longer belong to it."""
    if (template, cut_long) == (workspace.template, workspace.cut_long):
        return workspace
    return replace(workspace, template=template, cut_long=cut_long, job=None)
