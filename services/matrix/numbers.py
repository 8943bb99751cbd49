"""Numbers as people write them, in English and in German: every value that a written number may stand for.

A value is plain digits with at most one point, without sign, without zeros that mean nothing: "1234.5".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

# Spaces that keep a number together, and the two apostrophes of Swiss amounts.
GROUP_MARKS = "'’\u00a0\u202f\u2009"
# Possessive, as all that builds on it: text of others must not make a search go back and forth.
PATTERN = rf"[0-9]++(?:[.,{GROUP_MARKS}][0-9]++)*+"
START = rf"(?<!\w)(?<![0-9][.,{GROUP_MARKS}])"

DecimalMark = Literal[".", ","]

_MARKED = re.compile(rf"([0-9]{{1,3}}(?:[{GROUP_MARKS}][0-9]{{3}})+)(?:[.,]([0-9]+))?")
_MARKS = re.compile(r"[.,]")
_NOT_DIGITS = re.compile(r"[^0-9]")


def ascii_digits(text: str) -> str:
    """Digits of other scripts as 0 to 9 and the minus sign as a hyphen, character by character: no place moves."""
    if text.isascii():
        return text
    return "".join(map(_ascii, text))


def readings(written: str, mark: DecimalMark | None = None) -> tuple[str, ...]:
    """The values that text of PATTERN may stand for: none, one or two, as "1.234" is 1234 to some and 1.234 to others.

    mark, where given, is the one that stands before decimals. None where it is no number: a version (1.2.3), a list
    (1,2,3), a grouping in anything but threes.
    """
    marked = _MARKED.fullmatch(written)
    if marked is not None:
        return (value(_NOT_DIGITS.sub("", marked[1]), "" if marked[2] is None else marked[2]),)
    groups, marks = _MARKS.split(written), _MARKS.findall(written)
    if _NOT_DIGITS.search("".join(groups)):
        return ()
    if not marks:
        return (value(groups[0]),)
    is_decimal = len(set(marks[:-1])) <= 1 and marks[-1] not in marks[:-1] and _in_threes(groups[:-1])
    is_grouped = len(set(marks)) == 1 and _in_threes(groups)
    found = []
    if is_grouped and mark != marks[0]:
        found.append(value("".join(groups)))
    if is_decimal and mark in (None, marks[-1]):
        found.append(value("".join(groups[:-1]), groups[-1]))
    return tuple(found)


def value(digits: str, decimals: str = "") -> str:
    whole, rest = digits.lstrip("0"), decimals.rstrip("0")
    return f"{whole or '0'}.{rest}" if rest else whole or "0"


def scaled(number: str, places: int) -> str:
    """A value times ten to the power of places: 2 for hundreds, -2 for percent."""
    whole, _, rest = number.partition(".")
    if places >= 0:
        rest = rest.ljust(places, "0")
        return value(whole + rest[:places], rest[places:])
    whole = whole.rjust(1 - places, "0")
    return value(whole[:places], whole[places:] + rest)


def _in_threes(groups: list[str]) -> bool:
    """Whether it may be one number grouped in thousands; a single group always may."""
    first, *others = groups
    if not others:
        return True
    return len(first) <= 3 and first[:1] not in ("", "0") and all(len(group) == 3 for group in others)


def _ascii(character: str) -> str:
    if character == "−":
        return "-"
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
