"""From the choice of an encoder to the encoder itself, and from a workspace to what is sent and to its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from services.embedding import forecast
from services.embedding.encoders import BatchEncoder, EndpointEncoder, InProcessEncoder
from services.embedding.forecast import Forecast
from services.embedding.hana_encoder import HANA_LIMIT_TOKENS, EmbeddingSource, HanaEncoder
from services.embedding.job import Job
from services.embedding.prepared import Prepared, TooLong, prepare
from services.embedding.progress import Snapshot
from services.embedding.texts import fill
from services.embedding.tokens import LOCAL_LIMIT_TOKENS, EstimatedTokens, LocalTokens, Tokens
from services.errors import UnavailableError
from services.models.model import Model
from services.wire.call import Call
from services.wire.types import EmbeddingResult
from services.workspaces import Workspace

if TYPE_CHECKING:
    from services.playground import Playground
    from services.visitor import Visitor


@dataclass(frozen=True)
class Chosen:
    """limit_tokens is the most it reads of a text, usd_per_mtok what a million tokens cost; None where not known.

    prefix is sent before each text. by_token: a token has a price at all, known or not; dimensions None: not known yet.
    """

    encoder: BatchEncoder
    tokens: Tokens
    limit_tokens: int | None
    usd_per_mtok: Decimal | None
    prefix: str = ""
    by_token: bool = True
    dimensions: int | None = None


def local(house: Playground) -> Chosen:
    encoder = InProcessEncoder(house.encoder)
    return Chosen(encoder, LocalTokens(), LOCAL_LIMIT_TOKENS, Decimal(0), dimensions=house.encoder.dimensions)


def of_endpoint(visitor: Visitor, model: Model) -> Chosen:
    """Raises ServiceError where the endpoint cannot be had."""
    endpoint = visitor.endpoint(model.endpoint)

    def embed(texts: Sequence[str], call: Call) -> EmbeddingResult:
        return visitor.house.gateway.embed(endpoint, model.id, texts, call=call)

    encoder = EndpointEncoder.at(endpoint, model.id, embed, name=model.label)
    price = None if model.price is None else model.price.input_usd_per_mtok
    return Chosen(encoder, EstimatedTokens(), model.context_length, price, prefix=encoder.document_prefix)


def of_hana(source: EmbeddingSource, model: str) -> Chosen:
    """The instance is paid for as a whole, so no token costs anything."""
    return Chosen(HanaEncoder(source, model), EstimatedTokens(), HANA_LIMIT_TOKENS, Decimal(0), by_token=False)


def prepared(workspace: Workspace, chosen: Chosen) -> Prepared:
    """Raises ConfigError for a template that names no column of the sample; needs a sample."""
    assert workspace.sample is not None
    texts = fill(workspace.template, workspace.sample)
    too_long: TooLong = "cut" if workspace.cut_long else "refuse"
    return prepare(texts, chosen.tokens, limit_tokens=chosen.limit_tokens, too_long=too_long, prefix=chosen.prefix)


def forecasts(
    house: Playground, workspace: Workspace, ready: Prepared, chosen: Chosen, done: Snapshot | None
) -> tuple[Forecast, Forecast | None]:
    """Of the sample and of its whole table, which is None where its rows are not counted.

    done is the job that embedded this very sample: what it showed takes the place of what was assumed.
    """
    embedded = None if done is None else done.embedded
    dimensions = chosen.dimensions if embedded is None else embedded.dimensions
    texts_per_s = house.embeddings.texts_per_s(chosen.encoder.id)
    sample = forecast.of_sample(
        ready,
        usd_per_mtok=chosen.usd_per_mtok,
        dimensions=dimensions,
        texts_per_s=texts_per_s,
        stored=frozenset(ready.hashes) - _missing(house, ready, chosen),
    )
    counted = done is not None and embedded is not None and not (done.estimated or done.from_store)
    table = forecast.of_table(
        ready,
        None if workspace.sample is None else workspace.sample.total,
        usd_per_mtok=chosen.usd_per_mtok,
        dimensions=dimensions,
        texts_per_s=texts_per_s,
        used_tokens=done.tokens if done is not None and counted else None,
    )
    return sample, table


def begin(house: Playground, owner: str, ready: Prepared, chosen: Chosen, *, confirmed: bool = False) -> Job:
    """confirmed lifts the cap of the workspace. Raises ServiceError where it may not begin, see Jobs.start."""
    job = house.embeddings.start(
        owner,
        ready,
        chosen.encoder,
        usd_per_mtok=chosen.usd_per_mtok,
        cap_usd=house.workspaces.current(owner).cap_usd,
        confirmed=confirmed,
    )
    house.workspaces.update(owner, lambda workspace: replace(workspace, job=job.id))
    return job


def running(house: Playground, owner: str) -> Job | None:
    """The job of this owner that is under way, be it of what stands in the workspace or of an earlier sample."""
    job = house.embeddings.current(owner)
    return job if job is not None and job.live else None


def job_of(house: Playground, owner: str) -> Job | None:
    """The job that embeds, or embedded, what stands in the workspace now."""
    job = house.embeddings.current(owner)
    return job if job is not None and job.id == house.workspaces.current(owner).job else None


def _missing(house: Playground, ready: Prepared, chosen: Chosen) -> frozenset[bytes]:
    """The texts that are still to be sent: all of them where the file of kept vectors cannot be read."""
    try:
        return house.vectors.missing(chosen.encoder.id, ready.hashes)
    except UnavailableError:
        return frozenset(ready.hashes)
