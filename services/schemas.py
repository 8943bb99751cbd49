"""Answers that should be JSON of a schema: whether the schema is one, and whether an answer fits its own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.answers.runs import Run
from services.errors import BadRequestError
from services.matrix.limited import LimitedJudge
from services.wire.types import ChatRequest

_REMEDY = "Correct it beside the message field, or empty the field."


@dataclass(frozen=True)
class Verdict:
    """fits None: it could not be judged. reason is a sentence."""

    fits: bool | None
    reason: str


class Schemas:
    """Thread-safe. Each answer and each schema is judged once; max_kept verdicts are remembered."""

    def __init__(self, judge: LimitedJudge | None = None, *, max_kept: int = 2_000) -> None:
        self._judge = LimitedJudge() if judge is None else judge
        self._max_kept = max_kept
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Verdict] = OrderedDict()

    def problem(self, text: str) -> str | None:
        """Why the text is no JSON schema that could be asked for; None where it is one."""
        found = self._remembered(f"schema {text}", lambda: self._judged(text, None))
        if found.fits is not True:
            return found.reason
        return None if _object(text) is not None else "The schema is no JSON object that could be sent."

    def check(self, text: str) -> None:
        """Raises BadRequestError for what is no schema; an empty text is none, and fine."""
        problem = self.problem(text) if text.strip() else None
        if problem is not None:
            raise BadRequestError(problem, remedy=_REMEDY)

    def verdict(self, run: Run) -> Verdict | None:
        """Of a finished answer that was asked for under a schema; None for any other."""
        schema, result = schema_of(run), run.result
        if schema is None or result is None or result.state == "failed":
            return None
        text = run.text()
        found = self._remembered(f"run {run.id}", lambda: self._judged(orjson.dumps(schema).decode(), text))
        if found.fits is False and result.state == "cut off":
            return Verdict(False, f"{found.reason} It was cut off before its end.")
        return found

    def close(self) -> None:
        self._judge.close()

    def _judged(self, schema: str, text: str | None) -> Verdict:
        outcome = self._judge.judge("schema", schema, text)
        return Verdict(outcome.passed, outcome.reason)

    def _remembered(self, key: str, judge: Callable[[], Verdict]) -> Verdict:
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        made = judge()
        with self._lock:
            if made.fits is not None:
                self._known[key] = made
            while len(self._known) > self._max_kept:
                self._known.popitem(last=False)
        return made


def response_format(schema: str) -> Mapping[str, Any] | None:
    """What asks for JSON of the schema, given as text; None for an empty text and for one that is no JSON object."""
    read = _object(schema)
    return None if read is None else {"type": "json_schema", "json_schema": {"name": "answer", "schema": read}}


def _object(text: str) -> Mapping[str, Any] | None:
    """Strict, so that whatever is read can also be sent: no lone surrogates, no NaN."""
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None


def schema_of(run: Run) -> Mapping[str, Any] | None:
    """The schema an answer was asked for under."""
    asked = run.request.response_format if isinstance(run.request, ChatRequest) else None
    nested = None if asked is None else asked.get("json_schema")
    schema = nested.get("schema") if isinstance(nested, Mapping) else None
    return schema if isinstance(schema, Mapping) else None
