"""Text a prompt brings along, and the few things that can be done with it by rule: count, list, shorten, look up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.embedded.sandbox import notes

_RULE = re.compile(r"^[\s|:+-]+$")
_ASKING = re.compile(
    r"\?|^\W*(summari[sz]e|summary|shorten|tl;?dr|list|count|how many|which|what|who|where|when|why|answer|classify"
    r"|extract|translate|compare|explain|describe|name|find|tell|give|question)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bhow many\b|\bcount\b|\bnumber of (?:rows|lines|entries)\b", re.IGNORECASE)
_LIST = re.compile(r"^\W*(?:please )?list\b|\bshow (?:all|me all|the rows)\b", re.IGNORECASE)
_SHORTEN = re.compile(r"\bsummar|\bshorten|\btl;?dr|\bin one sentence\b|\bkey points\b", re.IGNORECASE)
_BEYOND = re.compile(
    r"\b(classify|categori[sz]e|label|translate|rewrite|rephrase|correct|write|generate|draft|sort|rank)\b",
    re.IGNORECASE,
)
NOWHERE = "no note"
_ROW_WORDS = frozenset(notes.stems("rows lines entries notifications materials customers records items text table"))


@dataclass(frozen=True)
class Found:
    """What an answer is made of. fixed lines are given whole, whatever length the model's voice prefers.

    sizes says how many of the lines each source gave, the best source first; () stands for one source.
    """

    topic: str
    lines: tuple[str, ...]
    where: str
    fixed: bool = False
    is_list: bool = False
    sizes: tuple[int, ...] = ()


def split(prompt: str) -> tuple[str, str]:
    """(question, material): the lines that ask, and the rest if it is long enough to be material."""
    head, colon, tail = prompt.partition(":")
    lines = [line for line in prompt.splitlines() if line.strip()]
    if len(lines) < 2:
        is_material = bool(colon) and len(tail) >= 60 and _ASKING.search(head) is not None
        return (head, tail.strip()) if is_material else (prompt, "")
    asking = [line for line in (lines[0], lines[-1]) if _ASKING.search(line) or line.rstrip().endswith(":")]
    material = [line for line in lines if line not in asking]
    if not asking or not material or (len(material) < 2 and len(material[0]) < 60):
        return prompt, ""
    return " ".join(asking), "\n".join(material)


def rows(material: str) -> list[str]:
    """Lines without rules and without the head of a table: one above a rule, or one in capitals."""
    lines = [line.strip() for line in material.splitlines() if line.strip()]
    if len(lines) > 1 and _RULE.match(lines[1]):
        lines = lines[2:]
    elif len(lines) > 1 and lines[0].isupper() and not any(char.isdigit() for char in lines[0]):
        lines = lines[1:]
    return [line for line in lines if not _RULE.match(line)]


def look_up(question: str, material: str, size: int) -> Found | None:
    """At most `size` sentences; None where the material shares no word with the question."""
    lines = rows(material)
    if not lines:
        return None
    if _COUNT.search(question):
        return _count(question, lines)
    if _LIST.search(question):
        return Found("the text given", tuple(lines), "the text given", fixed=True, is_list=True)
    parts = notes.sentences("\n".join(lines))
    is_list = "|" in material
    if _SHORTEN.search(question):
        return Found("the text given", tuple(notes.central(parts, size)), "the text given", is_list=is_list)
    if _BEYOND.search(question):
        return Found("the text given", (_beyond(parts),), NOWHERE, fixed=True)
    close = notes.closest(question, parts, size)
    return Found("the text given", tuple(close), "the text given", is_list=is_list) if close else None


def _beyond(parts: list[str]) -> str:
    return (
        "This asks for more than a simulation can do: it counts, lists, shortens and looks up words in the text given. "
        f"The middle of that text is: {' '.join(notes.central(parts, 1))}"
    )


def _count(question: str, lines: list[str]) -> Found:
    """Rows in all, or those that hold a word of the question; words are matched, not meanings."""
    total = f"The text given has {len(lines)} row{'' if len(lines) == 1 else 's'}."
    wanted = [word for word in dict.fromkeys(notes.stems(question)) if word not in _ROW_WORDS and word != "count"]
    said = [word for word in wanted if any(word in notes.stems(line) for line in lines)]
    if not said:
        return Found("the count", (total,), "the text given", fixed=True)
    hits = sum(all(word in notes.stems(line) for word in said) for line in lines)
    named = " and ".join(f"“{word}”" for word in said)
    counted = f"{hits} of {len(lines)} rows hold {named}, by the word."
    return Found("the count", (counted,), "the text given", fixed=True)
