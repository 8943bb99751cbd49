"""Token probabilities for the reader: as numbers, as words that stay text, and as the weight of a line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from services.answers.figures import NARROW
from services.wire.types import TokenLogprob

# Below each of these probabilities the line under a token is one step heavier.
WEIGHTS = (0.9, 0.5, 0.2, 0.05)
END = "(end)"
_SEEN = {"\n": "↵", "\r": "␍", "\t": "⇥"}


def probability(logprob: float) -> float:
    """exp, held to 0 to 1: a server's own rounding, or its mistake, may lie above."""
    return 1.0 if logprob >= 0 else math.exp(logprob)


def percent(share: float) -> str:
    """97 %, 4.2 %, 0.31 %; what is nearly certain is not called certain."""
    if 0.995 <= share < 1:
        return f"> 99{NARROW}%"
    if share < 0.0001:
        return f"< 0.01{NARROW}%" if share > 0 else f"0{NARROW}%"
    value = share * 100
    places = max(0, 1 - math.floor(math.log10(value)))
    return f"{value:.{places}f}{NARROW}%"


def weight(share: float) -> int:
    """0 for a likely token to 4 for a very unlikely one."""
    return sum(share < bound for bound in WEIGHTS)


def visible(token: str) -> str:
    """A token as one line that can be read: breaks and blanks at its ends as signs, what cannot be seen by number."""
    if not token:
        return END
    inner = token.strip(" ")
    before = len(token) - len(token.lstrip(" "))
    after = len(token) - before - len(inner)
    return "·" * before + "".join(map(seen, inner)) + "·" * after


def seen(character: str) -> str:
    """The character itself, or what stands for it where it would be invisible or turn the text around it."""
    if character in _SEEN:
        return _SEEN[character]
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}"


def alternatives(token: TokenLogprob) -> tuple[tuple[str, float], ...]:
    """What else could have stood there, with probabilities, likeliest first; without the token itself."""
    others = [(other, probability(logprob)) for other, logprob in token.top if other != token.token]
    return tuple(sorted(others, key=lambda pair: -pair[1]))


def described(token: TokenLogprob) -> str:
    """↵ 85 %, else ·( 3.1 %, , 1.2 %: one token in words."""
    others = " · ".join(f"{visible(other)} {percent(share)}" for other, share in alternatives(token))
    own = f"{visible(token.token)} {percent(probability(token.logprob))}"
    return f"{own}; else {others}" if others else own


def mean_probability(tokens: Sequence[TokenLogprob]) -> float | None:
    """The geometric mean, exp of the mean logprob; None without tokens."""
    if not tokens:
        return None
    return math.exp(sum(min(0.0, token.logprob) / len(tokens) for token in tokens))
