"""A recording as a file and back. What comes in is checked whole before anything is made of it; text stays text."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast, get_args

import orjson

from services.answers.comparisons import LETTERS, MAX_PANELS, MIN_PANELS
from services.answers.file_parts import REMEDY, Part, damage
from services.answers.recordings import RecordedPanel, Recording
from services.answers.runs import State
from services.endpoints import Kind
from services.errors import ConfigError
from services.models.prices import Price
from services.wire.types import Channel, Chunk, Sampling, Usage

FORMAT = "together-playground-recording"
VERSION = 1
MAX_BYTES = 20_000_000
MAX_CHUNKS = 200_000
MAX_NAME, MAX_SENTENCE = 300, 4_000
MAX_TIME_NS = int(timedelta(days=1).total_seconds() * 1e9)

_STATES = ("done", "stopped", "cut off", "failed")


def to_json(recording: Recording) -> bytes:
    document = {
        "format": FORMAT,
        "version": VERSION,
        "recorded_at": recording.recorded_at.isoformat(),
        "app_version": recording.app_version,
        "prompt": recording.prompt,
        "system": recording.system,
        "panels": [_written(panel) for panel in recording.panels],
    }
    return orjson.dumps(document)


def from_json(data: bytes, *, max_bytes: int = MAX_BYTES, max_chunks: int = MAX_CHUNKS) -> Recording:
    """Raises ConfigError, saying why, for a file that is damaged, too large, newer, or something else altogether."""
    if len(data) > max_bytes:
        raise ConfigError(f"The file has more than {max_bytes / 1e6:g} MB.", remedy=REMEDY)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise ConfigError("The file is no JSON, or is damaged.", remedy=REMEDY) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigError("The file is no recording of a comparison.", remedy=REMEDY)
    version = document.get("version")
    if type(version) is int and version > VERSION:
        raise ConfigError(f"The recording has format {version}; this app reads {VERSION}.", remedy="Update the app.")
    if version != VERSION:
        raise damage("version")
    return _recording(Part(document), max_chunks)


def _written(panel: RecordedPanel) -> dict[str, Any]:
    timing, price = panel.result.timing, panel.price
    figures = {
        "wait_s": timing.wait_s,
        "wait_answer_s": timing.wait_answer_s,
        "total_s": timing.total_s,
        "writing_tokens_per_s": timing.writing_per_s,
        "cost_usd": None if panel.cost_usd is None else str(panel.cost_usd),
    }
    return {
        "letter": panel.letter,
        "endpoint": panel.endpoint,
        "kind": panel.kind,
        "word": panel.source.word,
        "model": panel.model,
        "served_model": panel.served_model,
        "sampling": panel.sampling.to_wire(),
        "state": panel.state,
        "finish_reason": panel.finish_reason,
        "usage": asdict(panel.usage),
        "estimated": panel.estimated,
        "price": None if price is None else {name: _price_text(value) for name, value in asdict(price).items()},
        "figures": figures,
        "attempts": panel.attempts,
        "error": panel.error,
        "remedy": panel.remedy,
        "ended_ns": panel.ended_ns,
        "chunks": [[chunk.t_ns, chunk.channel, chunk.text] for chunk in panel.chunks],
    }


def _price_text(value: Decimal | date | str | None) -> str | None:
    return None if value is None else str(value)


def _recording(part: Part, max_chunks: int) -> Recording:
    panels = part.items("panels")
    if not MIN_PANELS <= len(panels) <= MAX_PANELS:
        raise damage("panels")
    read = tuple(
        _panel(Part(panel, f"panel {letter}, "), letter, max_chunks)
        for letter, panel in zip(LETTERS, panels, strict=False)
    )
    if sum(len(panel.chunks) for panel in read) > max_chunks:
        raise ConfigError(f"The recording has more than {max_chunks:,} pieces of text.", remedy=REMEDY)
    return Recording(
        prompt=part.text("prompt", MAX_BYTES),
        system=part.text("system", MAX_BYTES),
        panels=read,
        recorded_at=part.moment("recorded_at"),
        app_version=part.text("app_version", MAX_NAME),
    )


def _panel(part: Part, letter: str, max_chunks: int) -> RecordedPanel:
    usage, figures = part.part("usage"), part.part("figures")
    if part.text("letter", 1) != letter:
        raise part.damage("letter")
    return RecordedPanel(
        letter=letter,
        endpoint=part.text("endpoint", MAX_NAME),
        kind=cast(Kind, part.one_of("kind", get_args(Kind))),
        model=part.text("model", MAX_NAME),
        served_model=part.optional_text("served_model", MAX_NAME),
        sampling=sampling_of(part.part("sampling")),
        chunks=_chunks(part, max_chunks),
        state=cast(State, part.one_of("state", _STATES)),
        usage=Usage(
            usage.count("prompt_tokens"),
            usage.count("completion_tokens"),
            usage.optional_count("cached_tokens"),
            usage.optional_count("reasoning_tokens"),
        ),
        estimated=part.flag("estimated"),
        finish_reason=part.optional_text("finish_reason", MAX_NAME),
        price=None if part.get("price") is None else price_of(part.part("price")),
        cost_usd=figures.optional_money("cost_usd"),
        attempts=part.count("attempts"),
        error=part.optional_text("error", MAX_SENTENCE),
        remedy=part.optional_text("remedy", MAX_SENTENCE),
        ended_ns=_ended_ns(part),
    )


def _ended_ns(part: Part) -> int | None:
    """Absent in what earlier versions wrote."""
    ended_ns = part.get("ended_ns")
    if ended_ns is not None and (type(ended_ns) is not int or not 0 <= ended_ns <= MAX_TIME_NS):
        raise part.damage("ended_ns")
    return ended_ns


def _chunks(part: Part, max_chunks: int) -> tuple[Chunk, ...]:
    """In the order they came, which is that of their times."""
    found, earlier_ns = [], 0
    for entry in part.items("chunks")[: max_chunks + 1]:
        match entry:
            case [int(t_ns), ("answer" | "reasoning" | "tool") as channel, str(text)] if (
                type(t_ns) is int and earlier_ns <= t_ns <= MAX_TIME_NS
            ):
                found.append(Chunk(t_ns, cast(Channel, channel), text))
                earlier_ns = t_ns
            case _:
                raise part.damage("chunks")
    return tuple(found)


def price_of(part: Part) -> Price:
    """A price without a readable amount is none."""
    prompt, output = part.optional_money("input_usd_per_mtok"), part.optional_money("output_usd_per_mtok")
    if prompt is None or output is None:
        raise part.damage("amount")
    as_of = part.optional_text("as_of", MAX_NAME)
    try:
        day = None if as_of is None else date.fromisoformat(as_of)
    except ValueError:
        raise part.damage("as_of") from None
    source = part.text("source", MAX_NAME)
    return Price(prompt, output, part.optional_money("cached_input_usd_per_mtok"), day, source)


_NUMBERS = ("temperature", "top_p", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty")
_WHOLE = ("max_tokens", "top_k", "n", "seed", "logprobs")


def sampling_of(part: Part) -> Sampling:
    """What is known of it; parameters of another name are left out."""
    given: dict[str, Any] = {}
    for name in (known.name for known in fields(Sampling)):
        value = part.get(name)
        if value is None:
            continue
        if name in _NUMBERS or name in _WHOLE:
            kinds = (int,) if name in _WHOLE else (int, float)
            if type(value) not in kinds or not math.isfinite(value):
                raise part.damage(name)
            given[name] = value
        elif name == "stop":
            if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
                raise part.damage(name)
            given[name] = tuple(value)
    return Sampling(**given)
