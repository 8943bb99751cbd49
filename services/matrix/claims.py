"""What a text says that can be looked up in a row: numbers, dates, codes, amounts and quotations, with their place.

What cannot be judged is no claim: the numbering of lists, ordinals, times of day, single digits, "100 %", addresses,
program code, words with one digit (B2B, CO2). Signs are not judged either: a hyphen and a minus look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.matrix import amounts, asides, dates
from services.matrix.numbers import GROUP_MARKS, PATTERN, START, ascii_digits, readings

Kind = Literal["number", "date", "id", "amount", "quote"]

_ID_DIGITS = 5
_QUOTED = re.compile(
    r"(?<!\w)[\"“]([^\s\"“”„\n][^\"“”„\n]{1,400})[\"”](?!\w)"
    r"|„([^\"“”„\n]{2,400})[“”\"](?!\w)"
    r"|«([^«»\n]{2,400})»|»([^«»\n]{2,400})«"
)
_SPACED = re.compile(rf"{START}[0-9]{{1,3}}(?: [0-9]{{3}}){{1,5}}(?![0-9])")
_TOKEN = re.compile(rf"[^\W_]\w*+(?:(?:(?<=[0-9])[.,{GROUP_MARKS}](?=[0-9])|[-/](?=[^\W_]))\w++)*+")
_WITH_UNIT = re.compile(rf"({PATTERN})([^\W\d_]{{0,4}})")
_JOINED = re.compile(rf"{PATTERN}(?:[-/]{PATTERN})++")
_PIECE = re.compile(rf"(?<!\w){PATTERN}(?!\w)")
_DIGITS, _RUN, _WORDS = re.compile(r"[0-9]"), re.compile(r"[0-9]+"), re.compile(r"[^\W\d_]+")
_JSON_KEY = re.compile(r"\"\s{0,9}:")
_UNIT_NAMES = (
    "kg g mg t mm cm m km l ml h d s ms min x V kV mV A mA W kW MW kWh MWh Wh Hz kHz MHz GHz bar mbar Pa kPa MPa "
    "KB MB GB TB N Nm kN J kJ C F K pcs St Stk px pt rpm yr"
)
_UNITS = frozenset(_UNIT_NAMES.split())
# With a space between, a single letter is too little to be a unit.
_UNIT = re.compile(rf" ?(?:{'|'.join(sorted((unit for unit in _UNITS if len(unit) > 1), key=len, reverse=True))})\b")
_UNIT = re.compile(
    rf" ?(?:{'|'.join(sorted(_UNITS - {'x', 's', 'm', 'A', 'C', 'F', 'K', 'N'}, key=len, reverse=True))})\b"
)


@dataclass(frozen=True)
class Claim:
    """text[start:end]. keys: what it may stand for, any one of which will do; of a quotation, its words.

    currencies: those an amount may be in. parts: the same text read as several claims; splits: it falls into them
    where it does not stand as a whole, not only where all of them stand.
    """

    start: int
    end: int
    kind: Kind
    keys: frozenset[str]
    currencies: frozenset[str] = frozenset()
    parts: tuple[Claim, ...] = ()
    splits: bool = False


def claims(text: str, *, given: bool = False) -> list[Claim]:
    """In the order of the text, none overlapping. given: a text to be looked up in, of which everything counts."""
    plain = _joined(ascii_digits(text))
    free = _Free(len(plain))
    found: list[Claim] = []
    if not given:
        free.take_all(asides.material(plain))
        found += free.kept(() if asides.answers_in_json(plain) else _quotes(text))
    found += free.kept(_date(each) for each in dates.dates(plain))
    free.take_all(asides.times(plain))
    if not given:
        free.take_all(asides.ordering(plain))
    found += free.kept(_amount(each) for each in amounts.amounts(plain))
    found += free.kept(claim for token in _TOKEN.finditer(plain) for claim in _token(token, plain, given=given))
    return sorted(found, key=lambda claim: claim.start)


def number_key(value: str) -> str:
    return f"n:{value}"


def date_keys(keys: frozenset[str]) -> frozenset[str]:
    return frozenset(f"d:{key}" for key in keys)


def code_key(code: str) -> str:
    return f"c:{code.casefold()}"


class _Free:
    """Which characters of a text no claim has taken yet."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def take(self, start: int, end: int) -> bool:
        if any(self._taken[start:end]):
            return False
        self._taken[start:end] = b"\1" * (end - start)
        return True

    def take_all(self, stretches: Iterator[tuple[int, int]]) -> None:
        for start, end in stretches:
            self._taken[start:end] = b"\1" * (end - start)

    def kept(self, found: Iterator[Claim] | tuple[Claim, ...]) -> list[Claim]:
        return [claim for claim in found if self.take(claim.start, claim.end)]


