"""Records the comparison that Home plays, with the bundled model: python -m scripts.record_demo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from services.answers.comparisons import Comparison, Panel
from services.answers.recording_files import to_json
from services.answers.recordings import record
from services.answers.resilience import MEASURED
from services.comparing import request_of
from services.playground import Playground, project_root
from services.recording import BUNDLED, app_version
from services.settings import LOCAL, load
from services.wire.types import Sampling

PROMPT = "Write a checklist for the maintenance of a pump: eight points, each with one sentence on why."
TEMPERATURES = (0.2, 1.0)
MAX_TOKENS = 400
ANSWER_TIMEOUT_S = 120
OWNER = "recorder"


def main() -> int:
    comparison = Comparison((), prompt=PROMPT)
    for temperature in TEMPERATURES:
        comparison = _answered(comparison, temperature)
    target = project_root() / BUNDLED
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(to_json(record(comparison, app_version=app_version())))
    sys.stdout.write("\n\n".join(run.text() for run in comparison.runs if run is not None) + "\n")
    return 0


def _answered(comparison: Comparison, temperature: float) -> Comparison:
    """With one panel more. Each is asked alone, of a server of its own.

    Two at once would share the processor, and the second of one server would find the prompt read already.
    """
    with tempfile.TemporaryDirectory() as nothing_configured:
        playground = Playground(load(Path(nothing_configured), {}))
    try:
        endpoint, model = playground.endpoint(LOCAL), playground.local_model_id()
        panel = Panel(LOCAL, model, Sampling(temperature=temperature, max_tokens=MAX_TOKENS))
        comparison = comparison.with_panels((*comparison.panels, panel))
        place = len(comparison.panels) - 1
        request = request_of(comparison, place, endpoint)
        price = playground.catalog(endpoint).named(model).price
        run = playground.runs.start(OWNER, endpoint, request, message_id="demo", price=price, policy=MEASURED)
        run.wait(ANSWER_TIMEOUT_S)
        return comparison.with_run(place, run)
    finally:
        playground.close()


if __name__ == "__main__":
    sys.exit(main())
