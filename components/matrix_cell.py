"""One cell of the matrix: what has come of its answer, what was found of it, and its figures."""

from __future__ import annotations

from components.feedback import plain
from components.matrix_marks import marked
from services.answers import figures
from services.answers.comparisons import LETTERS
from services.matrix.cells import Cell, Snapshot
from services.matrix.judging import Judgement

COLOURS = ("blue", "orange", "green", "violet")
CARET = "▍"
MOST_CHARACTERS = {1: 700, 2: 420, 3: 280, 4: 240}
_VERDICTS = {True: "✓ passed", False: "✗ failed", None: "– not judged"}


def answer(snapshot: Snapshot, cell: Cell, *, most: int | None = None) -> str:
    """Markdown: the answer as text, or why there is none. most: of a longer answer the first characters."""
    if cell.error is not None and not cell.text:
        return f"{plain(cell.error.message)} {plain(cell.error.remedy)}"
    if not cell.text.strip():
        said = _none(snapshot, cell)
        return f":gray[{said}]" if said else "\u00a0"
    marks = () if cell.judgement is None else cell.judgement.grounding.marks
    return marked(cell.text, marks, most=most) + (CARET if cell.result is None else "")


def head(snapshot: Snapshot, cell: Cell) -> str:
    """Markdown: whose answer, its state where it is not done, and how it did."""
    parts = [f":{COLOURS[cell.place]}-badge[{LETTERS[cell.place]}]"]
    if cell.state != "done":
        parts.append(f":small[{cell.state}]")
    if cell.judgement is not None:
        parts += [f":small[{part}]" for part in _verdict(cell.judgement)]
    elif cell.answered:
        parts.append(":small[:gray[being judged]]")
    return " ".join(parts)


def figures_line(cell: Cell) -> str:
    """Wait, total, tokens and cost with their units; empty before it has ended."""
    result = cell.result
    if result is None or result.state == "failed":
        return ""
    tokens = figures.token_pair(result.usage.prompt_tokens, result.usage.completion_tokens, estimated=result.estimated)
    parts = [
        f"wait {figures.seconds(result.timing.wait_s)}",
        f"total {figures.seconds(result.timing.total_s)}",
        f"{tokens} tokens",
        figures.money(result.cost_usd),
    ]
    return f":small[:gray[{' · '.join(parts)}]]".replace("$", r"\$")


def outcomes(snapshot: Snapshot, judgement: Judgement) -> list[str]:
    """Markdown, one line for each check: passed or not, what was looked for, and why."""
    found = zip(snapshot.checks, judgement.outcomes, strict=True)
    return [f"{_VERDICTS[each.passed]}: {plain(check.label)}. {plain(each.reason)}" for check, each in found]


def _verdict(judgement: Judgement) -> list[str]:
    parts = []
    if judgement.outcomes:
        passed = sum(outcome.passed is True for outcome in judgement.outcomes)
        sign = _VERDICTS[judgement.passed].split(" ")[0]
        parts.append(f"{sign} passed {passed} of {len(judgement.outcomes)}")
    if judgement.grounding.judged:
        parts.append(f":gray[{judgement.grounding.grounded} of {judgement.grounding.judged} in the row]")
    return parts


def _none(snapshot: Snapshot, cell: Cell) -> str:
    if cell.state == "not asked":
        reasons = {"ceiling": ": the ceiling was reached", "failing": ": this model only failed"}
        return f"Not asked{reasons.get(snapshot.stage, '')}."
    if cell.state == "waiting":
        is_local = snapshot.entrant(cell).endpoint.kind == "local"
        return "Reading the prompt …" if is_local else "Waiting for the first text …"
    return {
        "queued": "",
        "stopped": "Stopped before the first text.",
        "cut off": r"All of max\_tokens went into thinking; raise it to get an answer.",
    }.get(cell.state, "Thinking …" if cell.result is None else "An empty answer.")
