"""A conversation as a file to keep: Markdown to read, JSON to work with. Every figure carries its word and meaning."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from services.answers import figures
from services.answers.conversations import Conversation, Turn
from services.answers.images import shortened
from services.answers.runs import Result, Run
from services.answers.seams import added_up, seams
from services.answers.timing import DEFINITIONS
from services.endpoints import Endpoint
from services.wire.types import ChatRequest

FORMAT = "together-playground-conversation/1"


def origin(endpoint: Endpoint) -> str:
    """simulated, real · local, or real · and the endpoint's name: an answer's origin in words."""
    if endpoint.word == "simulated":
        return "simulated"
    return f"real · {'local' if endpoint.word == 'local' else endpoint.name}"


def as_markdown(talk: Conversation, *, now: datetime) -> str:
    """Questions and shown answers with their figures, system prompt and sampling; no key, no address."""
    parts = ["# Conversation", f"Exported {now:%Y-%m-%d %H:%M} UTC."]
    if any(turn.run.endpoint.word == "simulated" for turn in talk.turns):
        parts.append("**Simulated answers: texts and figures marked so are invented, for practice.**")
    if talk.setup.system:
        parts.append(f"System prompt:\n\n{_quoted(talk.setup.system)}")
    for turn in talk.turns:
        parts += [f"## You\n\n{turn.text}", *_images_markdown(turn), *_context_markdown(turn)]
        parts += [*_notes_markdown(turn), _answer_markdown(turn)]
    parts.append("\n".join(["Definitions", "", *(f"- {text}" for text in DEFINITIONS.values())]))
    return "\n\n".join(parts) + "\n"


def as_json(talk: Conversation, *, now: datetime) -> bytes:
    document = {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "system": talk.setup.system,
        "turns": [_turn(turn) for turn in talk.turns],
        "definitions": DEFINITIONS,
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)


def figures_line(result: Result) -> str:
    """wait 0.42 s · total 2.84 s · 50 tokens/s · 412 → 121 tokens · $0.00047 · done"""
    timing, usage = result.timing, result.usage
    pair = figures.token_pair(usage.prompt_tokens, usage.completion_tokens, estimated=result.estimated)
    return (
        f"wait {figures.seconds(timing.wait_s)} · total {figures.seconds(timing.total_s)} · "
        f"{figures.per_second(timing.writing_per_s)} tokens/s · {pair} tokens · "
        f"{figures.money(result.cost_usd)} · {result.state}"
    )


def _notes_markdown(turn: Turn) -> list[str]:
    return [f"From the bundled notes, {hit.note.title}:\n\n{_quoted(hit.note.text)}" for hit in turn.notes]


def _context_markdown(turn: Turn) -> list[str]:
    """The rows as they were sent in front of the question."""
    rows = turn.context
    if rows is None:
        return []
    return [f"With {rows.name}, about {rows.tokens:,} tokens, sent in front of it:\n\n{_quoted(rows.block)}"]


def _images_markdown(turn: Turn) -> list[str]:
    """Pictures are named; they are no part of the file."""
    return [f"*With the image {image.note}, which is no part of this file*" for image in turn.images]


def _answer_markdown(turn: Turn) -> str:
    if len(turn.parts) > 1:
        return _continued_markdown(turn)
    run, result = turn.run, turn.run.result
    task = "" if turn.task is None else f", task {turn.task}"
    head = f"## {run.request.model} ({origin(run.endpoint)}{task})"
    if result is None:
        return f"{head}\n\n{run.text()}\n\n*still being written*"
    reasoning = f"Thinking:\n\n{_quoted(run.text('reasoning'))}\n\n" if run.text("reasoning") else ""
    problem = f"\n\n*{result.error.message}*" if result.error is not None else ""
    return f"{head}\n\n{reasoning}{run.text()}{problem}\n\n*{figures_line(result)}*{_sampling(run)}"


def _continued_markdown(turn: Turn) -> str:
    """One text of several runs: where each ended, the figures of each, and what adds up."""
    run = turn.run
    ends = "; ".join(f"after “{tail}”" for tail in seams(turn))
    noted = [f"*In {len(turn.parts)} runs: cut off by max_tokens {ends}, and told to go on from there.*"]
    results = [result for part in turn.parts if (result := part.result) is not None]
    noted += [f"*Run {number}: {figures_line(result)}*" for number, result in enumerate(results, 1)]
    noted += [f"*{result.error.message}*" for result in results if result.error is not None]
    ending = f"*{added_up(results).line}*" if len(results) == len(turn.parts) else "*still being written*"
    return "\n\n".join([f"## {run.request.model} ({origin(run.endpoint)})", turn.said, *noted, ending]) + _sampling(run)


def _sampling(run: Run) -> str:
    given = " · ".join(f"{name} {value}" for name, value in run.request.sampling.to_wire().items())
    return f"\n\n*{given}*" if given else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "question": turn.text,
        "task": turn.task,
        "notes": [hit.note.title for hit in turn.notes],
        "left_out": turn.left_out,
        "context": None if turn.context is None else asdict(turn.context),
        "images": [image.note for image in turn.images],
        "shown": turn.shown,
        "answers": [
            {
                **answer_document(run),
                "continued_by": [answer_document(more) for version, more in turn.more if version == run.id],
            }
            for run in turn.runs
        ],
    }


def answer_document(run: Run) -> dict[str, Any]:
    result = run.result
    return {
        "endpoint": run.endpoint.name,
        "origin": origin(run.endpoint),
        "model": run.request.model,
        "served_model": None if result is None else result.answer.model,
        "asked_at": run.started_at.isoformat(),
        "sampling": run.request.sampling.to_wire(),
        "response_format": run.request.response_format if isinstance(run.request, ChatRequest) else None,
        "messages": _messages(run),
        "text": run.text(),
        "reasoning": run.text("reasoning"),
        "state": run.state,
        "figures": None if result is None else _figures(result),
        "error": None if result is None or result.error is None else result.error.message,
    }


def _messages(run: Run) -> list[dict[str, Any]] | str:
    request = shortened(run.request)
    if isinstance(request, ChatRequest):
        return [{"role": message.role, "content": message.content} for message in request.messages]
    return request.prompt


def _figures(result: Result) -> dict[str, Any]:
    timing, usage = result.timing, result.usage
    return {
        "wait_s": timing.wait_s,
        "wait_answer_s": timing.wait_answer_s,
        "total_s": timing.total_s,
        "writing_tokens_per_s": timing.writing_per_s,
        "tokens_per_s_with_wait": timing.with_wait_per_s,
        "time_per_token_s": timing.time_per_token_s,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "tokens_estimated": result.estimated,
        "cost_usd": None if result.cost_usd is None else str(result.cost_usd),
        "attempts": result.attempts,
    }
