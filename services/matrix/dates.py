"""Dates as people and tables write them, in English and in German: every day or month that a text may stand for.

A key is "2024-01-15" for a day, "2024-01" for a month, "01-15" for a day of an unnamed year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_NAMES = (
    ("January", "Januar", "Jänner", "Jan"),
    ("February", "Februar", "Feb"),
    ("March", "März", "Maerz", "Mar", "Mär", "Mrz"),
    ("April", "Apr"),
    ("May", "Mai"),
    ("June", "Juni", "Jun"),
    ("July", "Juli", "Jul"),
    ("August", "Aug"),
    ("September", "Sept", "Sep"),
    ("October", "Oktober", "Oct", "Okt"),
    ("November", "Nov"),
    ("December", "Dezember", "Dec", "Dez"),
)
_MONTHS = {name: month for month, names in enumerate(_NAMES, start=1) for name in names}
_MONTHS |= {name.upper(): month for name, month in _MONTHS.items()}
_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_TIME = r"(?:[T ]{1,2}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_END = r"(?![\w]|[.-][0-9])"
# What is outside is rather a number or a code; 9999 is how tables write "for ever".
_YEARS = frozenset({*range(1900, 2100), 9999})

_NAMED = (
    re.compile(
        rf"(?<![\w.,])(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?(?: of)?[ -]?{_MONTH},?"
        rf"(?:[ -]?(?P<year>[0-9]{{4}}))?{_END}"
    ),
    re.compile(rf"\b{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>[0-9]{{4}}))?{_END}"),
    re.compile(rf"\b{_MONTH} (?P<year>[0-9]{{4}}){_END}"),
)
_YEAR_FIRST = re.compile(rf"(?<![\w.-])([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}{_END}")
_YEAR_LAST = re.compile(rf"(?<![\w.,-])([0-9]{{1,2}})([./-])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_TIME}{_END}")
_NO_YEAR = re.compile(r"(?<![\w.,-])([0-9]{1,2})\.([0-9]{2})\.(?= [a-zäöü(]|,|\))")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True)
class Dated:
    start: int
    end: int
    keys: frozenset[str]


def dates(text: str) -> Iterator[Dated]:
    """Every date in a text whose digits are 0 to 9, overlapping ones included, those with month names first."""
    for pattern in _NAMED:
        for found in pattern.finditer(text):
            keys = _named(found.groupdict())
            if keys:
                yield Dated(found.start(), found.end(), keys)
    for found in _YEAR_FIRST.finditer(text):
        yield from _dated(found, [(found[1], found[3], found[4])])
    for found in _YEAR_LAST.finditer(text):
        orders = [(found[3], found[1])] if found[2] == "." else [(found[3], found[1]), (found[1], found[3])]
        years = [found[4]] if len(found[4]) == 4 else [f"20{found[4]}", f"19{found[4]}"]
        yield from _dated(found, [(year, month, day) for year in years for month, day in orders])
    for found in _NO_YEAR.finditer(text):
        keys = _day_of_year(int(found[2]), int(found[1]))
        if keys:
            yield Dated(found.start(), found.end(), keys)


def compact(digits: str) -> frozenset[str]:
    """The key of eight digits that are a day, as tables keep it: 20240115; nothing for others."""
    found = _COMPACT.fullmatch(digits)
    return frozenset() if found is None else _days([(found[1], found[2], found[3])])


def keys_of(day: date) -> frozenset[str]:
    """All the ways in which a text may point at that day."""
    return frozenset({f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day:%m-%d}"})


def widened(keys: Iterable[str]) -> frozenset[str]:
    """Keys of days with their months and days of the year: whoever names the day has named those."""
    return frozenset(
        wide for key in keys for wide in ({key, key[:7], key[5:]} if len(key) == len("2024-01-15") else {key})
    )


def _dated(found: re.Match[str], parts: Iterable[tuple[str, str, str]]) -> Iterator[Dated]:
    keys = _days(parts)
    if keys:
        yield Dated(found.start(), found.end(), keys)


def _named(groups: dict[str, str | None]) -> frozenset[str]:
    month, day, year = _MONTHS[str(groups["name"])], groups.get("day"), groups.get("year")
    if day is None:
        return frozenset({f"{year}-{month:02}"})
    return _day_of_year(month, int(day)) if year is None else _days([(year, str(month), day)])


def _day_of_year(month: int, day: int) -> frozenset[str]:
    """In a leap year, as any day may be meant."""
    return frozenset(key[5:] for key in _days([("2000", str(month), str(day))]))


def _days(parts: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    found = set()
    for year, month, day in parts:
        if int(year) not in _YEARS:
            continue
        try:
            found.add(date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            # No such day: 31.02. is no date, whatever it is.
            continue
    return frozenset(found)
