"""Cutting text into the sandbox's tokens: about four characters of English each, none of any real model's."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r" ?[^\W\d_]{1,7}| ?\d{1,3}|[ \t]+|.", re.DOTALL)


def split(text: str) -> list[str]:
    """Pieces that join to the text again."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    return sum(1 for _ in _TOKEN.finditer(text))


def prompt_tokens(texts: Iterable[str], overhead: int) -> int:
    """overhead once for the template, and four for each message after the first."""
    counts = [count(text) for text in texts]
    return overhead + sum(counts) + 4 * max(len(counts) - 1, 0)
