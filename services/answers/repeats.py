"""What repeating gave: one sample per finished call, and the figures of each panel and of each pair made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Literal

from services.answers.comparisons import LETTERS
from services.answers.runs import Result
from services.answers.statistics import Estimate, median
from services.answers.verdicts import METRICS, MetricName, Verdict, verdict
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.models.prices import Price
from services.wire.types import ChatRequest

Stage = Literal["warming up", "repeating", "done", "stopped", "ceiling", "failing"]

LIVE: frozenset[Stage] = frozenset({"warming up", "repeating"})


@dataclass(frozen=True)
class Asked:
    """One panel as it is repeated. most_usd bounds one of its calls; None where the price is unknown."""

    endpoint: Endpoint
    request: ChatRequest
    price: Price | None
    most_usd: Decimal | None

    @property
    def simulated(self) -> bool:
        return self.endpoint.word == "simulated"


@dataclass(frozen=True)
class Plan:
    """rounds times every panel, in an order drawn anew for each round from seed; nonce: each prompt begins uniquely.

    ceiling_usd bounds what real endpoints may cost together; None: no bound.
    """

    asked: tuple[Asked, ...]
    rounds: int
    nonce: bool
    ceiling_usd: Decimal | None
    seed: int

    def keyless(self) -> Plan:
        return replace(self, asked=tuple(replace(each, endpoint=each.endpoint.keyless()) for each in self.asked))


@dataclass(frozen=True)
class Sample:
    """One finished call. round and place count from 0; position is its turn within the round."""

    round: int
    place: int
    position: int
    started_at: datetime
    result: Result

    @property
    def failed(self) -> bool:
        """Gave no whole answer: refused, or broken off by anything but max_tokens."""
        return self.result.error is not None or self.result.state == "failed"


@dataclass(frozen=True)
class Snapshot:
    """A job as it stands. calls counts finished counted calls, left_s is about how long the rest takes.

    spent_usd is what real endpoints cost so far, warm-ups included; where a cost is unknown, its bound.
    """

    plan: Plan
    stage: Stage
    samples: tuple[Sample, ...]
    spent_usd: Decimal
    left_s: float | None
    problem: ServiceError | None = None

    @property
    def live(self) -> bool:
        return self.stage in LIVE

    @property
    def calls(self) -> int:
        return self.plan.rounds * len(self.plan.asked)

    @property
    def rounds_done(self) -> int:
        """Rounds in which every panel was asked."""
        counts = [sum(sample.round == index for sample in self.samples) for index in range(self.plan.rounds)]
        return sum(count == len(self.plan.asked) for count in counts)

    def of(self, place: int) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples if sample.place == place)


@dataclass(frozen=True)
class PanelFigures:
    """medians of the calls that answered; failed and cut_off of the calls that were asked."""

    place: int
    asked: int
    failed: int
    cut_off: int
    medians: dict[MetricName, Estimate | None]


@dataclass(frozen=True)
class PairVerdict:
    places: tuple[int, int]
    metric: MetricName
    simulated: bool
    verdict: Verdict


def figure(sample: Sample, metric: MetricName) -> float | None:
    """None for a failed call and where the answer was too short to say."""
    result = sample.result
    if sample.failed:
        return None
    if metric == "cost":
        return None if result.cost_usd is None else float(result.cost_usd)
    timing = result.timing
    return {"wait": timing.wait_s, "total": timing.total_s, "tokens/s": timing.writing_per_s}[metric]


def series(snapshot: Snapshot, place: int, metric: MetricName) -> list[float | None]:
    """One value for each round that was begun; None where this panel gave none."""
    begun = max((sample.round + 1 for sample in snapshot.samples), default=0)
    values: list[float | None] = [None] * begun
    for sample in snapshot.of(place):
        values[sample.round] = figure(sample, metric)
    return values


def panel_figures(snapshot: Snapshot) -> list[PanelFigures]:
    return [_panel(snapshot, place) for place in range(len(snapshot.plan.asked))]


def pair_verdicts(snapshot: Snapshot) -> list[PairVerdict]:
    """Each pair of panels by each metric. Of two free models nothing is said about cost."""
    found = []
    for pair in combinations(range(len(snapshot.plan.asked)), 2):
        names = (LETTERS[pair[0]], LETTERS[pair[1]])
        simulated = any(snapshot.plan.asked[place].simulated for place in pair)
        for metric in METRICS:
            a, b = (series(snapshot, place, metric.name) for place in pair)
            if _anything(a, b, metric.name):
                found.append(PairVerdict(pair, metric.name, simulated, verdict(a, b, metric, names)))
    return found


def _panel(snapshot: Snapshot, place: int) -> PanelFigures:
    samples = snapshot.of(place)
    medians = {
        metric.name: median([value for value in series(snapshot, place, metric.name) if value is not None])
        for metric in METRICS
    }
    return PanelFigures(
        place=place,
        asked=len(samples),
        failed=sum(sample.failed for sample in samples),
        cut_off=sum(sample.result.state == "cut off" and not sample.failed for sample in samples),
        medians=medians,
    )


def _anything(a: Sequence[float | None], b: Sequence[float | None], metric: MetricName) -> bool:
    """Whether there is something to say: a figure on either side, and for cost one that is not free."""
    known = [value for value in (*a, *b) if value is not None]
    return any(known) if metric == "cost" else bool(known)
