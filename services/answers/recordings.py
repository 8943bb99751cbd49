"""Recordings: a finished comparison with the time of every piece of text, kept for each owner, to be played again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from urllib.parse import urlsplit

from services.answers.comparisons import LETTERS, Comparison
from services.answers.runs import Result, Run, State
from services.answers.timing import timing
from services.endpoints import Endpoint, Kind
from services.errors import BadRequestError, ServiceError
from services.models.prices import Price
from services.per_owner import PerOwner
from services.wire.types import Answer, Channel, ChatRequest, Choice, Chunk, Sampling, Usage

MAX_KEPT = 20
_PER_CHUNK_BYTES = 150
_ADDRESS = re.compile(r"\bhttps?://[^\s\"'<>]+", re.IGNORECASE)


@dataclass(frozen=True)
class RecordedPanel:
    """One answer. t_ns of its chunks counts from sending; no key and no address is part of it.

    usage is our estimate where estimated is True; error and remedy are sentences. ended_ns is when it failed or was
    stopped, from sending too; None where it ended with its text.
    """

    letter: str
    endpoint: str
    kind: Kind
    model: str
    served_model: str | None
    sampling: Sampling
    chunks: tuple[Chunk, ...]
    state: State
    usage: Usage
    estimated: bool
    finish_reason: str | None = None
    price: Price | None = None
    cost_usd: Decimal | None = None
    attempts: int = 1
    error: str | None = None
    remedy: str | None = None
    ended_ns: int | None = None

    @property
    def source(self) -> Endpoint:
        """Who answered, without the way there."""
        return Endpoint(self.endpoint, self.kind, "")

    @property
    def end_ns(self) -> int:
        last_ns = self.chunks[-1].t_ns if self.chunks else 0
        return last_ns if self.ended_ns is None else max(last_ns, self.ended_ns)

    def text(self, channel: Channel = "answer") -> str:
        return "".join(chunk.text for chunk in self.chunks if chunk.channel == channel)

    @cached_property
    def result(self) -> Result:
        """The figures as they were then: latency from the recorded times, cost as it was computed."""
        counted = None if self.estimated else self.usage
        choice = Choice(self.text(), self.text("reasoning"), self.finish_reason)
        return Result(
            state=self.state,
            answer=Answer(self.served_model, (choice,), counted),
            timing=timing(self.chunks, 0, counted),
            usage=self.usage,
            estimated=self.estimated,
            cost_usd=self.cost_usd,
            attempts=self.attempts,
            error=None if self.error is None else ServiceError(self.error, remedy=self.remedy or ""),
        )


@dataclass(frozen=True)
class Recording:
    """Of two to four panels. recorded_at is when the first of them was asked, in UTC."""

    prompt: str
    system: str
    panels: tuple[RecordedPanel, ...]
    recorded_at: datetime
    app_version: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @cached_property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        pieces = [chunk.text for panel in self.panels for chunk in panel.chunks]
        return len(self.prompt) + len(self.system) + sum(map(len, pieces)) + _PER_CHUNK_BYTES * len(pieces)

    @property
    def end_ns(self) -> int:
        return max(panel.end_ns for panel in self.panels)


def record(comparison: Comparison, *, app_version: str) -> Recording:
    """Raises BadRequestError unless every panel has its answer, be it a failure, to one and the same prompt."""
    answered: list[tuple[Run, Result]] = []
    for place, letter in enumerate(LETTERS[: len(comparison.panels)]):
        run = comparison.run_at(place)
        result = None if run is None else run.result
        if run is None or result is None:
            raise BadRequestError(f"{letter} has no finished answer yet.", remedy="Run it, stop it, or remove it.")
        answered.append((run, result))
    system, prompt = _asked([run for run, _ in answered])
    return Recording(
        prompt=prompt,
        system=system,
        panels=tuple(_panel(letter, run, result) for letter, (run, result) in zip(LETTERS, answered, strict=False)),
        recorded_at=min(run.started_at for run, _ in answered),
        app_version=app_version,
    )


def _asked(runs: list[Run]) -> tuple[str, str]:
    """(system, prompt) as they were sent: what stands on the page may have been edited since."""
    sent = [run.request.messages if isinstance(run.request, ChatRequest) else () for run in runs]
    system = [message.content for message in sent[0] if message.role == "system"]
    turns = [message.content for message in sent[0] if message.role != "system"]
    if any(messages != sent[0] for messages in sent) or len(turns) != 1:
        raise BadRequestError("A recording is of one prompt; these panels went on.", remedy="Press Run all, then keep.")
    return "".join(map(str, system)), str(turns[0])


def recordable(comparison: Comparison) -> bool:
    return all(
        (run := comparison.run_at(place)) is not None and not run.live for place in range(len(comparison.panels))
    )


def _panel(letter: str, run: Run, result: Result) -> RecordedPanel:
    error, endpoint = result.error, run.endpoint
    return RecordedPanel(
        letter=letter,
        endpoint=endpoint.name,
        kind=endpoint.kind,
        model=run.request.model,
        served_model=result.answer.model,
        sampling=run.request.sampling,
        chunks=tuple(replace(chunk, t_ns=max(0, chunk.t_ns - run.sent_ns)) for chunk in run.chunks()),
        state=result.state,
        usage=result.usage,
        estimated=result.estimated,
        finish_reason=result.answer.finish_reason,
        price=run.price,
        cost_usd=result.cost_usd,
        attempts=result.attempts,
        error=None if error is None else _without_address(error.message, endpoint),
        remedy=None if error is None else _without_address(error.remedy, endpoint),
        ended_ns=_ended_ns(run, result),
    )


def _ended_ns(run: Run, result: Result) -> int | None:
    if result.state == "done" or run.ended_ns is None:
        return None
    return max(0, run.ended_ns - run.sent_ns)


def _without_address(sentence: str, endpoint: Endpoint) -> str:
    """Hosts are named in errors; a file that is passed on names the endpoint instead."""
    sentence = _ADDRESS.sub("(address)", sentence)
    parts = urlsplit(endpoint.base_url)
    for address in (parts.netloc, parts.hostname):
        if address:
            sentence = sentence.replace(address, endpoint.name)
    return sentence


class Recordings:
    """What each owner kept, the newest first; of more than max_each, or max_bytes_each in all, the oldest go."""

    def __init__(self, *, max_each: int = MAX_KEPT, max_bytes_each: int = 60_000_000, max_owners: int = 30) -> None:
        self._max_each, self._max_bytes_each = max_each, max_bytes_each
        self._kept: PerOwner[tuple[Recording, ...]] = PerOwner(tuple, max_owners=max_owners)

    def of(self, owner: str) -> tuple[Recording, ...]:
        return self._kept.get(owner)

    def keep(self, owner: str, recording: Recording) -> Recording:
        """Puts it first, and returns it; one that is kept already only moves there."""
        self._change(owner, lambda kept: (recording, *(other for other in kept if other.id != recording.id)))
        return recording

    def forget(self, owner: str, recording_id: str) -> Recording | None:
        """Returns what it took out, so that it can be put back."""
        found = next((kept for kept in self.of(owner) if kept.id == recording_id), None)
        self._change(owner, lambda kept: tuple(other for other in kept if other.id != recording_id))
        return found

    def _change(self, owner: str, change: Callable[[tuple[Recording, ...]], tuple[Recording, ...]]) -> None:
        self._kept.update(owner, lambda kept: self._fitting(change(kept)))

    def _fitting(self, kept: tuple[Recording, ...]) -> tuple[Recording, ...]:
        """The newest always."""
        sizes = accumulate(each.size_bytes for each in kept[: self._max_each])
        return kept[: max(1, sum(size <= self._max_bytes_each for size in sizes))]
