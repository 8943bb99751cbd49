"""Continuations as a file to keep: Markdown to read, JSON to work with. Every figure carries its word and meaning."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from services.answers.completions import Sheet, continuation
from services.answers.exports import answer_document, figures_line, origin
from services.answers.runs import Run
from services.answers.timing import DEFINITIONS
from services.wire.types import Choice, TokenLogprob

FORMAT = "together-playground-completion/1"


def as_markdown(sheet: Sheet, *, now: datetime) -> str:
    """Each prompt with its continuations, sampling and figures; no key, no address."""
    parts = ["# Completion", f"Exported {now:%Y-%m-%d %H:%M} UTC."]
    if any(run.endpoint.word == "simulated" for run in sheet.runs):
        parts.append("**Simulated answers: texts and figures marked so are invented, for practice.**")
    for run in sheet.runs:
        parts += _run_markdown(run)
    parts.append("\n".join(["Definitions", "", *(f"- {text}" for text in DEFINITIONS.values())]))
    return "\n\n".join(parts) + "\n"


def as_json(sheet: Sheet, *, now: datetime) -> bytes:
    """With every token's logprob (natural) where they were asked for."""
    document = {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "shown": sheet.shown,
        "completions": [_run_document(run) for run in sheet.runs],
        "definitions": DEFINITIONS,
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)


def _run_markdown(run: Run) -> list[str]:
    result = run.result
    count = 1 if result is None else max(1, len(result.answer.choices))
    parts = [f"## {run.request.model} ({origin(run.endpoint)})", f"Prompt:\n\n{fenced(continuation(run).prompt)}"]
    for number in range(count):
        name = "Continuation" if count == 1 else f"Continuation {number + 1} of {count}"
        parts.append(f"{name}:\n\n{fenced(continuation(run, number).text)}")
    if result is None:
        return [*parts, "*still being written*"]
    if result.error is not None:
        parts.append(f"*{result.error.message}*")
    given = " · ".join(f"{name} {value}" for name, value in run.request.sampling.to_wire().items())
    return [*parts, f"*{figures_line(result)}*", f"`{given}`".replace("\n", "\\n")]


def fenced(text: str) -> str:
    """As a block of code whose fence is longer than any in the text."""
    longest = 2
    count = 0
    for character in text:
        count = count + 1 if character == "`" else 0
        longest = max(longest, count)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _run_document(run: Run) -> dict[str, Any]:
    document = answer_document(run)
    result = run.result
    choices = () if result is None else result.answer.choices
    document["prompt"] = document.pop("messages")
    return document | {"alternatives": [_choice(run, number, choice) for number, choice in enumerate(choices)]}


def _choice(run: Run, number: int, choice: Choice) -> dict[str, Any]:
    return {
        "text": continuation(run, number).text,
        "finish_reason": choice.finish_reason,
        "logprobs": [_token(token) for token in choice.logprobs],
    }


def _token(token: TokenLogprob) -> dict[str, Any]:
    return {"token": token.token, "logprob": token.logprob, "top": [list(pair) for pair in token.top]}
