"""A conversation as bytes to keep and back. Holds no key and no address; what is still being written is left out."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import Any

import orjson

from services.answers.context import Context
from services.answers.conversations import Conversation, Setup, Turn
from services.answers.file_parts import Part, damage
from services.answers.images import MEDIA_TYPES, Image
from services.answers.kept_run import KeptRun
from services.answers.recording_files import sampling_of
from services.answers.run_files import LONGEST, Texts, run_read, run_written, text_at
from services.embedding.notes import Hit, Note

FORMAT = "together-playground-kept-conversation/1"
_STATES = ("done", "stopped", "cut off", "failed")


def to_json(talk: Conversation) -> bytes:
    texts = Texts()
    document = {
        "format": FORMAT,
        "id": talk.id,
        "title": talk.title,
        "setup": _setup_written(talk.setup),
        "turns": [written for turn in talk.turns if (written := _turn_written(turn, texts)) is not None],
        "texts": texts.all,
    }
    return orjson.dumps(document, default=_plain)


def from_json(data: bytes) -> Conversation:
    """Raises ConfigError for what is no such conversation."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise damage("the whole") from None
    part = Part(document)
    if part.get("format") != FORMAT:
        raise damage("format")
    texts = part.items("texts")
    turns = tuple(_turn_read(Part(turn), texts) for turn in part.items("turns"))
    title = part.optional_text("title", LONGEST)
    return Conversation(turns, _setup_read(part.part("setup")), part.text("id", 100), title)


def _plain(value: object) -> object:
    return str(value)


def _setup_written(setup: Setup) -> dict[str, Any]:
    return {
        "endpoint": setup.endpoint,
        "model": setup.model,
        "system": setup.system,
        "sampling": setup.sampling.to_wire(),
        "task": setup.task,
        "context": None if setup.context is None else asdict(setup.context),
        "schema": setup.schema,
    }


def _setup_read(part: Part) -> Setup:
    return Setup(
        endpoint=part.optional_text("endpoint", LONGEST),
        model=part.optional_text("model", LONGEST),
        system=part.text("system", LONGEST),
        sampling=sampling_of(part.part("sampling")),
        task=part.optional_text("task", LONGEST),
        context=_context(part),
        schema=part.text("schema", LONGEST),
    )


def _context(part: Part) -> Context | None:
    if part.get("context") is None:
        return None
    rows = part.part("context")
    return Context(rows.text("source", LONGEST), rows.count("rows"), rows.text("block", LONGEST), rows.count("tokens"))


def _turn_written(turn: Turn, texts: Texts) -> dict[str, Any] | None:
    """None where no answer has ended yet."""
    runs = [(run, result) for run in turn.runs if (result := run.result) is not None]
    if not runs:
        return None
    ids = [run.id for run, _ in runs]
    return {
        "id": turn.id,
        "text": turn.text,
        "runs": [run_written(run, result, texts) for run, result in runs],
        "shown": ids.index(turn.run.id) if turn.run.id in ids else len(ids) - 1,
        "task": turn.task,
        "notes": [[*asdict(hit.note).values(), hit.score] for hit in turn.notes],
        "left_out": turn.left_out,
        "context": None if turn.context is None else asdict(turn.context),
        "more": [
            [ids.index(version), run_written(run, result, texts)]
            for version, run in turn.more
            if version in ids and (result := run.result) is not None
        ],
        "images": [[each.name, texts.place(each.url), each.width, each.height] for each in turn.images],
    }


def _turn_read(part: Part, texts: list[Any]) -> Turn:
    runs = tuple(run_read(Part(run), texts) for run in part.items("runs"))
    shown = part.count("shown")
    if shown >= len(runs):
        raise part.damage("shown")
    return Turn(
        text=part.text("text", LONGEST),
        runs=runs,
        shown=shown,
        task=part.optional_text("task", LONGEST),
        notes=tuple(_hit(hit) for hit in part.items("notes")),
        left_out=part.count("left_out"),
        context=_context(part),
        more=tuple(_more(entry, runs, texts) for entry in part.items("more")),
        images=tuple(_image(entry, texts) for entry in part.items("images")),
        id=part.text("id", 100),
    )


def _more(entry: object, runs: tuple[KeptRun, ...], texts: list[Any]) -> tuple[str, KeptRun]:
    match entry:
        case [int(place), run] if 0 <= place < len(runs):
            return runs[place].id, run_read(Part(run), texts)
    raise damage("more")


def _hit(value: object) -> Hit:
    match value:
        case [str(subject), str(title), str(text), float(score)]:
            return Hit(Note(subject, title, text), score)
    raise damage("notes")


def _image(entry: object, texts: list[Any]) -> Image:
    match entry:
        case [str(name), int(place), int(width), int(height)]:
            head, _, data = text_at(place, texts).partition(";base64,")
            media_type = head.removeprefix("data:")
            if media_type in MEDIA_TYPES.values():
                return Image(name, media_type, _decoded(data), width, height)
    raise damage("images")


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise damage("images") from None
