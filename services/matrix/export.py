"""A matrix to keep: CSV to work with, Markdown to read. Every figure carries its word, real, local or simulated."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.answers.comparisons import LETTERS
from services.answers.exports import figures_line, origin
from services.answers.timing import DEFINITIONS
from services.matrix.cells import Cell, Snapshot
from services.matrix.scores import METHODS, sentences
from services.spreadsheet import cell as safe

_VERDICTS = {True: "passed", False: "failed", None: "not judged"}
_NO_FENCE = "`" * 3


def as_csv(snapshot: Snapshot, *, now: datetime) -> str:
    """One line per cell, those without an answer too; texts that a spreadsheet would take for formulas are quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    lines = [_line(snapshot, cell) for cell in snapshot.cells]
    writer.writerow([*map(safe, lines[0]), "exported_at"])
    for line in lines:
        writer.writerow([*map(safe, line.values()), now.isoformat()])
    return out.getvalue()


def as_markdown(snapshot: Snapshot, *, now: datetime) -> str:
    """The template, the models, what came out, and every answer with its checks, marks and figures."""
    plan = snapshot.plan
    parts = ["# Rows × models", f"Exported {now:%Y-%m-%d %H:%M} UTC. {_rows_line(snapshot)}"]
    if plan.practice:
        parts.append("**Practice: simulated answers and their figures are invented.**")
    parts.append(f"Prompt template:\n\n{_fenced(plan.text)}")
    if plan.system.strip():
        parts.append(f"System prompt:\n\n{_fenced(plan.system)}")
    parts.append("\n".join(_models(snapshot)))
    if snapshot.checks:
        parts.append("\n".join(["Checks", "", *(f"- {_inline(check.label)}" for check in snapshot.checks)]))
    parts.append("\n".join(["Result", "", *(f"- {sentence}" for sentence in sentences(snapshot))]))
    for line, key in enumerate(plan.keys):
        parts.append(f"## Row {_inline(key)}\n\n{_fenced(plan.prompts[line].text)}")
        parts += [_answer(snapshot, snapshot.at(line, place)) for place in range(len(plan.entrants))]
    parts.append("\n".join(["Definitions", "", *(f"- {text}" for text in (*METHODS.values(), *DEFINITIONS.values()))]))
    return "\n\n".join(parts) + "\n"


def _line(snapshot: Snapshot, cell: Cell) -> dict[str, Any]:
    plan, entrant = snapshot.plan, snapshot.entrant(cell)
    return {
        "row": plan.keys[cell.line],
        "model": entrant.model,
        "endpoint": entrant.endpoint.name,
        "origin": origin(entrant.endpoint),
        "served_model": cell.served_model,
        "other_model_served": "yes" if snapshot.mismatch(cell) else "no",
        "asked_at": None if cell.started_at is None else cell.started_at.isoformat(),
        "state": cell.state,
        "answer": cell.text,
        **_judgement(snapshot, cell),
        **_figures(cell),
        "error": None if cell.error is None else cell.error.message,
        "prompt": plan.prompts[cell.line].text,
        "system": plan.system,
        "template": plan.text,
        "source": plan.sample.source,
        "object": f"{plan.sample.info.object.schema}.{plan.sample.info.object.name}",
    }


def _judgement(snapshot: Snapshot, cell: Cell) -> dict[str, Any]:
    found = cell.judgement
    line: dict[str, Any] = {"passed_all": None if found is None or not snapshot.checks else _VERDICTS[found.passed]}
    for number, check in enumerate(snapshot.checks, start=1):
        outcome = None if found is None else found.outcomes[number - 1]
        line[f"check_{number}: {check.label}"] = None if outcome is None else _VERDICTS[outcome.passed]
        line[f"check_{number}_reason"] = None if outcome is None else outcome.reason
    line["marks_in_row"] = None if found is None else found.grounding.grounded
    line["marks_judged"] = None if found is None else found.grounding.judged
    line["not_in_row"] = None if found is None else " | ".join(_missing(cell))
    return line


