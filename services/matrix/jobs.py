"""The matrix of each owner: one at a time for him, a bounded number for all."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.errors import BadRequestError, OverloadedError
from services.matrix.checks import Check, check_rules
from services.matrix.forecast import check_confirmed, forecast
from services.matrix.job import DEFAULT_LIMITS, Limits, Matrix
from services.matrix.lanes import Place
from services.matrix.limited import LimitedJudge
from services.matrix.plans import Plan
from services.per_owner import PerOwner
from services.tables.source import Sample


class Matrices:
    """The job of each owner; None before he began one. A new one replaces one that has ended."""

    def __init__(
        self, runs: Runs, *, limits: Limits = DEFAULT_LIMITS, max_live: int = 4, max_owners: int = 200
    ) -> None:
        self._runs, self._limits, self._max_live = runs, limits, max_live
        self._kept: PerOwner[Matrix | None] = PerOwner(lambda: None, max_owners=max_owners)
        self._lock = threading.Lock()
        self._live: list[Matrix] = []
        self._judge = LimitedJudge(limit_s=limits.judge_s)
        # One more for each job: judging anew by other checks.
        self._workers = ThreadPoolExecutor(max_live * (limits.max_lanes + 1), thread_name_prefix="matrix")

    def current(self, owner: str) -> Matrix | None:
        return self._kept.get(owner)

    def known(self, owner: str) -> Matrix:
        """Raises BadRequestError before he began one."""
        job = self._kept.get(owner)
        if job is None:
            raise BadRequestError("There is no matrix here.", remedy="Choose rows and models, and ask.")
        return job

    def start(self, owner: str, plan: Plan, *, checks: Sequence[Check] = (), confirmed: bool = False) -> Matrix:
        """Raises BadRequestError where the cost must be confirmed, a check is wrong, or a matrix is under way.

        Raises OverloadedError where max_live are under way for others. What was forecast is then the
        ceiling; where a price is unknown and that was confirmed, there is none.
        """
        cost = forecast(plan)
        check_confirmed(cost, confirmed=confirmed)
        check_rules(checks, plan.sample, self._judge)
        with self._lock:
            self._check_free(owner)
            job = Matrix(owner, plan, self._runs, self._judge, checks=tuple(checks), limits=self._limits)
            job.begin(self._workers, plan.places, plan.endpoints, cost.total_usd)
            self._live.append(job)
            self._kept.update(owner, lambda _: job)
            return job

    def again(
        self, owner: str, places: Iterable[Place], endpoints: Sequence[Endpoint], *, confirmed: bool = False
    ) -> Matrix:
        """Asks cells of the owner's matrix once more, by line and place; the new answer takes the place of the old.

        endpoints, one for each model, are those asked before as they are now: of their keys the matrix keeps none.
        Raises as start() does, and BadRequestError where there is no matrix or no such cell.
        """
        job = self.known(owner)
        wanted = tuple(dict.fromkeys(places))
        cost = forecast(job.plan, wanted)
        check_confirmed(cost, confirmed=confirmed)
        with self._lock:
            self._check_free(owner)
            job.begin(self._workers, wanted, endpoints, cost.total_usd)
            self._live.append(job)
            return job

    def check(self, owner: str, checks: Sequence[Check]) -> Matrix:
        """Judges the answers of the owner's matrix by other checks. Raises BadRequestError for a wrong check."""
        job = self.known(owner)
        check_rules(checks, job.plan.sample, self._judge)
        job.check(self._workers, tuple(checks))
        return job

    def check_rules(self, checks: Sequence[Check], sample: Sample) -> None:
        """Raises BadRequestError, in one sentence, for a check that cannot judge any answer."""
        check_rules(checks, sample, self._judge)

    def close(self) -> None:
        """Stops every job and waits for the threads."""
        with self._lock:
            for job in self._live:
                job.stop()
        self._judge.close()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _check_free(self, owner: str) -> None:
        self._live = [job for job in self._live if job.live]
        earlier = self._kept.get(owner)
        if earlier is not None and earlier.live:
            raise BadRequestError("A matrix is being asked already.", remedy="Wait for it, or press Stop.")
        if len(self._live) >= self._max_live:
            raise OverloadedError(
                f"{self._max_live} people ask matrices now.", remedy="Wait until one of them is done."
            )
