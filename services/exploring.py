"""Looking at embedded rows: what stands there to be looked at, and a question to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.embedding.embedded import Embedded
from services.embedding.encoder import Vectors
from services.embedding.encoders import BatchEncoder
from services.embedding.keywords import KeywordSearch
from services.embedding.texts import fill
from services.errors import BadRequestError
from services.explorations import Asked
from services.playground import Playground
from services.tables.demo_catalogue import NOTIFICATION
from services.tables.demo_precision import Judged, Precision, Scores, by_meaning, by_words
from services.tables.demo_vocabulary import Query, suggested
from services.tables.source import Cell, Column, Sample
from services.wire.call import Call

MAX_QUESTION_CHARACTERS = 2_000
ANSWER, LANGUAGE = "TOPIC", "SPRAS"


@dataclass(frozen=True)
class Ground:
    """One sample with the vectors of its rows and who made them.

    id is no other's and number no other sample's, so that caches may be keyed by them. template is what the texts of
    the rows were made with, cut_long whether an encoder gets the start of one that is too long for it.
    """

    id: str
    number: int
    sample: Sample
    template: str
    cut_long: bool
    embedded: Embedded
    encoder: BatchEncoder

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that are not hidden."""
        return tuple(column for column in self.sample.columns if not column.hidden)

    @property
    def visible(self) -> Sample:
        """The sample without its hidden columns."""
        at = [i for i, column in enumerate(self.sample.columns) if not column.hidden]
        rows = tuple(tuple(row[i] for i in at) for row in self.sample.rows)
        return replace(self.sample, columns=self.shown, rows=rows)

    @property
    def texts_id(self) -> str:
        """The same for the same texts of the same rows, whoever encodes them."""
        return f"{self.number} {self.cut_long} {self.template}"

    @property
    def judged(self) -> bool:
        """Whether the rows say themselves what they are about: the demo's notifications, with their answer read."""
        names = {column.name for column in self.sample.columns}
        demo = not self.sample.live and self.sample.info.object == NOTIFICATION.name
        return demo and {ANSWER, LANGUAGE} <= names

    @property
    def answers(self) -> tuple[Cell, ...]:
        """What each row is about, where judged."""
        return self.sample.column(ANSWER)

    def texts(self) -> tuple[str | None, ...]:
        """Of each row, whole, as the template makes them."""
        return fill(self.template, self.sample)


def ground_of(house: Playground, owner: str) -> Ground | None:
    """None before the rows of the sample in the workspace are embedded."""
    workspace, job = house.workspaces.current(owner), house.embeddings.current(owner)
    if workspace.sample is None or job is None or job.id != workspace.job:
        return None
    embedded = job.snapshot().embedded
    if embedded is None:
        return None
    return Ground(
        job.id, workspace.number, workspace.sample, workspace.template, workspace.cut_long, embedded, job.encoder
    )


def ask(house: Playground, owner: str, ground: Ground, text: str, *, max_characters: int | None = None) -> Asked:
    """Has the question encoded as the rows were; the same question is encoded once."""
    earlier = house.explorations.current(owner, ground.id).asked
    if earlier is not None and earlier.text == text:
        return earlier
    most = MAX_QUESTION_CHARACTERS if max_characters is None else max_characters

    def encode(call: Call) -> Vectors:
        if len(text) > most:
            raise BadRequestError(
                f"The question has {len(text):,} characters; at most {most:,} are read.", remedy="Shorten it."
            )
        return ground.encoder.encode_query(text, call)

    return house.explorations.ask(owner, ground.id, text, encode)


def topic_of(text: str, questions: Sequence[Query]) -> str | None:
    """What a suggested question is meant to find; None for one of the visitor's own."""
    wanted = text.strip().casefold()
    return next((query.topic for query in questions if query.text.casefold() == wanted), None)


def judged(ground: Ground, words: KeywordSearch) -> tuple[tuple[Precision, ...], tuple[Precision, ...]]:
    """How well the suggested questions find their topics among the rows of a judged ground: by meaning, by words."""
    questions = suggested()
    rows = Judged([str(topic) for topic in ground.answers], [str(it) for it in ground.sample.column(LANGUAGE)])
    asked = np.stack([ground.encoder.encode_query(question.text) for question in questions])

    def scores(text: str) -> Scores:
        found = np.zeros(len(rows.topics))
        for hit in words.find(text, len(rows.topics)):
            found[hit.row] = hit.score
        return found

    meaning = by_meaning(questions, asked, rows, ground.embedded.row_vectors())
    return meaning, by_words(questions, scores, rows)
