"""Laying found sentences out in a model's voice, so that two models give two answers to compare."""

from __future__ import annotations

import random
import re

from services.embedded.sandbox.given import Found
from services.embedded.sandbox.models import Voice

_NUMBERS = {"one": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_LENGTH = re.compile(
    r"\b(one|a single|two|three|four|five|\d{1,2})\s+(?:short |bullet |key |brief )*"
    r"(?:sentence|point|bullet|line|fact)s?\b",
    re.IGNORECASE,
)
_BRIEF = re.compile(r"\b(brief|briefly|short answer|concise|tl;?dr)\b", re.IGNORECASE)


def wanted_sentences(instructions: str) -> int | None:
    """What the prompt asks for in words such as `in two sentences`; None where it leaves it open."""
    if found := _LENGTH.search(instructions):
        word = found[1].lower()
        return _NUMBERS[word] if word in _NUMBERS else max(1, int(word))
    return 2 if _BRIEF.search(instructions) else None


def lay_out(found: Found, voice: Voice, wanted: int | None, chance: random.Random | None) -> str:
    """chance None (temperature 0) takes the longest answer of the voice's range."""
    least, most = voice.sentences
    size = wanted
    if size is None:
        size = most if chance is None else chance.randint(least, most)
    lines = list(found.lines) if found.fixed else _some(found, size)
    if len(lines) == 1:
        return lines[0]
    if found.is_list:
        return _bullets(found.topic, lines)
    body = _LAYOUTS[voice.layout](found.topic, lines)
    if wanted is not None:
        return body
    opener = voice.opener.format(topic=found.topic)
    return "\n\n".join(part for part in (opener, body, voice.closing) if part)


def _some(found: Found, size: int) -> list[str]:
    """The beginning of each source: one line from each in turn, so that no line stands without the one before it."""
    sizes = found.sizes or (len(found.lines),)
    taken = [0] * len(sizes)
    for _ in range(min(size, sum(sizes))):
        turn = min((n for n in range(len(sizes)) if taken[n] < sizes[n]), key=lambda n: taken[n])
        taken[turn] += 1
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    return [line for start, count in zip(starts, taken, strict=True) for line in found.lines[start : start + count]]


def _paragraphs(topic: str, lines: list[str]) -> str:
    pairs = [lines[start : start + 2] for start in range(0, len(lines), 2)]
    return "\n\n".join(" ".join(pair) for pair in pairs)


def _numbered(topic: str, lines: list[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _bullets(topic: str, lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _headed(topic: str, lines: list[str]) -> str:
    return f"**{topic[:1].upper()}{topic[1:]}**\n\n{lines[0]}\n\n{_bullets(topic, lines[1:])}"


def _table(topic: str, lines: list[str]) -> str:
    cells = [line.replace("|", "\\|") for line in lines]
    return "\n".join(["| # | Fact |", "|---|---|", *(f"| {n} | {cell} |" for n, cell in enumerate(cells, 1))])


_LAYOUTS = {
    "paragraphs": _paragraphs,
    "numbered": _numbered,
    "bullets": _bullets,
    "headed": _headed,
    "table": _table,
}
