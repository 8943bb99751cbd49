"""What in an answer is no claim about its row: program code, addresses, times of day, numbering."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.matrix.numbers import START

_FENCE = "```"
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,200}")
_CLOCK = re.compile(
    r"(?<![\w:])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?![\w:])(?: ?(?:am|pm|AM|PM|Uhr)\b)?"
)
_NUMBERING = re.compile(r"^[ \t>*_#|-]{0,12}(?:[0-9]{1,3}[.):]|\([0-9]{1,3}\))(?=[\s*_])", re.MULTILINE)
_ORDINAL = re.compile(r"(?<!\w)[0-9]{1,4}(?:st|nd|rd|th)\b", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:step|option|part|section|chapter|figure|table|schritt|teil|abschnitt|punkt|kapitel) #?[0-9]{1,3}\b", re.I
)
_PERIOD = re.compile(r"\b(?:Q[1-4]|H[12]|KW ?[0-9]{1,2})\b")
_WHOLE = re.compile(rf"{START}100[ \u00a0\u202f]{{0,2}}(?:%|percent\b|Prozent\b)")

Stretch = tuple[int, int]


def material(text: str) -> Iterator[Stretch]:
    """Fenced blocks, unless they hold JSON, and addresses: nothing in them is looked at."""
    at = 0
    for number, piece in enumerate(text.split(_FENCE)):
        if number % 2 and not is_json(piece.partition("\n")[2]):
            yield at, at + len(piece)
        at += len(piece) + len(_FENCE)
    for found in _ADDRESS.finditer(text):
        yield found.span()


def times(text: str) -> Iterator[Stretch]:
    for found in _CLOCK.finditer(text):
        yield found.span()


def ordering(text: str) -> Iterator[Stretch]:
    """Ordinals and the numbers that put an answer's own parts in order; and all of something: 100 %."""
    for pattern in (_NUMBERING, _ORDINAL, _STEP, _PERIOD, _WHOLE):
        for found in pattern.finditer(text):
            yield found.span()


def is_json(text: str) -> bool:
    """Whether it looks like it: quotes in it are then no quotations."""
    return text.lstrip().startswith(("{", "["))


def answers_in_json(text: str) -> bool:
    parts = text.split(_FENCE)
    return is_json(text) or (len(parts) == 3 and is_json(parts[1].partition("\n")[2]))
