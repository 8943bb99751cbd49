"""Records the comparison that Home plays, with the bundled model: python -m scripts.record_demo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from services.answers.comparisons import Comparison, Panel
from services.answers.recording_files import to_json
from services.answers.recordings import record
from services.comparing import ask_one
from services.endpoints import Endpoint
from services.models.model import Model
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
    with tempfile.TemporaryDirectory() as nothing_configured:
        playground = Playground(load(Path(nothing_configured), {}))
    try:
        recorded = _comparison(playground)
    finally:
        playground.close()
    target = project_root() / BUNDLED
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(to_json(record(recorded, app_version=app_version())))
    sys.stdout.write("\n\n".join(run.text() for run in recorded.runs if run is not None) + "\n")
    return 0


def _comparison(playground: Playground) -> Comparison:
    """One after the other: two at once would share the processor, and neither would show its own speed."""

    def resolve(endpoint: str, model: str) -> tuple[Endpoint, Model]:
        found = playground.endpoint(endpoint)
        return found, playground.catalog(found).named(model)

    model = playground.local_model_id()
    panels = tuple(Panel(LOCAL, model, Sampling(temperature=t, max_tokens=MAX_TOKENS)) for t in TEMPERATURES)
    playground.comparisons.begin(OWNER, Comparison(panels, prompt=PROMPT))
    for place in range(len(panels)):
        ask_one(playground, OWNER, place, resolve).wait(ANSWER_TIMEOUT_S)
    recorded = playground.comparisons.current(OWNER)
    assert recorded is not None
    return recorded


if __name__ == "__main__":
    sys.exit(main())
