"""A finished answer that comes from a file: it stands wherever a run stands, with its figures as they were."""

from __future__ import annotations

from datetime import datetime

from services.answers.runs import Request, Result, Run
from services.endpoints import Endpoint
from services.models.prices import Price


class KeptRun(Run):
    """Nothing runs, and the times of its chunks are gone: text, reasoning and figures stay. endpoint has no address."""

    def __init__(
        self,
        run_id: str,
        endpoint: Endpoint,
        request: Request,
        price: Price | None,
        result: Result,
        started_at: datetime,
    ) -> None:
        super().__init__("", endpoint, request, price, lambda: 0)
        self.id, self.started_at = run_id, started_at
        self._result = result
        self._text |= {"answer": result.answer.text, "reasoning": result.answer.reasoning}

    @property
    def live(self) -> bool:
        return False

    @property
    def result(self) -> Result:
        return self._result

    def elapsed_s(self) -> float:
        total_s = self._result.timing.total_s
        return 0.0 if total_s is None else total_s

    def wait(self, timeout_s: float) -> Result:
        return self._result
