"""The simulated models: how each one speaks, waits and writes, read from assets/sandbox/models.json."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from services.embedded.sandbox.latency import Latency

ASSETS = Path(__file__).resolve().parents[3] / "assets"


@dataclass(frozen=True)
class Voice:
    """How an answer is laid out. sentences is the least and most it takes from the notes."""

    layout: Literal["paragraphs", "numbered", "bullets", "headed", "table"]
    sentences: tuple[int, int]
    opener: str = ""
    closing: str = ""


@dataclass(frozen=True)
class Model:
    """One simulated model. Prices are practice prices in USD per 10^6 tokens, written as the wire would show them.

    dialect A puts usage on the chunk that finishes, B on a last chunk without choices. overhead_tokens is what a
    prompt costs beside its text. reasoning is the key thoughts come under, or "think" for tags inside the text.
    """

    id: str
    kind: Literal["chat", "embedding"]
    organization: str
    display_name: str
    context_length: int | None
    pricing: Mapping[str, float]
    overhead_tokens: int
    note: str
    created: int = 0
    license: str | None = None
    link: str | None = None
    dialect: Literal["A", "B"] = "A"
    usage: Literal["plain", "flat_cached", "flat_reasoning", "details"] = "plain"
    finish: Literal["stop", "eos"] = "stop"
    logprobs: Literal["spec", "lists", "openai"] = "spec"
    big_seed: bool = False
    empty_tool_content: str | None = ""
    reasoning: Literal["reasoning", "reasoning_content", "think"] | None = None
    reasoning_optional: bool = False
    hides_reasoning_tokens: bool = False
    forced_tool_while_thinking: bool = True
    overflow_status: Literal[400, 403] = 403
    counts_usage: bool = True
    refuses: Literal["not_serverless", "data_sharing"] | None = None
    latency: Latency | None = None
    voice: Voice = Voice("paragraphs", (2, 4))

    def listing(self) -> dict[str, Any]:
        """The entry of GET /v1/models: Together's fields, and two of ours that say it is simulated."""
        prices = {"hourly": 0, "input": 0, "output": 0, "base": 0, "finetune": 0, **self.pricing}
        prices |= {"image_pixel": 0, "transcribe": 0, "image": 0, "video": 0}
        entry: dict[str, Any] = {
            "id": self.id,
            "uuid": f"endpoint-{_uuid(self.id)}",
            "object": "model",
            "created": self.created,
            "type": self.kind,
            "running": False,
            "display_name": f"{self.display_name} (simulated)",
            "organization": self.organization,
        }
        optional = {"link": self.link, "license": self.license, "context_length": self.context_length}
        entry |= {key: value for key, value in optional.items() if value is not None}
        config = {"chat_template": None, "stop": ["<|end|>"], "bos_token": "<|start|>", "eos_token": "<|end|>"}
        return entry | {"config": config, "pricing": prices, "simulated": True, "note": self.note}


def load_models(path: Path = ASSETS / "sandbox" / "models.json") -> dict[str, Model]:
    """By wire id, in the order of the file. Raises TypeError on a field no model has."""
    data = json.loads(path.read_text(encoding="utf-8"))
    models = [_model({"note": data["note"], **entry}) for entry in data["models"]]
    return {model.id: model for model in models}


def _model(entry: dict[str, Any]) -> Model:
    if latency := entry.get("latency"):
        entry["latency"] = Latency(**latency)
    if voice := entry.get("voice"):
        entry["voice"] = Voice(**{**voice, "sentences": tuple(voice["sentences"])})
    return Model(**entry)


def _uuid(text: str) -> str:
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def dice(*parts: object) -> random.Random:
    """A generator that is the same for the same parts, in every process."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()
    return random.Random(int.from_bytes(digest[:8]))
