"""Text as UTF-8 can hold it."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """Surrogates that belong together become their character, a lone one U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
