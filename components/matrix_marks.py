"""An answer as text in which nothing is markup; what of it stands in its row is marked one way, the rest another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.feedback import escaped, in_lines
from services.matrix.grounding import Mark

FOUND, NOT_FOUND = "✓", "?"
LEGEND = (
    f":gray-background[4711 {FOUND}] stands in the row · :yellow-background[4712 {NOT_FOUND}] does not, "
    "and may still be right"
)


def marked(text: str, marks: Sequence[Mark], *, most: int | None = None) -> str:
    """Markdown of an answer; of a longer one its first `most` characters. marks are in the order of the text."""
    short = most is not None and len(text) > most
    end = _cut(text, marks, most) if short and most is not None else len(text)
    return in_lines("".join(_pieces(text, marks, end))) + (" …" if short else "")


def _pieces(text: str, marks: Sequence[Mark], end: int) -> Iterator[str]:
    at = 0
    for mark in marks:
        if mark.end > end:
            break
        yield escaped(text[at : mark.start])
        yield _badge(text[mark.start : mark.end], grounded=mark.grounded)
        at = mark.end
    yield escaped(text[at:end])


def _badge(words: str, *, grounded: bool) -> str:
    colour, sign = ("gray", FOUND) if grounded else ("yellow", NOT_FOUND)
    return f":{colour}-background[{escaped(' '.join(words.split()))} {sign}]"


def _cut(text: str, marks: Sequence[Mark], most: int) -> int:
    """Never through a mark, nor through a word where one ends near by."""
    through = next((mark.start for mark in marks if mark.start < most < mark.end), None)
    if through is not None:
        return through
    space = text.rfind(" ", max(0, most - 20), most)
    return space if space > 0 else most
