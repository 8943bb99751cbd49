"""The bundled facts about Together's models: dated, with sources, read once from assets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from services.models.prices import Price, usd_per_mtok

_ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class KnownModel:
    """One model as the sources describe it; None where no source says. as_of is the day of the newest source."""

    id: str
    type: str
    serverless: bool
    display_name: str | None = None
    organization: str | None = None
    context_length: int | None = None
    max_output_tokens: int | None = None
    price: Price | None = None
    tools: bool | None = None
    json_schema: bool | None = None
    vision: bool | None = None
    reasoning: bool | None = None
    reasoning_key: str | None = None
    license: str | None = None
    link: str | None = None
    sources: tuple[str, ...] = ()
    as_of: date | None = None
    note: str | None = None


@dataclass(frozen=True)
class Removal:
    """A model that left the serverless offer. dedicated: it can still be rented alone; None is not known."""

    id: str
    removed_on: date | None
    dedicated: bool | None
    replacement: str | None
    source: str
    note: str | None = None


@dataclass(frozen=True)
class Facts:
    """models and removals are keyed by folded id; substitutes hold our own picks, best first."""

    as_of: date
    models: Mapping[str, KnownModel]
    removals: Mapping[str, Removal]
    substitutes: Mapping[str, tuple[str, ...]]
    default_chat: tuple[str, ...]
    default_embedding: str

    @classmethod
    def bundled(cls, assets: Path = _ASSETS) -> Facts:
        """catalog.json, deprecations.json and defaults.json of a folder, kept after the first reading."""
        return _read(assets)


def folded(model_id: str) -> str:
    """Ids differ in case and in / and . against - between the provider's own pages; folded ones compare equal."""
    return re.sub(r"[/.]", "-", model_id.lower())


@lru_cache(maxsize=4)
def _read(assets: Path) -> Facts:
    catalog, removed, defaults = (
        orjson.loads((assets / name).read_bytes()) for name in ("catalog.json", "deprecations.json", "defaults.json")
    )
    return Facts(
        as_of=date.fromisoformat(catalog["as_of"]),
        models={folded(row["id"]): _known(row) for row in catalog["models"]},
        removals={folded(row["id"]): _removal(row) for row in removed["removed"]},
        substitutes={folded(name): tuple(ids) for name, ids in removed["substitutes"].items()},
        default_chat=tuple(defaults["chat"]),
        default_embedding=defaults["embedding"],
    )


def _known(row: Mapping[str, Any]) -> KnownModel:
    plain = {k: v for k, v in row.items() if k not in ("price", "sources", "as_of", "conflicts")}
    price = None if row["price"] is None else _price(row["price"], ", ".join(row["sources"]))
    return KnownModel(**plain, price=price, sources=tuple(row["sources"]), as_of=_day(row["as_of"]))


def _price(row: Mapping[str, Any], source: str) -> Price | None:
    p_in, p_out = usd_per_mtok(row["input"]), usd_per_mtok(row["output"])
    if p_in is None or p_out is None:
        return None
    return Price(p_in, p_out, usd_per_mtok(row["cached_input"]), _day(row["as_of"]), source)


def _removal(row: Mapping[str, Any]) -> Removal:
    return Removal(**{**row, "removed_on": _day(row["removed_on"])})


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
