"""The rows of the demo tables: the same ones on every machine and every version of Python."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TypeVar

from services.tables.demo_vocabulary import Companies, Family, Language, MaterialKind, Phrases, Topic, Vocabulary

T = TypeVar("T")
Row = tuple[str | bytes | None, ...]

CUSTOMERS = 120
NOTIFICATIONS = 1_500
NO_DATE = "00000000"

_SEED = 20_261_125
_FIRST_DAY = date(2025, 1, 7)
_LAST_DAY = date(2026, 10, 30)
_LONG_ONE = 250
_LONGER_THAN_SHOWN = 4_600


class Dice:
    """Asks its generator for random() alone: the one method whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, n: int) -> int:
        return int(self._random() * n)

    def of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, share: float) -> bool:
        return self._random() < share

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        rows = list(choices)
        for at in range(len(rows) - 1, 0, -1):
            other = self.below(at + 1)
            rows[at], rows[other] = rows[other], rows[at]
        return rows


@dataclass(frozen=True)
class Rows:
    """In the order of the columns in the catalogue. Decimals are texts here, for SQLite knows no exact ones."""

    materials: tuple[Row, ...]
    customers: tuple[Row, ...]
    notifications: tuple[Row, ...]


def rows(words: Vocabulary) -> Rows:
    materials = _materials(words, Dice(_SEED))
    customers = _customers(words.companies, Dice(_SEED + 1))
    return Rows(materials, customers, tuple(_Notifications(words, materials, customers, Dice(_SEED + 2)).rows()))


def _materials(words: Vocabulary, dice: Dice) -> tuple[Row, ...]:
    made: list[Row] = []
    for kind in words.materials:
        for step, size in enumerate(kind.sizes):
            number = f"D{kind.group[0]}-{1001 + len(made)}"
            made.append(_material(number, kind, size, step, dice.of(words.plants), dice))
    return tuple(made)


def _material(number: str, kind: MaterialKind, size: str, step: int, plant: str, dice: Dice) -> Row:
    cents = kind.price_cents * (100 + 23 * step) // 100 + 5 * dice.below(40)
    grams = kind.weight_g * (100 + 35 * step) // 100 + dice.below(50)
    price = None if dice.chance(0.04) else f"{cents // 100}.{cents % 100:02d}"
    flag = "X" if dice.chance(0.07) else ""
    text = (
        None if dice.chance(0.05) else " ".join((kind.texts[0].format(size=size), *dice.shuffled(kind.texts[1:])[:2]))
    )
    weight = f"{grams // 1000}.{grams % 1000:03d}"
    return number, f"{kind.name} {size}", kind.type, kind.group, plant, price, kind.currency, weight, flag, text


def _customers(words: Companies, dice: Dice) -> tuple[Row, ...]:
    names: dict[str, Row] = {}
    while len(names) < CUSTOMERS:
        country = dice.of(words.countries)
        name = f"{dice.of(words.stems)} {dice.of(country.trades)} {country.form}"
        remarks = dice.shuffled(words.notes[country.language])[: 1 + dice.below(2)]
        note = None if dice.chance(0.1) else " ".join(remarks)
        number = f"{100_001 + len(names):010d}"
        names.setdefault(name, (number, name, dice.of(country.cities), country.code, dice.of(words.industries), note))
    return tuple(names.values())


class _Notifications:
    """Every topic equally often, three English ones to each German one."""

    def __init__(self, words: Vocabulary, materials: Sequence[Row], customers: Sequence[Row], dice: Dice) -> None:
        self._words, self._dice = words, dice
        self._customers = [row[0] for row in customers]
        self._concerned = {
            topic.name: _concerned(topic, words.families[topic.family], materials) for topic in words.topics
        }
        self._told: set[str] = set()

    def rows(self) -> Iterator[Row]:
        turns = [(topic, turn) for turn in range(NOTIFICATIONS) for topic in self._words.topics][:NOTIFICATIONS]
        days = sorted(self._dice.below((_LAST_DAY - _FIRST_DAY).days) for _ in turns)
        before: Row | None = None
        for at, ((topic, turn), day) in enumerate(zip(self._dice.shuffled(turns), days, strict=True)):
            row = self._row(at, topic, "D" if turn % 4 == 3 else "E", _FIRST_DAY + timedelta(days=day))
            # Somebody sends the same report once more: what is prepared for a model must cope with it.
            again = before is not None and at % 100 == 99
            before = row if before is None or not again else _reported_again(row, before)
            yield before

    def _row(self, at: int, topic: Topic, language: Language, day: date) -> Row:
        dice, family = self._dice, self._words.families[topic.family]
        short, text = dice.of(topic.phrases[language].short), self._new_text(topic.phrases[language], family, language)
        if at == _LONG_ONE:
            text = self._log(topic.phrases[language])
        material, plant = dice.of(self._concerned[topic.name])
        customer = dice.of(self._customers) if dice.chance(1.0 if family.from_customers else 0.2) else None
        number = f"{200_000_101 + at:012d}"
        created, completed = self._dates(day)
        code = None if dice.chance(0.06) else dice.of(family.codes)
        return (
            number,
            family.kind,
            short,
            None if at % 131 == 77 else text,
            language,
            material,
            customer,
            plant,
            dice.of("1222333334"),
            code,
            created,
            completed,
            sha256(f"{_SEED} {number}".encode()).digest()[:16],
            topic.name,
        )

    def _dates(self, day: date) -> tuple[str, str]:
        end = day + timedelta(days=1 + self._dice.below(40))
        still_open = self._dice.chance(0.3) or end > _LAST_DAY
        created = NO_DATE if self._dice.chance(0.004) else f"{day:%Y%m%d}"
        return created, NO_DATE if still_open else f"{end:%Y%m%d}"

    def _new_text(self, phrases: Phrases, family: Family, language: Language) -> str:
        text = self._text(phrases, family, language)
        while text in self._told:
            text = self._text(phrases, family, language)
        self._told.add(text)
        return text

    def _text(self, phrases: Phrases, family: Family, language: Language) -> str:
        dice = self._dice
        what, when = dice.of(phrases.symptom), dice.of(phrases.circumstance)
        parts = [when, what] if dice.chance(0.25) else [what, when]
        parts.append(dice.of(phrases.request))
        if dice.chance(0.3):
            parts.insert(0, f"{dice.of(family.places[language])}:")
        if dice.chance(0.2):
            parts.append(dice.of(family.details[language]).format(n=1_000 + dice.below(9_000)))
        return " ".join(parts)

    def _log(self, phrases: Phrases) -> str:
        """More than a sample shows of one text."""
        entries: list[str] = []
        while sum(map(len, entries)) < _LONGER_THAN_SHOWN:
            told = (phrases.symptom, phrases.circumstance, phrases.request)
            entries.append(f"[{len(entries) + 1:02d}] " + " ".join(self._dice.of(kind) for kind in told))
        return "\n".join(entries)


def _concerned(topic: Topic, family: Family, materials: Sequence[Row]) -> list[tuple[str, str]]:
    """Number and plant of each material a notification of this topic may be about."""
    numbers = []
    for number, text, kind, group, plant, *_ in materials:
        named = any(str(text).startswith(name) for name in topic.materials)
        if named or (not topic.materials and group in family.groups and (family.from_customers or kind != "ERSA")):
            numbers.append((str(number), str(plant)))
    return numbers


def _reported_again(row: Row, before: Row) -> Row:
    """row with the texts, the language and the topic of before."""
    return (row[0], before[1], *before[2:8], *row[8:9], before[9], *row[10:13], before[13])
