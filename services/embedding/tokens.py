"""How many tokens a text has, and where it must be cut: counted with the local tokenizer, estimated for others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from services.embedding.encoder import BUNDLED
from services.errors import ConfigError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

# What the local encoder reads of a text at most: beyond the characters it does not even look for tokens.
LOCAL_LIMIT_TOKENS, LOCAL_LIMIT_CHARACTERS = 512, 3_072
_BATCH = 256


@dataclass(frozen=True)
class Measured:
    """What of a text is sent, and how many tokens that has."""

    text: str
    tokens: int


class Tokens(Protocol):
    """error is how far a sum of tokens may be off, as a share of it: 0 for a tokenizer that counts."""

    @property
    def error(self) -> float: ...

    def measure(self, texts: Sequence[str], limit_tokens: int | None) -> list[Measured]:
        """Each text itself where it surely has no more than limit_tokens, its start where not. None: no limit."""
        ...


class LocalTokens:
    """The local encoder's own tokenizer. Thread-safe; loaded at first use; raises ConfigError where it is missing."""

    error = 0.0

    def __init__(self, folder: Path = BUNDLED) -> None:
        self._file = folder / "tokenizer.json"
        self._lock = threading.Lock()
        self._loaded: Tokenizer | None = None

    def measure(self, texts: Sequence[str], limit_tokens: int | None) -> list[Measured]:
        read = [text[:LOCAL_LIMIT_CHARACTERS] for text in texts] if limit_tokens is not None else list(texts)
        return [
            _within(text, encoding, limit_tokens)
            for at in range(0, len(read), _BATCH)
            for text, encoding in zip(read[at : at + _BATCH], self._encoded(read[at : at + _BATCH]), strict=True)
        ]

    def _encoded(self, texts: list[str]) -> list[Encoding]:
        return self._tokenizer().encode_batch(texts, add_special_tokens=False)

    def _tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._loaded is None:
                if not self._file.is_file():
                    raise ConfigError("The local encoder lacks tokenizer.json.")
                from tokenizers import Tokenizer

                self._loaded = Tokenizer.from_file(str(self._file))
                self._loaded.no_truncation()
            return self._loaded


def _within(text: str, encoding: Encoding, limit_tokens: int | None) -> Measured:
    """Cut where the last token ends: WordPiece takes the longest pieces first, so those before it stay the same."""
    if limit_tokens is None or len(encoding) <= limit_tokens:
        return Measured(text, len(encoding))
    end = encoding.offsets[limit_tokens - 1][1] if limit_tokens > 0 else 0
    return Measured(text[:end], limit_tokens)
