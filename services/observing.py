"""From finished runs to what is observed of models: which answers count, and which do not."""

from __future__ import annotations

from collections.abc import Callable

from services.answers.runs import Result, Run
from services.models.observed import Observations


def observer(observations: Observations) -> Callable[[Run, Result], None]:
    """Keeps the figures of answers that came whole, or as long as they were let, at the first attempt."""

    def observe(run: Run, result: Result) -> None:
        if result.error is not None or result.state not in ("done", "cut off") or result.attempts != 1:
            return
        observations.add(
            run.endpoint,
            run.request.model,
            wait_s=result.timing.wait_s,
            writing_per_s=result.timing.writing_per_s,
            at=run.started_at,
        )

    return observe
