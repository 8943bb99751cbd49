"""What a script's user has to know once: on stderr, so that a script's output stays its own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def to_stderr(line: str) -> None:
    # None where a program has no console.
    if sys.stderr is not None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Notices:
    """Writes one line for each subject, however many threads and clients have it to say."""

    def __init__(self, write: Callable[[str], None] = to_stderr) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._said: set[str] = set()

    def say(self, subject: str, sentence: str) -> None:
        with self._lock:
            if subject in self._said:
                return
            self._said.add(subject)
        self._write(f"together_ai: {sentence}")


NOTICES = Notices()
