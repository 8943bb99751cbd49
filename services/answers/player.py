"""A recording as one HTML file that plays itself: from disk, without any request, inert whatever its texts hold."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from services.answers import figures
from services.answers.exports import origin
from services.answers.recordings import RecordedPanel, Recording
from services.answers.timing import DEFINITIONS
from services.endpoints import Word

_TEMPLATE = Path(__file__).resolve().parents[2] / "assets" / "player.html"
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_NOTES: dict[Word, str] = {
    "real": "",
    "local": "Computed on one computer, for free; its speed is that of the machine.",
    "simulated": "Practice: the text, its speed and its price are invented and speak of no real model.",
}


def as_html(recording: Recording) -> str:
    """Its own script and style are allowed by their hashes; texts travel as JSON and are only ever set as text."""
    parts = {"{{policy}}": _policy(), "{{recording}}": _data(recording)}
    return re.sub(r"\{\{\w+\}\}", lambda found: parts[found[0]], _template())


@cache
def _template() -> str:
    return _TEMPLATE.read_text("utf-8")


@cache
def _policy() -> str:
    hashes = {tag: _sha256(body) for tag, body in _INLINE.findall(_template())}
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
        "base-uri 'none'; form-action 'none'"
    )


def _sha256(body: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"


def _data(recording: Recording) -> str:
    """JSON that cannot end the element it stands in."""
    document = {
        "recorded_at": f"{recording.recorded_at:%Y-%m-%d %H:%M} UTC",
        "app_version": recording.app_version,
        "prompt": recording.prompt,
        "system": recording.system,
        "panels": [_panel(panel) for panel in recording.panels],
        "definitions": [
            *(text for label, text in DEFINITIONS.items() if label != "state"),
            f"State: {DEFINITIONS['state']}",
        ],
    }
    return orjson.dumps(document).decode().translate(_ESCAPES)


def _panel(panel: RecordedPanel) -> dict[str, Any]:
    word = panel.source.word
    sampling = [f"{name} {value}" for name, value in panel.sampling.to_wire().items()]
    served = panel.served_model
    return {
        "letter": panel.letter,
        "name": panel.model.rsplit("/", 1)[-1],
        "origin": origin(panel.source),
        "word": word,
        "note": _NOTES[word],
        "asked": " · ".join([panel.model, *sampling]),
        "served": "" if served is None or served == panel.model else f"Served by {served}.",
        "price": _price(panel),
        "error": " ".join(part for part in (panel.error, panel.remedy) if part),
        "state": panel.state,
        "figures": _figures(panel),
        "end_ms": panel.end_ns / 1e6,
        "chunks": _chunks(panel),
    }


def _chunks(panel: RecordedPanel) -> list[tuple[float, str, str]]:
    """(ms since sending, channel, text); what came at the same time in the same channel is one piece."""
    return [
        (t_ns / 1e6, channel, "".join(chunk.text for chunk in together))
        for (t_ns, channel), together in groupby(panel.chunks, key=lambda chunk: (chunk.t_ns, chunk.channel))
    ]


def _figures(panel: RecordedPanel) -> list[tuple[str, str]]:
    result = panel.result
    timing, usage = result.timing, result.usage
    failed = panel.state == "failed"
    known = {
        "wait": figures.seconds(timing.wait_s),
        "total": figures.seconds(timing.total_s),
        "tokens/s": figures.per_second(timing.writing_per_s),
        "tokens": figures.token_pair(usage.prompt_tokens, usage.completion_tokens, estimated=result.estimated),
        "cost": figures.money(result.cost_usd),
    }
    return [*((label, figures.UNKNOWN if failed else text) for label, text in known.items()), ("state", panel.state)]


def _price(panel: RecordedPanel) -> str:
    price = panel.price
    if price is None or price.free:
        return ""
    day = "" if price.as_of is None else f" of {price.as_of:%Y-%m-%d}"
    return f"Price{day}: ${price.input_usd_per_mtok} in, ${price.output_usd_per_mtok} out per million tokens."
