"""The repeat job of each owner: one at a time for him, a bounded number for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from services.answers.comparisons import LETTERS
from services.answers.repeat_job import Repeat
from services.answers.repeats import Plan
from services.answers.runs import Runs
from services.errors import BadRequestError, OverloadedError
from services.per_owner import PerOwner


class Repeats:
    """The job of each owner; None before he began one. A new one replaces one that has ended."""

    def __init__(
        self,
        runs: Runs,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        max_live: int = 4,
        max_owners: int = 500,
        give_up_after: int = 3,
        max_pause_s: float = 30.0,
    ) -> None:
        """give_up_after failures of one panel in a row end a job; a server's wish to wait is kept up to max_pause_s."""
        self._runs, self._clock_s, self._max_live = runs, clock_s, max_live
        self._give_up_after, self._max_pause_s = give_up_after, max_pause_s
        self._kept: PerOwner[Repeat | None] = PerOwner(lambda: None, max_owners=max_owners)
        self._lock = threading.Lock()
        self._live: list[Repeat] = []
        self._workers = ThreadPoolExecutor(max_live, thread_name_prefix="repeat")

    def current(self, owner: str) -> Repeat | None:
        return self._kept.get(owner)

    def start(self, owner: str, plan: Plan) -> Repeat:
        """Raises BadRequestError where no ceiling can be held or a job is under way, OverloadedError at max_live."""
        _check(plan)
        with self._lock:
            self._live = [job for job in self._live if job.live]
            earlier = self._kept.get(owner)
            if earlier is not None and earlier.live:
                raise BadRequestError("Repeats are under way already.", remedy="Wait for them, or press Stop.")
            if len(self._live) >= self._max_live:
                raise OverloadedError(
                    f"{self._max_live} people repeat comparisons now.", remedy="Wait until one of them is done."
                )
            job = Repeat(
                owner,
                plan,
                self._runs,
                give_up_after=self._give_up_after,
                max_pause_s=self._max_pause_s,
                clock_s=self._clock_s,
            )
            job.begin(self._workers)
            self._live.append(job)
            self._kept.update(owner, lambda _: job)
            return job

    def close(self) -> None:
        """Stops every job and waits for the threads."""
        with self._lock:
            for job in self._live:
                job.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)


def _check(plan: Plan) -> None:
    if plan.ceiling_usd is None:
        return
    for place, asked in enumerate(plan.asked):
        if asked.most_usd is None and not asked.simulated:
            raise BadRequestError(
                f"The price of {LETTERS[place]} is not known, so no ceiling can be held.",
                remedy="Leave the ceiling empty, or pick a model with a price.",
            )
