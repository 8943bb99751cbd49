"""The matrix as one job: cell after cell is asked in threads of its own, whoever looks on, until all are done."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent import futures
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from services.answers.resilience import MEASURED
from services.answers.runs import Result, Run, Runs
from services.endpoints import Endpoint
from services.errors import OverloadedError, ServiceError
from services.matrix.cells import Cell, Snapshot, Stage
from services.matrix.checks import Check
from services.matrix.forecast import bound_usd
from services.matrix.judging import Judgement, Judging
from services.matrix.lanes import Place, lanes, queues
from services.matrix.limited import LimitedJudge
from services.matrix.plans import Plan
from services.matrix.purse import Purse


@dataclass(frozen=True)
class Limits:
    """give_up_after failures of one model in a row leave its other cells unasked.

    A server's wish to wait is kept up to max_pause_s; busy_pause_s is how long to wait where the owner has too many
    answers under way elsewhere, judge_s how long judging one answer by one rule may take.
    """

    max_lanes: int = 6
    local_lanes: int = 1
    other_lanes: int = 4
    give_up_after: int = 3
    max_pause_s: float = 30.0
    busy_pause_s: float = 0.2
    judge_s: float = 1.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class _Judged:
    """A judgement holds for the answer it was made of and the checks it was made by, and for no others."""

    run: Run
    checks: tuple[Check, ...]
    judgement: Judgement


class Matrix:
    """One job. Everything readable is safe from any thread. What was asked is what is measured: no cell is retried."""

    def __init__(
        self,
        owner: str,
        plan: Plan,
        runs: Runs,
        judge: LimitedJudge,
        *,
        checks: tuple[Check, ...] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.id = secrets.token_urlsafe(9)
        self.plan = plan = plan.keyless()
        self._owner, self._runs, self._limits = owner, runs, limits
        self._lock = threading.Lock()
        self._purse = Purse()
        self._endpoints: tuple[Endpoint, ...] = ()
        self._found: dict[Place, Run] = {}
        self._checks, self._judging = checks, Judging(plan, judge)
        self._judged: dict[Place, _Judged] = {}
        self._asked = 0
        self._queues: dict[str, deque[Place]] = {}
        self._waiting: set[Place] = set()
        self._failed_in_a_row: dict[int, int] = {}
        self._problems: dict[int, ServiceError] = {}
        self._ceiling_hit = False
        self._stopped = threading.Event()
        self._lanes: list[Future[None]] = []
        self._rejudging: Future[None] | None = None

    @property
    def live(self) -> bool:
        return any(not lane.done() for lane in self._lanes)

    @property
    def spent_usd(self) -> Decimal:
        with self._lock:
            return self._purse.spent_usd

    def snapshot(self) -> Snapshot:
        """Raises what a worker raised, if that was a defect of ours."""
        for work in (*self._lanes, *([] if self._rejudging is None else [self._rejudging])):
            if work.done() and not work.cancelled():
                work.result()
        with self._lock:
            cells = tuple(map(self._cell, self.plan.places))
            problems = tuple(sorted(self._problems.items()))
            return Snapshot(self.plan, self._stage(), cells, self._purse.spent_usd, problems, self._checks)

    def stop(self) -> None:
        """Ends the calls under way and asks nothing more; what is done stays. Returns at once."""
        with self._lock:
            self._stopped.set()
            self._waiting.clear()
            runs = [run for run in self._found.values() if run.live]
        for run in runs:
            run.stop()

    def wait(self, timeout_s: float) -> Snapshot:
        """Blocks until the job has ended. Raises TimeoutError."""
        if futures.wait(self._lanes, timeout_s).not_done:
            raise TimeoutError
        return self.snapshot()

    def check(self, workers: futures.Executor, checks: tuple[Check, ...]) -> None:
        """Judges all answers by these checks instead, those that are there and those to come; nothing is asked anew."""
        with self._lock:
            self._checks = checks
            found = list(self._found.items())
        self._rejudging = workers.submit(self._judge_all, found)

    def begin(
        self,
        workers: futures.Executor,
        places: Iterable[Place],
        endpoints: Sequence[Endpoint],
        allowed_usd: Decimal | None,
    ) -> None:
        """Asks those cells, some perhaps again. allowed_usd bounds what that may cost; None: no bound.

        endpoints, one for each of the plan's models, are with their keys, which are forgotten with the last cell.
        """
        limits = self._limits
        with self._lock:
            self._endpoints = tuple(endpoints)
            self._purse.allow(allowed_usd)
            self._stopped.clear()
            self._ceiling_hit = False
            self._failed_in_a_row, self._problems = {}, {}
            self._queues = queues(self.plan, places)
            self._waiting = {place for queue in self._queues.values() for place in queue}
            sizes = [(name, len(queue), self._is_local(queue[0])) for name, queue in self._queues.items()]
            counts = lanes(sizes, most=limits.max_lanes, local=limits.local_lanes, other=limits.other_lanes)
            names = [name for name, count in counts.items() for _ in range(count)]
            self._lanes = [workers.submit(self._lane, name) for name in names]
        # Not before the lock is free: of one that is done already it is called at once.
        for lane in tuple(self._lanes):
            lane.add_done_callback(self._forget_keys)

    def _forget_keys(self, _: Future[None]) -> None:
        with self._lock:
            if not self.live:
                self._endpoints = ()

    def _lane(self, name: str) -> None:
        """Asks cell after cell of one endpoint until none waits."""
        while (place := self._next(name)) is not None:
            free = self.plan.entrants[place[1]].free
            self._through(place, Decimal(0) if free else bound_usd(self.plan, *place))

    def _next(self, name: str) -> Place | None:
        with self._lock:
            queue = self._queues[name]
            while queue and queue[0] not in self._waiting:
                queue.popleft()
            return queue.popleft() if queue else None

    def _through(self, place: Place, bound: Decimal | None) -> None:
        with self._lock:
            if not self._purse.take(bound):
                self._waiting.discard(place)
                self._ceiling_hit = True
                return
        run = self._start(place)
        result = None if run is None else run.wait(threading.TIMEOUT_MAX)
        with self._lock:
            free = run is None or self.plan.entrants[place[1]].free
            self._purse.settle(bound, Decimal(0) if free or result is None else result.cost_usd)
            if result is not None:
                self._count(place[1], result)
        if run is not None:
            self._judge(place, run)
        if result is not None and result.error is not None and result.error.retry_after_s is not None:
            self._stopped.wait(min(result.error.retry_after_s, self._limits.max_pause_s))

    def _start(self, place: Place) -> Run | None:
        """None once stopped. Where the owner has too many answers under way elsewhere, waits until one is done."""
        while True:
            with self._lock:
                if place not in self._waiting:
                    return None
                with suppress(OverloadedError):
                    return self._sent(place)
            self._stopped.wait(self._limits.busy_pause_s)

    def _sent(self, place: Place) -> Run:
        entrant = self.plan.entrants[place[1]]
        run = self._runs.start(
            self._owner,
            self._endpoints[place[1]],
            self.plan.request(*place),
            message_id=f"{self.id}.{self._asked}",
            price=entrant.price,
            policy=MEASURED,
        )
        self._asked += 1
        self._found[place] = run
        self._waiting.discard(place)
        return run

    def _judge_all(self, found: Iterable[tuple[Place, Run]]) -> None:
        for place, run in found:
            if not run.live:
                self._judge(place, run)

    def _judge(self, place: Place, run: Run) -> None:
        """By the checks that are set, and again where they were set anew meanwhile."""
        while True:
            with self._lock:
                cell, checks, known = self._seen(place, run), self._checks, self._judged.get(place)
            if self._found[place] is not run or not cell.answered or cell.judgement is not None:
                return
            grounding = known.judgement.grounding if known is not None and known.run is run else None
            made = self._judging.judgement(place[0], cell.text, checks, grounding)
            with self._lock:
                self._judged[place] = _Judged(run, checks, made)

    def _count(self, place: int, result: Result) -> None:
        """Gives a model up that only fails: its other cells are left unasked."""
        if result.state == "stopped":
            return
        failed = self._failed_in_a_row.get(place, 0) + 1 if result.error is not None else 0
        self._failed_in_a_row[place] = failed
        if result.error is not None and failed >= self._limits.give_up_after:
            self._problems[place] = result.error
            self._waiting = {waiting for waiting in self._waiting if waiting[1] != place}

    def _stage(self) -> Stage:
        if self.live:
            return "asking"
        if self._stopped.is_set():
            return "stopped"
        return "ceiling" if self._ceiling_hit else "failing" if self._problems else "done"

    def _cell(self, at: Place) -> Cell:
        run = self._found.get(at)
        if at in self._waiting:
            return Cell(*at, state="queued")
        return Cell(*at) if run is None else self._seen(at, run)

    def _seen(self, at: Place, run: Run) -> Cell:
        # The result first: a run that ends between the two reads has all of its text by then.
        result = run.result
        state = run.state if result is None else result.state
        found = self._judged.get(at)
        is_current = found is not None and found.run is run and found.checks is self._checks
        judgement = found.judgement if found is not None and is_current else None
        return Cell(*at, state, run.text(), run.started_at, result, judgement)

    def _is_local(self, at: Place) -> bool:
        return self.plan.entrants[at[1]].endpoint.kind == "local"
