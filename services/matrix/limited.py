"""Judging by rules that may never end: in a process of its own, which is gone once its time is up."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from services.wire.json_text import repaired

MAX_PATTERN_CHARACTERS, MAX_SCHEMA_CHARACTERS, MAX_TEXT_CHARACTERS = 500, 20_000, 100_000
_PROGRAM = Path(__file__).with_name("limited_child.py")
_STRIKES = 2
# What faulthandler's timer ends a process with.
_OUT_OF_TIME = 1
_MAX_REMEMBERED = 500

RuleKind = Literal["pattern", "schema"]


@dataclass(frozen=True)
class Outcome:
    """passed None: it could not be judged, and reason says why."""

    passed: bool | None
    reason: str


class LimitedJudge:
    """Thread-safe; one judgement at a time. The process starts at the first one and lives until close().

    `re` cannot be interrupted from another thread, and a schema may hold expressions too. A rule that ran out of time
    twice is not tried again.
    """

    def __init__(self, *, limit_s: float = 1.0, program: Path = _PROGRAM) -> None:
        self._limit_s, self._program = limit_s, program
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._late: Counter[tuple[RuleKind, str]] = Counter()

    def judge(self, kind: RuleKind, rule: str, text: str | None) -> Outcome:
        """text None asks whether the rule itself can be used."""
        most = MAX_PATTERN_CHARACTERS if kind == "pattern" else MAX_SCHEMA_CHARACTERS
        if len(rule) > most:
            return Outcome(None, f"The {kind} has {len(rule):,} characters; at most {most:,} are taken.")
        if text is not None and len(text) > MAX_TEXT_CHARACTERS:
            return Outcome(None, f"The answer has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} are read.")
        with self._lock:
            if self._closed:
                return Outcome(None, "The playground is closing.")
            if self._late[kind, rule] >= _STRIKES:
                return Outcome(None, f"The {kind} took more than {self._limit_s:g} s on {_STRIKES} answers.")
            return self._asked(kind, rule, text)

    def close(self) -> None:
        """Ends the process; whoever asks after that gets no judgement."""
        self._closed = True
        with self._lock:
            self._end()

    def _asked(self, kind: RuleKind, rule: str, text: str | None) -> Outcome:
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        request = {"kind": kind, "rule": repaired(rule), "text": None if text is None else repaired(text)}
        try:
            child.stdin.write(orjson.dumps(request) + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = b""
        if line:
            reply = orjson.loads(line)
            return Outcome(reply["passed"], reply["reason"])
        is_late = child.wait() == _OUT_OF_TIME
        self._end()
        if len(self._late) >= _MAX_REMEMBERED:
            self._late.clear()
        self._late[kind, rule] += 1
        if not is_late:
            return Outcome(None, f"The process that judges by a {kind} ended unexpectedly.")
        return Outcome(None, f"Judging by the {kind} took more than {self._limit_s:g} s.")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            command = [sys.executable, "-I", str(self._program), str(self._limit_s)]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                # What was not yet written has nobody left to read it.
                continue
        child.wait()
