r"""Stop sequences as one line of text: separated by commas, with \n, \t, \, and \\ for what cannot be typed there."""

from __future__ import annotations

from collections.abc import Sequence

_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", ",": "\\,"}
_READ = {"n": "\n", "r": "\r", "t": "\t"}


def stops_written(stops: Sequence[str]) -> str:
    return ", ".join(_one(stop) for stop in stops)


def stops_read(text: str) -> tuple[str, ...]:
    """Blanks around a comma do not count, except one behind a backslash; empty parts and repetitions are left out."""
    parts: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            # An escaped blank must outlive strip(): it is held as a pair until then.
            parts[-1].append("\\" + following)
        elif character == ",":
            parts.append([])
        else:
            parts[-1].append(character)
    found = ("".join(map(_plain, _stripped(part))) for part in parts)
    return tuple(dict.fromkeys(stop for stop in found if stop))


def _one(stop: str) -> str:
    text = "".join(_WRITTEN.get(character, character) for character in stop)
    if text[:1].isspace():
        text = "\\" + text
    if len(stop) > 1 and text[-1:].isspace():
        text = text[:-1] + "\\" + text[-1]
    return text


def _stripped(part: list[str]) -> list[str]:
    start, end = 0, len(part)
    while start < end and part[start].isspace():
        start += 1
    while end > start and part[end - 1].isspace():
        end -= 1
    return part[start:end]


def _plain(piece: str) -> str:
    if len(piece) == 2 and piece[0] == "\\":
        return _READ.get(piece[1], piece[1])
    return piece
