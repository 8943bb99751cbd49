"""Finding sentences: the bundled notes, and text a prompt brings along, by the words they share with a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
_COMMON_TEXT = """
a about after all also am an and any are as at be been but by can could did do does each for from get give had has have
hello help hi how i if in into is it its just know let like list make many may me more most my need no not now of on
one only or other our out please say see she should show so some tell than thank that the their them then there these
they this those to too two up us use using very want was we what when where which who why will with would write you your
der die das den dem ein eine ist sind war wird und oder wie wer wo wann warum welche welcher mit von zu im
answer between explain describe difference mean means work works become became happen happened word words sentence
sentences point points short briefly
"""
_COMMON = frozenset(_COMMON_TEXT.split())


@dataclass(frozen=True)
class Note:
    subject: str
    title: str
    text: str

    @property
    def sentences(self) -> list[str]:
        return sentences(self.text)


@dataclass(frozen=True)
class Hit:
    """score is 0 to 1: the share of the question's weight that the note covers."""

    score: float
    note: Note


class Notes:
    """Notes weighted by how rare their words are (tf-idf)."""

    def __init__(self, notes: Iterable[Note]) -> None:
        self.notes = tuple(notes)
        self._words = [Counter(stems(note.title)) + Counter(stems(note.text)) for note in self.notes]
        self._titles = [set(stems(note.title)) for note in self.notes]
        seen = Counter(word for words in self._words for word in words)
        self._rarity = {word: math.log(1 + len(self.notes) / n) for word, n in seen.items()}
        self._unknown = math.log(1 + len(self.notes)) / 2

    def search(self, question: str, context: str = "", limit: int = 3) -> list[Hit]:
        """Best first. context is earlier text of the conversation and weighs half."""
        asked = dict.fromkeys(stems(context), 0.5) | dict.fromkeys(stems(question), 1.0)
        weights = {word: share * self._rarity.get(word, self._unknown) for word, share in asked.items()}
        total = sum(weights.values())
        if not total:
            return []
        scores = [self._cover(index, weights) / total for index in range(len(self.notes))]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        return [Hit(scores[index], self.notes[index]) for index in order[:limit] if scores[index] > 0]

    def _cover(self, index: int, weights: dict[str, float]) -> float:
        """A title word covers its whole weight, one in the text part of it; of equals the fuller title comes first."""
        words, title = self._words[index], self._titles[index]
        repeated = {word: 1 - 0.5 ** words[word] for word in weights}
        covered = sum(weight * (1 if word in title else 0.8 * repeated[word]) for word, weight in weights.items())
        return covered * (1 + 0.05 * len(title & weights.keys()) / max(len(title), 1)) / 1.05

    @property
    def subjects(self) -> list[str]:
        return list(dict.fromkeys(note.subject for note in self.notes))


def load_notes(folder: Path) -> Notes:
    """Files of `# Subject` and `## Title` sections with a paragraph each."""
    return Notes(note for path in sorted(folder.glob("*.md")) for note in _read(path.read_text(encoding="utf-8")))


def _read(text: str) -> Iterable[Note]:
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    subject = head.strip().removeprefix("# ").strip()
    for section in sections:
        title, _, body = section.partition("\n")
        yield Note(subject, title.strip(), " ".join(body.split()))


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def stems(text: str) -> list[str]:
    """Words that carry meaning, without plural and verb endings, so that `tables` meets `table`."""
    return [_stem(word) for word in words(text) if word not in _COMMON]


def _stem(word: str) -> str:
    for ending, keep in (("ies", "y"), ("ings", ""), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)] + keep
    return word.removesuffix("e") if len(word) > 4 else word


def sentences(text: str) -> list[str]:
    """Sentences of prose; lines of a table or list stay whole."""
    return [part.strip() for line in text.splitlines() for part in _SENTENCE.split(line) if part.strip()]


def closest(question: str, candidates: list[str], limit: int) -> list[str]:
    """The candidates that share most of the question's words, in their own order; none where nothing is shared."""
    asked = set(stems(question))
    scores = [len(asked & set(stems(text))) for text in candidates]
    best = sorted(range(len(candidates)), key=lambda index: -scores[index])[:limit]
    return [candidates[index] for index in sorted(best) if scores[index]]


def central(candidates: list[str], limit: int) -> list[str]:
    """The candidates whose words occur most in all of them, in their own order: an extract, not a rewording."""
    seen = Counter(word for text in candidates for word in set(stems(text)))
    weights = [sum(seen[word] for word in set(stems(text))) / (len(stems(text)) + 3) for text in candidates]
    best = sorted(range(len(candidates)), key=lambda index: -weights[index])[:limit]
    return [candidates[index] for index in sorted(best)]
