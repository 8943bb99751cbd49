"""Repeats as sentences to read and as files to work with. Every figure carries its word, its n and its meaning."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from services.answers import figures
from services.answers.comparisons import LETTERS
from services.answers.exports import origin
from services.answers.repeats import (
    PairVerdict,
    PanelFigures,
    Sample,
    Snapshot,
    figure,
    pair_verdicts,
    panel_figures,
)
from services.answers.timing import DEFINITIONS
from services.shares import wilson
from services.spreadsheet import cell

FORMAT = "together-playground-repeats/1"
PRACTICE = "Simulated practice: "
METHODS = {
    "n": "n: the rounds that count. A failed call, or an answer too short to say, is left out and named.",
    "median": f"Median of the answered calls, with its 95{figures.NARROW}% interval between two of the values; "
    f"from 5 values on, where it is their whole range (94{figures.NARROW}%).",
    "difference": f"Differences are taken within a round; typical one and 95{figures.NARROW}% interval after "
    "Hodges and Lehmann, tested by Wilcoxon's signed ranks. 6 rounds are the fewest that can show one.",
    "more": "How many more would settle it is a rough guide: it takes the difference seen so far for the true one.",
    "many": "Each sentence stands for itself: between equal models about one in twenty shows a difference by chance.",
    "order": "One call at a time, in random order within each round, after one uncounted call to each.",
}


def marked_sentence(found: PairVerdict) -> str:
    return (PRACTICE if found.simulated else "") + found.verdict.sentence


def failures(snapshot: Snapshot) -> list[str]:
    """One sentence for each panel that failed or was cut off; none where all answered whole."""
    said = []
    for panel in panel_figures(snapshot):
        letter = LETTERS[panel.place]
        if panel.failed:
            low, high = wilson(panel.failed, panel.asked)
            interval = f"95{figures.NARROW}% interval {_percent(low)} to {_percent(high)}{figures.NARROW}%"
            said.append(f"{letter} failed in {panel.failed} of {panel.asked} calls ({interval}).")
        if panel.cut_off:
            said.append(f"{letter} was cut off at max_tokens in {panel.cut_off} of {panel.asked} calls.")
    return said


def as_csv(snapshot: Snapshot, *, now: datetime) -> str:
    """One line per call, failed ones too; n is how many calls of its panel there are."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    lines = [_call(snapshot, sample) for sample in snapshot.samples]
    names = list(lines[0]) if lines else []
    writer.writerow([*names, "exported_at"])
    for line in lines:
        writer.writerow([*map(cell, line.values()), now.isoformat()])
    return out.getvalue()


def as_json(snapshot: Snapshot, *, now: datetime) -> bytes:
    plan = snapshot.plan
    document = {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "stage": snapshot.stage,
        "rounds_planned": plan.rounds,
        "rounds_done": snapshot.rounds_done,
        "prompt_begins_with_a_mark": plan.nonce,
        "order_seed": plan.seed,
        "ceiling_usd": None if plan.ceiling_usd is None else str(plan.ceiling_usd),
        "spent_usd": str(snapshot.spent_usd),
        "panels": [_panel(snapshot, panel) for panel in panel_figures(snapshot)],
        "differences": [_pair(found) for found in pair_verdicts(snapshot)],
        "calls": [{**_call(snapshot, sample), "text": sample.result.answer.text} for sample in snapshot.samples],
        "definitions": {**DEFINITIONS, **METHODS},
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)


def _call(snapshot: Snapshot, sample: Sample) -> dict[str, Any]:
    asked, result = snapshot.plan.asked[sample.place], sample.result
    return {
        "panel": LETTERS[sample.place],
        "model": asked.request.model,
        "endpoint": asked.endpoint.name,
        "origin": origin(asked.endpoint),
        "served_model": result.answer.model,
        "n": len(snapshot.of(sample.place)),
        "round": sample.round + 1,
        "position": sample.position + 1,
        "asked_at": sample.started_at.isoformat(),
        "state": result.state,
        "wait_s": figure(sample, "wait"),
        "total_s": figure(sample, "total"),
        "writing_tokens_per_s": figure(sample, "tokens/s"),
        "cost_usd": None if sample.failed or result.cost_usd is None else str(result.cost_usd),
        "prompt_tokens": result.usage.prompt_tokens,
        "completion_tokens": result.usage.completion_tokens,
        "tokens_estimated": result.estimated,
        "error": None if result.error is None else result.error.message,
    }


def _panel(snapshot: Snapshot, panel: PanelFigures) -> dict[str, Any]:
    asked = snapshot.plan.asked[panel.place]
    return {
        "panel": LETTERS[panel.place],
        "model": asked.request.model,
        "endpoint": asked.endpoint.name,
        "origin": origin(asked.endpoint),
        "sampling": asked.request.sampling.to_wire(),
        "messages": [{"role": message.role, "content": message.content} for message in asked.request.messages],
        "calls": panel.asked,
        "failed": panel.failed,
        "failed_share_interval": wilson(panel.failed, panel.asked),
        "cut_off": panel.cut_off,
        "medians": {name: None if value is None else asdict(value) for name, value in panel.medians.items()},
    }


def _pair(found: PairVerdict) -> dict[str, Any]:
    tested = found.verdict.paired
    return {
        "panels": [LETTERS[place] for place in found.places],
        "metric": found.metric,
        "sentence": marked_sentence(found),
        "shown": found.verdict.shown,
        "rounds_left_out": found.verdict.left_out,
        "more_rounds_needed": found.verdict.more,
        "first_minus_second": None if tested is None else asdict(tested),
    }


def _percent(share: float) -> str:
    """Two digits that count."""
    return f"{100 * share:.2g}" if share < 0.995 else "100"