def _joined(plain: str) -> str:
    """A space between thousands as one that keeps a number together: 12 345 becomes one number, or else its parts."""
    return _SPACED.sub(lambda found: found[0].replace(" ", "\u00a0"), plain)


def _quotes(text: str) -> Iterator[Claim]:
    """Quotations of two words or more, or with a digit: a single word in quotes may be anybody's way of speaking."""
    for found in _QUOTED.finditer(text):
        words = next(group for group in found.groups() if group is not None)
        if len(words.split()) > 1 or _DIGITS.search(words):
            yield Claim(found.start(), found.end(), "quote", frozenset({words}))


def _date(found: dates.Dated) -> Claim:
    return Claim(found.start, found.end, "date", date_keys(found.keys))


def _amount(found: amounts.Amount) -> Claim:
    kind: Kind = "amount" if found.currencies else "number"
    return Claim(found.start, found.end, kind, frozenset(map(number_key, found.values)), found.currencies)


def _token(found: re.Match[str], plain: str, *, given: bool) -> Iterator[Claim]:
    start, token = found.start(), found[0].rstrip("_")
    digits = len(_DIGITS.findall(token))
    if digits == 0 or (not given and _JSON_KEY.match(plain, start + len(token))):
        return
    measured = _WITH_UNIT.fullmatch(token)
    if measured is not None and (not measured[2] or measured[2] in _UNITS):
        unit = measured[2] or _UNIT.match(plain, start + len(token))
        yield from _number(measured[1], start, alone=not (given or unit))
        return
    parts = tuple(_parts(token, start, given=given))
    whole = Claim(start, start + len(token), "id", frozenset({code_key(token)}), parts=parts, splits=bool(parts))
    # A fraction, a page of so many, a code with a single digit: too little to tell a claim from a way of speaking.
    if given or parts or digits >= (_ID_DIGITS if "/" in token else 2):
        yield whole


def _number(written: str, start: int, *, alone: bool) -> Iterator[Claim]:
    """alone: with nothing beside it that says what it counts, so that a single digit is no claim."""
    end, values = start + len(written), readings(written)
    pieces = [(start + piece.start(), piece[0]) for piece in _RUN.finditer(written)]
    split = tuple(claim for at, piece in pieces if len(pieces) > 1 for claim in _number(piece, at, alone=alone))
    if not values:
        code = frozenset({code_key(written)})
        yield Claim(start, end, "id", code, parts=split if "." not in written else (), splits="." not in written)
    elif not (alone and len(written) == 1):
        is_id = written.isdigit() and (len(written) >= _ID_DIGITS or (written[0] == "0" and len(written) > 1))
        keys = frozenset(map(number_key, values)) | date_keys(dates.compact(written))
        is_list = len(split) > 1 and all(len(piece) == 3 for _, piece in pieces[1:])
        yield Claim(start, end, "id" if is_id else "number", keys, parts=split if is_list else ())


def _parts(token: str, start: int, *, given: bool) -> Iterator[Claim]:
    """The numbers in 10-20, 24-hour and mid-2024; none in a code such as MAT-0012 or 4711/10."""
    words = _WORDS.findall(token)
    number_first = token[0].isdigit() and all(len(word) > 2 for word in words)
    if "/" in token and not (given and _JOINED.fullmatch(token)):
        return
    if "-" not in token and "/" not in token:
        return
    if number_first or all(word.islower() for word in words):
        for piece in _PIECE.finditer(token):
            yield from _number(piece[0], start + piece.start(), alone=not given)
