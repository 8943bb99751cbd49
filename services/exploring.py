"""Looking at embedded rows: what stands there to be looked at, and a question to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services import encoding
from services.embedding.embedded import Embedded
from services.embedding.encoders import BatchEncoder
from services.embedding.texts import fill
from services.errors import BadRequestError, ConfigError, ServiceError
from services.explorations import Asked
from services.playground import Playground
from services.tables.demo_catalogue import NOTIFICATION
from services.tables.demo_vocabulary import Query
from services.tables.source import Cell, Column, Sample
from services.wire.call import Call

MAX_QUESTION_CHARACTERS = 2_000
ANSWER = "TOPIC"


@dataclass(frozen=True)
class Ground:
    """One sample with the vectors of its rows; id is no other's, so that caches may be keyed by it."""

    id: str
    sample: Sample
    template: str
    embedded: Embedded

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that are not hidden."""
        return tuple(column for column in self.sample.columns if not column.hidden)

    @property
    def answers(self) -> tuple[Cell, ...] | None:
        """What a search of the demo rows is judged by, row by row; None for other tables."""
        is_demo = not self.sample.live and self.sample.info.object == NOTIFICATION.name
        names = [column.name for column in self.sample.columns]
        return self.sample.column(ANSWER) if is_demo and ANSWER in names else None

    def texts(self) -> tuple[str | None, ...]:
        """Of each row, whole, as the template makes them."""
        return fill(self.template, self.sample)


def ground_of(house: Playground, owner: str) -> Ground | None:
    """None before the rows of the sample in the workspace are embedded."""
    workspace, job = house.workspaces.current(owner), house.embeddings.current(owner)
    if workspace.sample is None or job is None or job.id != workspace.job:
        return None
    embedded = job.snapshot().embedded
    return None if embedded is None else Ground(job.id, workspace.sample, workspace.template, embedded)


def ask(encoder: BatchEncoder, ground: Ground, text: str) -> Asked:
    """The vector of a question, by the encoder of the rows; what stood in the way is part of what comes back."""
    try:
        if len(text) > MAX_QUESTION_CHARACTERS:
            raise BadRequestError(
                f"The question has {len(text):,} characters; at most {MAX_QUESTION_CHARACTERS:,} are read.",
                remedy="Shorten it.",
            )
        if encoder.id != ground.embedded.encoder_id:
            raise ConfigError(
                f"The rows were embedded by {ground.embedded.encoder}.", remedy="Embed them again, then search."
            )
        return Asked(text, encoder.encode_query(text, Call()))
    except ServiceError as problem:
        return Asked(text, problem=problem.with_traceback(None))


def encoder_of(house: Playground, owner: str) -> BatchEncoder:
    """Whose vectors the rows in the workspace have. Raises ServiceError where it cannot be had."""
    return encoding.local(house).encoder


def topic_of(text: str, suggested: Sequence[Query]) -> str | None:
    """What a suggested question is meant to find; None for one of the visitor's own."""
    wanted = text.strip().casefold()
    return next((query.topic for query in suggested if query.text.casefold() == wanted), None)
