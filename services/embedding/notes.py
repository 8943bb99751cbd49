"""The bundled notes, and the search that answers a question with the notes themselves."""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.embedding.encoder import Encoder, Vectors
from services.errors import ConfigError

BUNDLED = Path(__file__).resolve().parents[2] / "assets" / "notes"
# THRESHOLD, DOUBT and IN_TEXT (the worth of a shared word that stands in the text only) were chosen on the questions
# marked "tuning" in tests/embedding/questions.json: 58 of 60 found, 1 of 36 answered that should not be. On the "fresh"
# ones, which no choice rests on: 22 of 24 found, 0 of 18 answered.
THRESHOLD = 0.46
# One rare word in common has a weight near 4, one that stands in a third of the notes near 1. Two units of doubt keep
# a question of a single everyday word ("What time is it?") low.
DOUBT = 2.0
IN_TEXT = 0.8

_WORD = re.compile(r"[^\W_](?:\w*[^\W_])")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORDS_THAT_TELL_NOTHING = (
    "about all an and any are as at be been by can could did do does explain for from get give go got had has have he "
    "her his how if in into is it its let list make me mean means meant mine more much must my need no not now of on "
    "one or our out own please should so some tell than that the their them then there these they this those to too "
    "two up us use used using very want was we were what when where which who whom whose why will with without work "
    "works would write you your"
)
_UNTELLING = frozenset(_WORD.findall(_WORDS_THAT_TELL_NOTHING))


@dataclass(frozen=True)
class Note:
    """One paragraph of facts; subject is the title of the file it stands in."""

    subject: str
    title: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        return (self.title, *_SENTENCE.split(self.text))


@dataclass(frozen=True)
class Hit:
    """score 0 to 1: the mean of meaning (cosine of the closest sentence) and words (weighted share in common)."""

    note: Note
    score: float


def read_notes(folder: Path = BUNDLED) -> tuple[Note, ...]:
    """From *.md: a line `# Subject`, then `## Title` and a paragraph each. Raises ConfigError naming a bad file."""
    return tuple(note for path in sorted(folder.glob("*.md")) for note in _parse(path))


class NoteSearch:
    """Finds notes that answer a question, or none. Thread-safe; the notes are encoded at the first question."""

    def __init__(self, notes: Sequence[Note], encoder: Encoder, *, threshold: float = THRESHOLD) -> None:
        self._notes, self._encoder, self._threshold = tuple(notes), encoder, threshold
        self._held = [_held(note) for note in self._notes]
        self._spread = Counter(word for held in self._held for word in held)
        self._owner = np.array([i for i, note in enumerate(self._notes) for _ in note.sentences], dtype=np.intp)
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None

    def find(self, question: str, limit: int = 2) -> tuple[Hit, ...]:
        """The best first; empty when no note scores at least the threshold."""
        scores = (self._meaning(question) + self._overlap(question)) / 2
        best = np.argsort(-scores, kind="stable")[:limit]
        return tuple(Hit(self._notes[i], float(scores[i])) for i in best if scores[i] >= self._threshold)

    def _meaning(self, question: str) -> npt.NDArray[np.float64]:
        """(n,): cosine of the question and the closest sentence of each note, not below 0."""
        cosines = self._sentence_vectors() @ self._encoder.encode([question])[0]
        closest = np.zeros(len(self._notes))
        np.maximum.at(closest, self._owner, cosines)
        return closest

    def _overlap(self, question: str) -> npt.NDArray[np.float64]:
        """(n,): the share of the question's words that each note holds, a rare word weighing more."""
        weights = {word: self._weight(word) for word in keywords(question)}
        asked = sum(weights.values()) + DOUBT
        shared = [sum(w * held.get(word, 0.0) for word, w in weights.items()) for held in self._held]
        return np.array(shared) / asked

    def _weight(self, word: str) -> float:
        return math.log((len(self._notes) + 1) / (self._spread[word] + 0.5))

    def _sentence_vectors(self) -> Vectors:
        with self._lock:
            if self._vectors is None:
                self._vectors = self._encoder.encode([s for note in self._notes for s in note.sentences])
            return self._vectors


def keywords(text: str) -> frozenset[str]:
    """The telling words, lower case, with the commonest English endings off so that ports meets port."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _UNTELLING)


def _held(note: Note) -> dict[str, float]:
    """Each word of the note with its worth."""
    return {**dict.fromkeys(keywords(note.text), IN_TEXT), **dict.fromkeys(keywords(note.title), 1.0)}


def _stem(word: str) -> str:
    for ending, instead in (("ings", ""), ("ing", ""), ("ies", "y"), ("es", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + instead
            break
    return word.removesuffix("e") if len(word) > 3 else word


def _parse(path: Path) -> list[Note]:
    head, *sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if not head.startswith("# "):
        raise ConfigError(f"{path.name} does not begin with a line '# Subject'.")
    subject = head.removeprefix("# ").partition("\n")[0].strip()
    parts = [section.partition("\n") for section in sections]
    notes = [Note(subject, title.strip(), " ".join(text.split())) for title, _, text in parts]
    empty = [note.title for note in notes if not note.title or not note.text]
    if empty:
        raise ConfigError(f"{path.name}: the note '{empty[0]}' has no title or no text.")
    return notes
