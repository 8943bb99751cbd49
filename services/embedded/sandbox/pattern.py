"""A text that matches a regular expression of the plain kind: literals, classes, groups, alternatives, counts."""

from __future__ import annotations

import re

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}


def example(expression: str, prefer: str = "") -> str:
    """The first alternative that `prefer` mentions, else the first; the fewest repetitions.

    Raises ValueError where it is no expression, or one beyond these rules.
    """
    try:
        wanted = re.compile(expression)
    except re.error as error:
        raise ValueError(f"{expression!r} is no regular expression: {error}") from error
    text = _Reader(expression, prefer.lower()).read()
    if wanted.search(text) is None:
        raise ValueError(f"no example found for {expression!r}")
    return text


class _Reader:
    def __init__(self, expression: str, prefer: str) -> None:
        self._rest, self._prefer = expression, prefer

    def read(self) -> str:
        text = self._alternatives()
        if self._rest:
            raise ValueError(f"unexpected {self._rest[0]!r}")
        return text

    def _take(self) -> str:
        if not self._rest:
            raise ValueError("the expression ends too early")
        taken, self._rest = self._rest[0], self._rest[1:]
        return taken

    def _alternatives(self) -> str:
        found = [self._sequence()]
        while self._rest.startswith("|"):
            self._take()
            found.append(self._sequence())
        return next((text for text in found if text and text.lower() in self._prefer), found[0])

    def _sequence(self) -> str:
        text = ""
        while self._rest and self._rest[0] not in "|)":
            atom = self._atom()
            text += atom * self._least_count()
        return text

    def _atom(self) -> str:
        taken = self._take()
        if taken == "(":
            self._rest = re.sub(r"^\?(?::|P?<\w+>)", "", self._rest)
            text = self._alternatives()
            if self._take() != ")":
                raise ValueError("a group is not closed")
            return text
        if taken == "[":
            return self._class()
        if taken == "\\":
            return _escaped(self._take())
        return "" if taken in "^$" else "a" if taken == "." else taken

    def _class(self) -> str:
        """One member of a class; for a negated one the first of a few that is outside."""
        start = re.match(r"\^?\]?(?:\\.|[^\]\\])*\]", self._rest)
        if start is None:
            raise ValueError("a class is not closed")
        inside, self._rest = start[0], self._rest[start.end() :]
        member = re.compile("[" + inside)
        return next((c for c in "aA0 -_.,;:/+#*!?@$%&=<>()[]{}|^~\"'\\" if member.match(c)), "") or _first(member)

    def _least_count(self) -> int:
        count = re.match(r"(?:[?*+]|\{(\d+)(?:,\d*)?\})\??", self._rest)
        if count is None:
            return 1
        self._rest = self._rest[count.end() :]
        return int(count[1]) if count[1] else int(count[0][0] == "+")


def _first(member: re.Pattern[str]) -> str:
    found = next((chr(code) for code in range(33, 0x2000) if member.match(chr(code))), None)
    if found is None:
        raise ValueError(f"no character matches {member.pattern!r}")
    return found


def _escaped(char: str) -> str:
    return _CLASSES.get(char, {"b": "", "n": "\n", "t": "\t"}.get(char, char))