def _figures(cell: Cell) -> dict[str, Any]:
    result = cell.result
    names = ("wait_s", "total_s", "writing_tokens_per_s", "prompt_tokens", "completion_tokens")
    if result is None:
        return dict.fromkeys((*names, "tokens_estimated", "cost_usd"))
    timing, usage = result.timing, result.usage
    values = (timing.wait_s, timing.total_s, timing.writing_per_s, usage.prompt_tokens, usage.completion_tokens)
    cost = None if result.state == "failed" or result.cost_usd is None else str(result.cost_usd)
    return {**dict(zip(names, values, strict=True)), "tokens_estimated": result.estimated, "cost_usd": cost}


def _missing(cell: Cell) -> Iterator[str]:
    """What the answer says that stands nowhere in its row, in its own words."""
    if cell.judgement is not None:
        yield from (cell.text[mark.start : mark.end] for mark in cell.judgement.grounding.marks if not mark.grounded)


def _rows_line(snapshot: Snapshot) -> str:
    sample = snapshot.plan.sample
    name = f"{sample.info.object.schema}.{sample.info.object.name}"
    rows = "1 row" if len(snapshot.plan.rows) == 1 else f"{len(snapshot.plan.rows)} rows"
    live = "" if sample.live else " (invented demo data)"
    return f"{rows} of {_inline(name)} from {_inline(sample.source)}{live}; {snapshot.stage}."


def _models(snapshot: Snapshot) -> Iterator[str]:
    yield from ("Models", "")
    for place, entrant in enumerate(snapshot.plan.entrants):
        sampling = " · ".join(f"{name} {value}" for name, value in entrant.sampling.to_wire().items())
        dated = None if entrant.price is None else entrant.price.as_of
        price = "" if dated is None else f" · prices of {dated:%Y-%m-%d}"
        yield f"- {LETTERS[place]}: {_inline(entrant.model)} ({origin(entrant.endpoint)}) · {sampling}{price}"


def _answer(snapshot: Snapshot, cell: Cell) -> str:
    entrant = snapshot.entrant(cell)
    parts = [f"### {LETTERS[cell.place]}: {_inline(entrant.model)} ({origin(entrant.endpoint)})"]
    parts.append(_fenced(cell.text) if cell.text else f"*{cell.state}*")
    if snapshot.mismatch(cell):
        parts.append(f"**Served by {_inline(str(cell.served_model))}, not by the model that was asked.**")
    if cell.error is not None:
        parts.append(f"*{_inline(cell.error.message)}*")
    parts += _judged(snapshot, cell)
    if cell.result is not None and cell.started_at is not None:
        parts.append(f"*{figures_line(cell.result)} · asked {cell.started_at:%Y-%m-%d %H:%M:%S} UTC*")
    return "\n\n".join(parts)


def _judged(snapshot: Snapshot, cell: Cell) -> Iterator[str]:
    if cell.judgement is None:
        return
    outcomes = zip(snapshot.checks, cell.judgement.outcomes, strict=True)
    lines = [
        f"- {_VERDICTS[found.passed]}: {_inline(check.label)}. {_inline(found.reason)}" for check, found in outcomes
    ]
    if lines:
        yield "\n".join(lines)
    grounding = cell.judgement.grounding
    if grounding.judged:
        missing = [_inline(text) for text in _missing(cell)]
        note = f"; not there: {', '.join(missing)}" if missing else ""
        yield f"{grounding.grounded} of {grounding.judged} marks stand in the row{note}."


def _fenced(text: str) -> str:
    """As it is, in a fence longer than any in it: what a model or a row says is no Markdown of this report."""
    fence = _NO_FENCE
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _inline(text: str) -> str:
    """One line in which nothing is markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>#|!" else each for each in flat)
