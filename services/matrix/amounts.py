"""Amounts of money, shares and large numbers as they are written: which values and which currencies they may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.matrix.numbers import PATTERN, START, readings, scaled

_CODES = "EUR USD GBP CHF JPY CNY INR PLN CZK SEK NOK DKK HUF CAD AUD NZD BRL MXN SGD HKD KRW ZAR AED RON BGN ILS"
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})
_EUROS, _POUNDS = frozenset({"EUR"}), frozenset({"GBP"})
# What a currency is called, and which it may be.
_CURRENCIES: dict[str, frozenset[str]] = {
    **{code: frozenset({code}) for code in _CODES.split()},
    **dict.fromkeys(("€", "Euros", "Euro", "euros", "euro"), _EUROS),
    **dict.fromkeys(("$", "dollars", "dollar", "Dollar"), _DOLLARS),
    **dict.fromkeys(("US$", "US dollars", "US-Dollar"), frozenset({"USD"})),
    **dict.fromkeys(("£", "pounds"), _POUNDS),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
}
_SCALES = {
    **dict.fromkeys(("thousand", "Tausend", "tausend", "Tsd."), 3),
    **dict.fromkeys(("million", "Million", "Millionen", "Mio.", "Mio", "mn"), 6),
    **dict.fromkeys(("billion", "Milliarde", "Milliarden", "Mrd.", "Mrd", "bn"), 9),
    "k": 3,
}


def _any_of(names: dict[str, object]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_GAP = r"[ \u00a0\u202f]{0,2}"
_NO_LETTER = r"(?![^\W\d_])"
_CURRENCY = _any_of({**_CURRENCIES})
_NUMBER = rf"(?P<number>{PATTERN})(?:{_GAP}(?P<scale>{_any_of({**_SCALES})}){_NO_LETTER})?"
_NAMED = re.compile(rf"(?<![^\W\d_])(?:{_CURRENCY}){_NO_LETTER}")
_BEFORE = re.compile(rf"(?<![^\W\d_])(?P<currency>{_CURRENCY}){_GAP}-?{_NUMBER}(?![^\W_])")
_AFTER = re.compile(rf"{START}{_NUMBER}{_GAP}(?P<currency>{_CURRENCY}){_NO_LETTER}")
_SHARE = re.compile(rf"{START}(?P<number>{PATTERN}){_GAP}(?:%|percent\b|per cent\b|Prozent\b)")
_LARGE = re.compile(rf"{START}(?P<number>{PATTERN}){_GAP}(?P<scale>{_any_of({**_SCALES})}){_NO_LETTER}")


@dataclass(frozen=True)
class Amount:
    """values as numbers.readings() writes them. currencies: empty for a share and for a large number."""

    start: int
    end: int
    values: frozenset[str]
    currencies: frozenset[str] = frozenset()


def amounts(text: str) -> Iterator[Amount]:
    """Every number in a text of digits 0 to 9 that carries a currency, a percent sign or a word like million."""
    for pattern in (_BEFORE, _AFTER, _LARGE):
        for found in pattern.finditer(text):
            parts = found.groupdict()
            values = _scaled(readings(found["number"]), _SCALES.get(parts["scale"] or "", 0))
            if values:
                yield Amount(
                    found.start(), found.end(), values, _CURRENCIES.get(parts.get("currency", ""), frozenset())
                )
    for found in _SHARE.finditer(text):
        values = frozenset(readings(found["number"]))
        if values:
            yield Amount(found.start(), found.end(), values | _scaled(values, -2))


def currencies(text: str) -> frozenset[str]:
    """Those that a text names."""
    return frozenset(code for found in _NAMED.findall(text) for code in _CURRENCIES[found])


def _scaled(values: Iterator[str] | frozenset[str] | tuple[str, ...], places: int) -> frozenset[str]:
    return frozenset(scaled(number, places) for number in values)
