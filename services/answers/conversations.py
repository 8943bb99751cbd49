"""A conversation as a value: what is asked with, questions with the runs that answered them, and what is sent next."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from services.answers.context import Context
from services.answers.images import Image, content
from services.answers.runs import Run
from services.embedding.notes import Hit
from services.models.prices import estimate_tokens
from services.wire.types import Message, Sampling

NAME_CHARACTERS = 48
_LOOKED_AT = 500


def _new_id() -> str:
    return secrets.token_urlsafe(9)


@dataclass(frozen=True)
class Setup:
    """What a conversation is asked with. endpoint and model None: the default, whatever it is at the time.

    task is the id of one of Local's tasks; system is "" when there is none. schema is the JSON schema
    answers should fit, as it was typed; "": they are text. context are rows that go along with each
    new question.
    """

    endpoint: str | None = None
    model: str | None = None
    system: str = ""
    sampling: Sampling = Sampling()
    task: str | None = None
    context: Context | None = None
    schema: str = ""


@dataclass(frozen=True)
class Turn:
    """One question and the runs that answered it: regenerating adds a version, shown says which one counts.

    task is the id of a task of Local that shaped the request, None for free chat. notes are the bundled notes that
    answer the question; left_out counts earlier turns that did not fit into the request; context are the rows that were
    sent in front of it; images went along with it. more are runs that went on where one was cut off, each with the id
    of the version that it belongs to.
    """

    text: str
    runs: tuple[Run, ...]
    shown: int = 0
    task: str | None = None
    notes: tuple[Hit, ...] = ()
    left_out: int = 0
    context: Context | None = None
    images: tuple[Image, ...] = ()
    more: tuple[tuple[str, Run], ...] = ()
    id: str = field(default_factory=_new_id)

    @property
    def run(self) -> Run:
        return self.runs[self.shown]

    @property
    def parts(self) -> tuple[Run, ...]:
        """The run that is shown, and those that went on from it, in order."""
        first = self.run
        return (first, *(run for version, run in self.more if version == first.id))

    @property
    def said(self) -> str:
        """The answer that is shown, whole."""
        return "".join(run.text() for run in self.parts)

    def went_on(self, run: Run, version: str) -> Turn:
        return replace(self, more=(*self.more, (version, run)))

    def answered_again(self, run: Run) -> Turn:
        return replace(self, runs=(*self.runs, run), shown=len(self.runs))


@dataclass(frozen=True)
class Conversation:
    """title None: named after its first question. number tells those of one owner apart while the process lives.

    branch is another one after turns were taken back, so that what is asked in their place is not taken for the same.
    """

    turns: tuple[Turn, ...] = ()
    setup: Setup = Setup()
    id: str = field(default_factory=_new_id)
    title: str | None = None
    number: int = 0
    branch: str = field(default_factory=_new_id)

    @property
    def name(self) -> str:
        """On one line, at most NAME_CHARACTERS and an ellipsis."""
        if self.title is not None:
            return self.title
        words = " ".join(self.turns[0].text[:_LOOKED_AT].split()) if self.turns else "New conversation"
        return words if len(words) <= NAME_CHARACTERS else f"{words[:NAME_CHARACTERS].rstrip()}…"

    @property
    def live(self) -> bool:
        return any(run.live for turn in self.turns[-1:] for run in turn.parts)

    def with_turn(self, turn: Turn) -> Conversation:
        """Replaces the turn of the same id, or appends."""
        if any(kept.id == turn.id for kept in self.turns):
            return replace(self, turns=tuple(turn if kept.id == turn.id else kept for kept in self.turns))
        return replace(self, turns=(*self.turns, turn))

    def before(self, turn_id: str) -> Conversation:
        """The turns ahead of that one; all of them when it is not here."""
        ids = [turn.id for turn in self.turns]
        return replace(self, turns=self.turns[: ids.index(turn_id)] if turn_id in ids else self.turns)


def messages(
    turns: Iterable[Turn],
    text: str,
    *,
    system: str = "",
    budget_tokens: int | None = None,
    images: tuple[Image, ...] = (),
    sees: bool = True,
) -> tuple[tuple[Message, ...], int]:
    """The messages of the next request, and how many earlier turns did not fit into budget_tokens (newest kept).

    Turns without any answer text and turns of a task are left out: they are no conversation to go on from. Of earlier
    images a model that does not see gets the names.
    """
    head = (Message("system", system),) if system else ()
    question = Message("user", content(text, images))
    left = None if budget_tokens is None else budget_tokens - estimate_tokens((*head, question), "")
    usable = [turn for turn in turns if turn.task is None and turn.said]
    kept: list[Message] = []
    for position, turn in enumerate(reversed(usable)):
        asked = Message("user", content(turn.text, turn.images, sees=sees))
        pair = [asked, Message("assistant", turn.said)]
        if left is not None:
            left -= estimate_tokens(tuple(pair), "")
            if left < 0:
                return (*head, *kept, question), len(usable) - position
        kept = pair + kept
    return (*head, *kept, question), 0
