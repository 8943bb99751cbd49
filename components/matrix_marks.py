"""An answer as text in which nothing is markup; what of it stands in its row is marked one way, the rest another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from services.matrix.grounding import Mark
from services.wire.json_text import repaired

FOUND, NOT_FOUND = "✓", "?"
LEGEND = (
    f":gray-background[4711 {FOUND}] stands in the row · :yellow-background[4712 {NOT_FOUND}] does not, "
    "and may still be right"
)
_JOINER = "\u2060"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# The page turns these into pictures, links and arrows even where they are escaped: a joiner keeps them apart.
_TURNED = re.compile(
    r":(?=[\w+-]+:)"  # :smile:
    r"|(?<=:)(?=//)"  # https://
    r"|(?<=www)(?=\.)"
    r"|@"
    r"|(?:(?<=\s)|^)[<>~-](?=[-=>]{1,2}(?:\s|$))",  # ->
    re.IGNORECASE | re.MULTILINE,
)
_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")


def literal(text: str) -> str:
    """Markdown that shows exactly this text; line breaks stay."""
    return _in_lines(_escaped(text))


def marked(text: str, marks: Sequence[Mark], *, most: int | None = None) -> str:
    """Markdown of an answer; of a longer one its first `most` characters. marks are in the order of the text."""
    short = most is not None and len(text) > most
    end = _cut(text, marks, most) if short and most is not None else len(text)
    return _in_lines("".join(_pieces(text, marks, end))) + (" …" if short else "")


def _pieces(text: str, marks: Sequence[Mark], end: int) -> Iterator[str]:
    at = 0
    for mark in marks:
        if mark.end > end:
            break
        yield _escaped(text[at : mark.start])
        yield _badge(text[mark.start : mark.end], grounded=mark.grounded)
        at = mark.end
    yield _escaped(text[at:end])


def _badge(words: str, *, grounded: bool) -> str:
    colour, sign = ("gray", FOUND) if grounded else ("yellow", NOT_FOUND)
    return f":{colour}-background[{_escaped(' '.join(words.split()))} {sign}]"


def _cut(text: str, marks: Sequence[Mark], most: int) -> int:
    """Never through a mark, nor through a word where one ends near by."""
    through = next((mark.start for mark in marks if mark.start < most < mark.end), None)
    if through is not None:
        return through
    space = text.rfind(" ", max(0, most - 20), most)
    return space if space > 0 else most


def _escaped(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", _TURNED.sub(lambda found: found[0] + _JOINER, repaired(text)))


def _in_lines(text: str) -> str:
    plain = _BLANK_START.sub("", text.replace("\r\n", "\n").replace("\r", "\n").rstrip())
    return "\n\n".join("\\\n".join(map(_indented, part.split("\n"))) for part in _BLANK.split(plain))


def _indented(line: str) -> str:
    """Blanks at the start of a line would make code of it."""
    inner = line.strip()
    start = line[: len(line) - len(line.lstrip())].expandtabs(4) if inner else ""
    return "\u00a0" * len(start) + inner
