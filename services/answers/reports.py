"""A comparison as a report: Markdown to read, CSV and JSON to work with. Every figure carries its word and meaning."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

import orjson

from services.answers.comparisons import LETTERS, Comparison, questions
from services.answers.exports import figures_line, origin
from services.answers.runs import Result, Run
from services.answers.timing import DEFINITIONS
from services.spreadsheet import cell

FORMAT = "together-playground-comparison/1"
DIFFERENT = "The panels were last asked different things: their figures say nothing of each other."


@dataclass(frozen=True)
class Row:
    """The figures of one panel; None where they are not known. place counts from 0; question is what it answers."""

    place: int
    name: str
    endpoint: str
    origin: str
    served_model: str | None
    wait_s: float | None
    wait_answer_s: float | None
    total_s: float | None
    writing_per_s: float | None
    prompt_tokens: int
    completion_tokens: int
    tokens_estimated: bool
    cost_usd: Decimal | None
    state: str
    error: str | None
    question: str


def rows(comparison: Comparison) -> list[Row]:
    """Of the panels that have been answered, failed ones too."""
    found = []
    for place, run in enumerate(comparison.runs):
        result = None if run is None else run.result
        if run is None or result is None:
            continue
        timing, failed = result.timing, result.state == "failed"
        found.append(
            Row(
                place=place,
                name=run.request.model,
                endpoint=run.endpoint.name,
                origin=origin(run.endpoint),
                served_model=result.answer.model,
                wait_s=timing.wait_s,
                wait_answer_s=timing.wait_answer_s,
                total_s=timing.total_s,
                writing_per_s=timing.writing_per_s,
                prompt_tokens=result.usage.prompt_tokens,
                completion_tokens=result.usage.completion_tokens,
                tokens_estimated=result.estimated,
                cost_usd=None if failed else result.cost_usd,
                state=result.state,
                error=None if result.error is None else result.error.message,
                question=questions(run)[-1][1],
            )
        )
    return found


def as_markdown(comparison: Comparison, *, now: datetime) -> str:
    parts = ["# Comparison", f"Exported {now:%Y-%m-%d %H:%M} UTC. One run of each, n = 1."]
    if "simulated" in comparison.words:
        parts.append("**Practice: simulated answers and their figures are invented.**")
    if not comparison.one_question:
        parts.append(f"**{DIFFERENT}**")
    for name, role in (("System prompt", "system"), ("Prompt", "user")):
        sent = _sent_to_all(comparison, role)
        if sent is not None:
            parts.append(f"{name}:\n\n{_quoted(sent)}")
    for place, run in enumerate(comparison.runs):
        if run is not None and run.result is not None:
            parts += _answer_markdown(comparison, place, run, run.result)
    parts.append("\n".join(["Definitions", "", *(f"- {text}" for text in DEFINITIONS.values())]))
    return "\n\n".join(parts) + "\n"


def _sent_to_all(comparison: Comparison, role: str) -> str | None:
    """The first message of that role as it was sent, whatever stands in the field since; None where it differs."""
    sent = {
        next((text for each, text in questions(run) if each == role), None)
        for run in comparison.runs
        if run is not None
    }
    return sent.pop() if len(sent) == 1 else None


def _answer_markdown(comparison: Comparison, place: int, run: Run, result: Result) -> list[str]:
    sampling = " · ".join(f"{name} {value}" for name, value in run.request.sampling.to_wire().items())
    head = f"## {LETTERS[place]}: {run.request.model} ({origin(run.endpoint)})"
    return [head, *_before(comparison, place, run), run.text(), f"*{figures_line(result)}*", f"*{sampling}*"]


def _before(comparison: Comparison, place: int, run: Run) -> list[str]:
    """The turns before this answer, and what it answers; nothing where that is the prompt of all."""
    follow_up = comparison.panels[place].follow_up
    if follow_up is None and comparison.one_question:
        return []
    system = [text for role, text in questions(run) if role == "system"]
    own = system if _sent_to_all(comparison, "system") is None else []
    turns = () if follow_up is None else follow_up.earlier
    earlier = [part for question, answer in turns for part in (_quoted(question), answer)]
    return [*(f"System prompt:\n\n{_quoted(text)}" for text in own), *earlier, _quoted(questions(run)[-1][1])]


def as_json(comparison: Comparison, *, now: datetime) -> bytes:
    answers = []
    for row in rows(comparison):
        run = comparison.run_at(row.place)
        if run is not None:
            sampling = run.request.sampling.to_wire()
            follow_up = comparison.panels[row.place].follow_up
            answers.append(
                {
                    **asdict(row),
                    "panel": LETTERS[row.place],
                    "sampling": sampling,
                    "follow_up": None if follow_up is None else asdict(follow_up),
                    "text": run.text(),
                }
            )
    document = {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "n": 1,
        "one_question": comparison.one_question,
        "prompt": _sent_to_all(comparison, "user"),
        "system": _sent_to_all(comparison, "system"),
        "answers": answers,
        "definitions": DEFINITIONS,
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)


def as_csv(comparison: Comparison, *, now: datetime) -> str:
    """One line per panel."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [name for name in Row.__dataclass_fields__ if name != "place"]
    writer.writerow(["panel", *names, "exported_at"])
    for row in rows(comparison):
        values = [getattr(row, name) for name in names]
        writer.writerow([LETTERS[row.place], *map(cell, values), now.isoformat()])
    return out.getvalue()


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
