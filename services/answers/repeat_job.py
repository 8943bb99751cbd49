"""Repeating as one job: a line-up asked again and again, one call at a time, under a ceiling, until it is stopped."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal

from services.answers.repeats import LIVE, Plan, Sample, Snapshot, Stage
from services.answers.resilience import MEASURED
from services.answers.runs import Result, Run, Runs
from services.errors import ServiceError
from services.wire.types import ChatRequest, Message

WARM_UP = "Say one word."
WARM_UP_TOKENS = 8
_MARK_DIGITS = 8


@dataclass(frozen=True)
class Turn:
    """round None: the warm-up. position is the turn's place in the order of its round."""

    round: int | None
    position: int
    place: int


class Repeat:
    """One job. Everything readable is safe from any thread; only stop() changes anything.

    One call at a time, whatever the endpoints: two calls at once would share this machine's processor or one account's
    limits, and each would measure the other. In random order within a round, because whatever drifts meanwhile (load,
    time of day) then touches all panels alike.
    """

    def __init__(
        self,
        owner: str,
        plan: Plan,
        runs: Runs,
        *,
        give_up_after: int,
        max_pause_s: float,
        clock_s: Callable[[], float],
    ) -> None:
        self.id = secrets.token_urlsafe(9)
        self._owner, self._plan, self._runs = owner, plan, runs
        self._give_up_after, self._max_pause_s, self._clock_s = give_up_after, max_pause_s, clock_s
        self._chance = random.Random(plan.seed)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._run: Run | None = None
        self._samples: list[Sample] = []
        self._failed_in_a_row = [0] * len(plan.asked)
        self._dearest_usd = [Decimal(0)] * len(plan.asked)
        self._spent_usd, self._began_s = Decimal(0), clock_s()
        self._problem: ServiceError | None = None
        self._stage: Stage = "warming up"
        self._future: Future[None] | None = None

    @property
    def live(self) -> bool:
        return self._stage in LIVE and (self._future is None or not self._future.done())

    def snapshot(self) -> Snapshot:
        """Raises what the worker raised, if that was a defect of ours."""
        if self._future is not None and self._future.done():
            self._future.result()
        with self._lock:
            samples = tuple(self._samples)
            return Snapshot(self._plan, self._stage, samples, self._spent_usd, self._left_s(), self._problem)

    def stop(self) -> None:
        """Ends the call under way and asks nothing more; what is done stays. Returns at once."""
        with self._lock:
            self._stopped.set()
            if self._run is not None:
                self._run.stop()

    def wait(self, timeout_s: float) -> Snapshot:
        """Blocks until the job has ended. Raises TimeoutError."""
        assert self._future is not None
        self._future.result(timeout_s)
        return self.snapshot()

    def begin(self, workers: ThreadPoolExecutor) -> None:
        self._future = workers.submit(self._work)

    def _work(self) -> None:
        try:
            stage = self._through()
        finally:
            with self._lock:
                self._plan = self._plan.keyless()
        with self._lock:
            self._stage = stage

    def _through(self) -> Stage:
        """Asks turn after turn until all are done or something ends the job before; returns how it ended."""
        for turn in self._turns():
            if self._past_ceiling(turn.place):
                return "ceiling"
            try:
                run = self._ask(turn)
            except ServiceError as problem:
                # Without its traceback, whose frames hold a key.
                self._problem = problem.with_traceback(None)
                return "failing"
            result = None if run is None else run.wait(threading.TIMEOUT_MAX)
            if run is not None and result is not None:
                self._keep(turn, run, result)
            if self._stopped.is_set():
                return "stopped"
            if self._gave_up(turn.place):
                return "failing"
        return "done"

    def _turns(self) -> Iterator[Turn]:
        """One warm-up of each panel, which counts for nothing, then the rounds."""
        for place in range(len(self._plan.asked)):
            yield Turn(None, place, place)
        with self._lock:
            self._stage, self._began_s = "repeating", self._clock_s()
        for number in range(self._plan.rounds):
            order = list(range(len(self._plan.asked)))
            self._chance.shuffle(order)
            for position, place in enumerate(order):
                yield Turn(number, position, place)

    def _past_ceiling(self, place: int) -> bool:
        """Whether the next call could cost more than is left; a simulated one costs nothing.

        The bound rests on an estimate of the prompt: where a call of the same panel cost more, that one counts.
        """
        asked, ceiling = self._plan.asked[place], self._plan.ceiling_usd
        if ceiling is None or asked.simulated:
            return False
        return asked.most_usd is None or self._spent_usd + max(asked.most_usd, self._dearest_usd[place]) > ceiling

    def _ask(self, turn: Turn) -> Run | None:
        """None once stopped. Raises OverloadedError."""
        asked = self._plan.asked[turn.place]
        mark = f"{self._chance.getrandbits(4 * _MARK_DIGITS):0{_MARK_DIGITS}x}"
        request = asked.request if turn.round is not None else _warm_up(asked.request)
        if self._plan.nonce:
            request = marked(request, mark)
        with self._lock:
            if self._stopped.is_set():
                return None
            self._run = self._runs.start(
                self._owner,
                asked.endpoint,
                request,
                message_id=f"{self.id}.{turn.round}.{turn.place}",
                price=asked.price,
                policy=MEASURED,
            )
            return self._run

    def _keep(self, turn: Turn, run: Run, result: Result) -> None:
        asked = self._plan.asked[turn.place]
        with self._lock:
            if not asked.simulated:
                # What a stopped call cost may be unknown: its bound stands in, so that the ceiling holds.
                known = asked.most_usd if result.cost_usd is None else result.cost_usd
                cost = Decimal(0) if known is None else known
                self._spent_usd += cost
                self._dearest_usd[turn.place] = max(self._dearest_usd[turn.place], cost)
            if turn.round is None or result.state == "stopped":
                return
            sample = Sample(turn.round, turn.place, turn.position, run.started_at, result)
            self._samples.append(sample)
            self._failed_in_a_row[turn.place] = self._failed_in_a_row[turn.place] + 1 if sample.failed else 0
        if result.error is not None and result.error.retry_after_s is not None:
            self._stopped.wait(min(result.error.retry_after_s, self._max_pause_s))

    def _gave_up(self, place: int) -> bool:
        if self._failed_in_a_row[place] < self._give_up_after:
            return False
        self._problem = next(sample.result.error for sample in reversed(self._samples) if sample.place == place)
        return True

    def _left_s(self) -> float | None:
        done, calls = len(self._samples), self._plan.rounds * len(self._plan.asked)
        if done == 0 or self._stage != "repeating":
            return None
        return (self._clock_s() - self._began_s) / done * (calls - done)


def _warm_up(request: ChatRequest) -> ChatRequest:
    """Another prompt, so that what it leaves in a cache helps no counted call."""
    limit = request.sampling.max_tokens
    short = WARM_UP_TOKENS if limit is None else min(WARM_UP_TOKENS, limit)
    return replace(request, messages=(Message("user", WARM_UP),), sampling=replace(request.sampling, max_tokens=short))


def marked(request: ChatRequest, mark: str = "0" * _MARK_DIGITS) -> ChatRequest:
    """Prompt caches match from the first token on, so the mark stands in front of everything."""
    first, *others = request.messages
    return replace(request, messages=(replace(first, content=f"[{mark}] {first.content}"), *others))
