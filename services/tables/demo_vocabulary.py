"""The words the demo tables are made of, read from assets/demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from services.errors import ConfigError

Language = Literal["E", "D"]
LANGUAGES: tuple[Language, ...] = ("E", "D")

BUNDLED = Path(__file__).resolve().parents[2] / "assets" / "demo"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Query:
    """What somebody might ask for, and the topic whose notifications answer it."""

    text: str
    language: Language
    topic: str


@dataclass(frozen=True)
class Phrases:
    """Whole sentences, each of which goes with any of the other two kinds."""

    short: tuple[str, ...]
    symptom: tuple[str, ...]
    circumstance: tuple[str, ...]
    request: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """materials are names of kinds; empty for every machine of the family."""

    name: str
    family: str
    materials: tuple[str, ...]
    phrases: Mapping[Language, Phrases]


@dataclass(frozen=True)
class Family:
    """Topics of one trade: notification type, groups of the materials and defect codes they may have.

    from_customers: complaints, which may concern a spare part too. details hold one {n}, the place of a number.
    """

    kind: str
    groups: tuple[str, ...]
    codes: tuple[str, ...]
    from_customers: bool
    places: Mapping[Language, tuple[str, ...]]
    details: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class MaterialKind:
    """One row for each size. price_cents and weight_g are those of the smallest; currency as ISO 4217."""

    group: str
    type: str
    name: str
    sizes: tuple[str, ...]
    price_cents: int
    weight_g: int
    currency: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Country:
    code: str
    trades: tuple[str, ...]
    form: str
    cities: tuple[str, ...]
    language: Language


@dataclass(frozen=True)
class Companies:
    """stems are invented; industries are the keys of BRSCH."""

    stems: tuple[str, ...]
    countries: tuple[Country, ...]
    industries: tuple[str, ...]
    notes: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class Vocabulary:
    topics: tuple[Topic, ...]
    families: Mapping[str, Family]
    materials: tuple[MaterialKind, ...]
    companies: Companies
    plants: tuple[str, ...]


def vocabulary(folder: Path = BUNDLED) -> Vocabulary:
    """Raises ConfigError where a file is missing or not what it should be."""
    try:
        plant, companies = _json(folder / "plant.json"), _json(folder / "companies.json")
        topics = [_topic(name, each) for file in _topic_files(folder) for name, each in _json(file).items()]
        materials = tuple(
            MaterialKind(**{**each, "sizes": tuple(each["sizes"]), "texts": tuple(each["texts"])})
            for each in _json(folder / "materials.json")
        )
        families = {name: _family(each) for name, each in plant["families"].items()}
        return Vocabulary(tuple(topics), families, materials, _companies(companies), tuple(plant["plants"]))
    except _UNREADABLE as problem:
        raise _broken(problem) from problem


def suggested(folder: Path = BUNDLED) -> tuple[Query, ...]:
    """One question for each topic and language, the most telling first. They share few words or none with the texts."""
    try:
        return tuple(Query(each["query"], each["language"], each["topic"]) for each in _json(folder / "queries.json"))
    except _UNREADABLE as problem:
        raise _broken(problem) from problem


def _topic_files(folder: Path) -> list[Path]:
    return sorted((folder / "topics").glob("*.json"))


def _json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def _topic(name: str, each: dict[str, Any]) -> Topic:
    kinds = ("short", "symptom", "circumstance", "request")
    phrases = {language: Phrases(*(tuple(each[language][kind]) for kind in kinds)) for language in LANGUAGES}
    return Topic(name, each["family"], tuple(each.get("materials", ())), phrases)


def _family(each: dict[str, Any]) -> Family:
    return Family(
        each["kind"],
        tuple(each["groups"]),
        tuple(each["codes"]),
        each["from_customers"],
        _by_language(each["places"]),
        _by_language(each["details"]),
    )


def _companies(each: dict[str, Any]) -> Companies:
    countries = tuple(
        Country(
            country["code"], tuple(country["trades"]), country["form"], tuple(country["cities"]), country["language"]
        )
        for country in each["countries"]
    )
    return Companies(tuple(each["stems"]), countries, tuple(each["industries"]), _by_language(each["notes"]))


def _by_language(each: dict[str, Any]) -> dict[Language, tuple[str, ...]]:
    return {language: tuple(each[language]) for language in LANGUAGES}


def _broken(problem: Exception) -> ConfigError:
    return ConfigError(
        f"The words of the demo tables cannot be read ({type(problem).__name__}).",
        remedy="Restore assets/demo from the repository.",
    )
