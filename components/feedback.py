"""Problems, shown in the one way: what happened, what to do, and never a traceback; and text of others as just text."""

from __future__ import annotations

import re

import streamlit as st

from services.errors import ServiceError
from services.wire.json_text import repaired


def show(error: ServiceError) -> None:
    """Where the result would stand. Defects of ours are not shown this way: they stay a traceback in the log."""
    st.error(f"{plain(error.message)} {plain(error.remedy)}", icon=":material/error:")
    if error.page:
        with st.expander("What came back instead", icon=":material/code:"):
            st.code(error.page, language=None, wrap_lines=True)


def plain(text: str) -> str:
    """Markdown that shows exactly this text, whoever wrote it: no image, no link, no icon, no markup; lines stay."""
    return in_lines(escaped(text))


def escaped(text: str) -> str:
    """A piece of such Markdown, for what puts marks between pieces; in_lines() is due to the whole."""
    lines = repaired(text).replace("\r\n", "\n").replace("\r", "\n")
    return _LISTS.sub(r"\1\2\\", _MEANING.sub(r"\\\1", _TURNED.sub(_JOINER, lines)))


def in_lines(markdown: str) -> str:
    """What was escaped, its line breaks and indents kept; no blank line at its start or end."""
    inner = _BLANK_START.sub("", markdown.rstrip())
    return "\n\n".join("\\\n".join(map(_indented, part.split("\n"))) for part in _BLANK.split(inner))


def _indented(line: str) -> str:
    """Blanks at the start of a line would make code of it."""
    inner = line.strip()
    start = line[: len(line) - len(line.lstrip())].expandtabs(4) if inner else ""
    return "\u00a0" * len(start) + inner


_JOINER = "\u2060"
_MEANING = re.compile(r"([\\`*_\[\]{}<>#|~$]|!(?=\[)|&(?=#?\w+;)|:(?=[^\W\d_]|\Z))")
_LISTS = re.compile(r"^([^\S\n]*)(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))", re.MULTILINE)
# The page turns these into pictures, links and arrows even where they are escaped: a joiner keeps them apart.
_TURNED = re.compile(
    r"(?<=:)(?=(?!\d+:)[\w+-]+:|100:|1234:|material|//)"  # :smile:, :100:, :material/home:, https://
    r"|(?<=www)(?=\.)"
    r"|(?<=[\w.+-]@)(?=[\w-])"
    r"|(?:(?<=\s[<>~-])|(?<=^[<>~-]))(?=[-=>]{1,2}(?:\s|$))",  # ->
    re.IGNORECASE | re.MULTILINE,
)
_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")
