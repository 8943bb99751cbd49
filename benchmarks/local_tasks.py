"""How often Local's tasks come out right: asks the real model every text of local_tasks.json and prints the counts.

    python -m benchmarks.local_tasks [--wrong]

The prompts in services/embedded/local/tasks.py were chosen on "tuning"; "fresh" is what their hints quote. An answer
counts if it equals the expected one but for capitals. Text at temperature 0 is the same on every run of one machine;
another CPU may round differently and move a count by one or two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from services.answers.gateway import MEASURED, Gateway
from services.embedded.local import model, tasks
from services.endpoints import Endpoint
from services.wire.transport import Network, Pool
from services.wire.types import CompletionRequest

TEXTS = Path(__file__).with_name("local_tasks.json")


def answered(gateway: Gateway, endpoint: Endpoint, task: tasks.Task, text: str, model_id: str) -> str:
    request = task.build(text, model_id)
    if isinstance(request, CompletionRequest):
        answer = gateway.complete(endpoint, request, policy=MEASURED)
    else:
        answer = gateway.chat(endpoint, request, policy=MEASURED)
    shown = task.read(answer.text)
    return "" if shown is None else shown


def compared(expected: str | list[str], shown: str) -> Iterator[tuple[str, str]]:
    """(expected, got) once per label or sentence, five times per text with fields."""
    if isinstance(expected, str):
        yield expected, shown
        return
    got = json.loads(shown) if shown else {}
    for name, value in zip(tasks.FIELDS, expected, strict=True):
        yield value, got.get(name) or ""


def report(gateway: Gateway, endpoint: Endpoint, model_id: str, show_wrong: bool) -> Iterator[str]:
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))
    for task in tasks.TASKS:
        for chosen, rows in texts[task.id].items():
            pairs = [
                (text, *pair)
                for text, expected in rows
                for pair in compared(expected, answered(gateway, endpoint, task, text, model_id))
            ]
            wrong = [(text, want, got) for text, want, got in pairs if want.lower() != got.lower()]
            yield f"{task.id:8} {chosen:7} {len(pairs) - len(wrong)} of {len(pairs)} ({len(rows)} texts)"
            for text, want, got in wrong if show_wrong else ():
                yield f"    {text}\n        expected {want!r}, got {got!r}"


def main() -> None:
    arguments = argparse.ArgumentParser(description="Counts how often Local's tasks come out right.")
    arguments.add_argument("--wrong", action="store_true", help="show each wrong answer")
    given = arguments.parse_args()
    found = model.find()
    child = model.start(found)
    pool = Pool(Network())
    try:
        endpoint = Endpoint("Local", "local", child.base_url, child.api_key)
        for line in report(Gateway(pool), endpoint, found.id, given.wrong):
            sys.stdout.write(line + "\n")
    finally:
        pool.close()
        child.stop()


if __name__ == "__main__":
    main()
