"""How many tokens a text has, and where it must be cut: counted with the local tokenizer, estimated for others."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import BUNDLED
from services.errors import ConfigError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

# What the local encoder reads of a text at most: beyond the characters it does not even look for tokens.
LOCAL_LIMIT_TOKENS, LOCAL_LIMIT_CHARACTERS = 512, 3_072
_BATCH = 256

# Fitted so that the worst error is the least, by benchmarks/embedding_tokens.py: of the sums over English and German
# texts, material codes and mixtures, counted with four vocabularies (the local WordPiece, SmolLM2, cl100k, XLM-R), each
# is 0.63 to 1.35 times the estimate. Whatever ignores language and vocabulary errs so: German takes 2.6 characters a
# token in an English vocabulary and 4.0 in a multilingual one. Scripts from Greek on were not measured.
ERROR = 0.4
_PER_LETTER, _PER_WORD, _PER_DIGIT, _PER_SIGN, _PER_WIDE_BYTE = 0.3, 0.1, 0.9, 1.2, 0.4
_WIDE = 0x370


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


class EstimatedTokens:
    """For a model whose vocabulary is not here: by letters, words, digits and signs, within 40 % on whole samples.

    Cuts early rather than late: what is left has at most limit_tokens even where the estimate is as far off as that.
    per_text is what the model adds to each text: a start and an end for those of the BERT family.
    """

    def __init__(self, *, error: float = ERROR, per_text: int = 2) -> None:
        self.error, self._per_text = error, per_text

    def measure(self, texts: Sequence[str], limit_tokens: int | None) -> list[Measured]:
        return [self._measured(text, limit_tokens) for text in texts]

    def _measured(self, text: str, limit_tokens: int | None) -> Measured:
        sums = np.cumsum(_weights(text))
        if not sums.size:
            return Measured(text, self._per_text)
        room = math.inf if limit_tokens is None else limit_tokens / (1 + self.error) - self._per_text
        length = len(text) if sums[-1] <= room else int(np.searchsorted(sums, room, side="right"))
        return Measured(text[:length], (math.ceil(sums[length - 1]) if length else 0) + self._per_text)


def _weights(text: str) -> npt.NDArray[np.float64]:
    """(len(text),): what each character adds to the tokens; a word's first letter adds the word's share."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    narrow = codes < _WIDE
    kinds = _KINDS[np.where(narrow, codes, 0)]
    wide_bytes = 2 + (codes >= 0x800).astype(int) + (codes >= 0x10000)
    begins = (kinds == _LETTER) & np.diff(kinds == _LETTER, prepend=False)
    return np.where(narrow, _BY_KIND[kinds] + _PER_WORD * begins, _PER_WIDE_BYTE * wide_bytes)


def _kind(character: str) -> int:
    if character.isspace():
        return _SPACE
    if character.isalpha():
        return _LETTER
    return _DIGIT if character.isdigit() else _SIGN


_SPACE, _LETTER, _DIGIT, _SIGN = range(4)
_KINDS = np.array([_kind(chr(code)) for code in range(_WIDE)])
_BY_KIND = np.array([0.0, _PER_LETTER, _PER_DIGIT, _PER_SIGN])


def _within(text: str, encoding: Encoding, limit_tokens: int | None) -> Measured:
    """Cut where the last token ends: WordPiece takes the longest pieces first, so those before it stay the same."""
    if limit_tokens is None or len(encoding) <= limit_tokens:
        return Measured(text, len(encoding))
    end = encoding.offsets[limit_tokens - 1][1] if limit_tokens > 0 else 0
    return Measured(text[:end], limit_tokens)
