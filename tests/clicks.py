"""Many clicks at the same moment, as impatient people and several tabs make them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from services.answers.runs import Run
from services.errors import BadRequestError

CLICKS = 8


def runs_of_clicks(ask: Callable[[], Run]) -> set[Run]:
    """What ask started when it was called from CLICKS threads at once; a refusal starts nothing. All are stopped."""
    together = threading.Barrier(CLICKS, timeout=10)

    def click(_: int) -> Run | None:
        together.wait()
        try:
            return ask()
        except BadRequestError:
            return None

    with ThreadPoolExecutor(CLICKS) as clicks:
        made = {run for run in clicks.map(click, range(CLICKS)) if run is not None}
    for run in made:
        run.stop()
        run.wait(10)
    return made
