"""Model and table text made inert for Markdown: nothing in it may make the browser fetch or run anything.

The content-security policy is the second lock; this one also keeps the page readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^`]*)$")
_IMAGE = re.compile(
    r"!\[((?:[^\[\]\\]|\\.|\[[^\[\]]*+\]){0,2000}+)\](?:\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)|\[[^\[\]]*+\])?", re.DOTALL
)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:.*$", re.MULTILINE)
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.){0,500}+)\]\(\s*+<?\s*+([^\s()<>]*+)[^()]*+(?:\([^()]*+\)[^()]*+)*+\)")
_AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.\-]*):([^<>\s]*)>")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_INLINE = re.compile(r"\\\(([^\n]{1,2000}?)\\\)")
_DISPLAYED = re.compile(r"\\\[(.{1,2000}?)\\\]", re.DOTALL)
_DOLLAR = re.compile(r"(?<!\\)\$(?=\d)")
_HARMLESS = ("http:", "https:", "mailto:")


def safe_markdown(text: str) -> str:
    r"""Same text with images named instead of loaded, other links than http(s) and mailto as plain text.

    Formulas in \(…\) and \[…\] are put into dollars; $5 stays money. Fenced code stays as it is but for its language
    tag, whose colours fail on our background.
    """
    return "".join(part if code else _inert(part) for code, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """(is it fenced code, the text) in order; a fence that is still open counts as code."""
    fence = ""
    pending: list[str] = []
    for line in _LINES.findall(text):
        match = _FENCE.match(line.rstrip("\r\n"))
        if not fence and match:
            yield False, "".join(pending)
            pending, fence = [match[1] + "\n" if line.endswith("\n") else match[1]], match[1]
        elif fence and match and not match[2].strip() and match[1].startswith(fence):
            yield True, "".join([*pending, line])
            pending, fence = [], ""
        else:
            pending.append(line)
    yield bool(fence), "".join(pending)


def _inert(text: str) -> str:
    text = _DOLLAR.sub(r"\\$", _DEFINITION.sub("", text))
    text = _DISPLAYED.sub(r"$$\1$$", _INLINE.sub(r"$\1$", text))
    text = _IMAGE.sub(_image_note, text)
    text = text.replace("![", "!\\[")
    text = _LINK.sub(_link_or_text, text)
    return _AUTOLINK.sub(lambda m: m[0] if _allowed(m[1] + ":") else f"{m[1]}:{m[2]}", text)


def _image_note(match: re.Match[str]) -> str:
    alt = match[1].replace("![", "").replace("[", "").replace("]", "").strip()
    return rf"\[image removed{': ' + alt if alt else ''}\]"


def _link_or_text(match: re.Match[str]) -> str:
    return match[0] if _allowed(match[2]) else match[1]


def _allowed(target: str) -> bool:
    """http(s) and mailto, or a relative target without anything that could hide a scheme."""
    return target.lower().startswith(_HARMLESS) or not (":" in target or "&" in target or target.startswith("//"))
