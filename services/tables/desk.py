"""One source as a page works with it: listed, counted and sampled in the background, and closed with its session."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from services.errors import ServiceError
from services.tables.reads import Reads
from services.tables.source import Capabilities, Column, Found, ObjectName, Sample, SampleRequest, TableSource

T = TypeVar("T")
_Answer = tuple[object, ServiceError | None]


class Desk:
    """What the source was asked is kept until forget(): a page asks for it at every rerun.

    schemas, objects, columns and capabilities give None until their answer has come, waiting for it at most quick_s,
    and raise the ServiceError it was. Thread-safe as far as Reads is: one thing at a time. shared: see Reads.
    """

    def __init__(
        self, source: TableSource, *, shared: bool = False, quick_s: float = 0.5, max_answers: int = 100
    ) -> None:
        self.source = source
        self.reads: Reads[object] = Reads(source, shared=shared)
        self.counts: dict[ObjectName, int] = {}
        self._quick_s, self._max_answers = quick_s, max_answers
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()

    @property
    def connecting(self) -> bool:
        """It has not answered anything yet."""
        return self._answer("schemas") is None

    def schemas(self) -> tuple[str, ...] | None:
        """The first question is what connects."""
        return self._asked("schemas", f"Connecting to {self.source.name}", lambda source: source.schemas())

    def objects(self, schema: str, matching: str) -> Found | None:
        question = ("objects", schema, matching)
        return self._asked(question, f"Listing {schema}", lambda source: source.objects(schema, matching))

    def columns(self, name: ObjectName) -> tuple[Column, ...] | None:
        question = ("columns", name)
        return self._asked(question, f"Reading the columns of {name.name}", lambda source: source.columns(name))

    def capabilities(self) -> Capabilities | None:
        what = f"Asking {self.source.name} for its encoders"
        return self._asked("capabilities", what, lambda source: source.capabilities())

    def forget(self, *, refused_only: bool = False) -> None:
        """So that all, or what was refused, is asked again."""
        with self._lock:
            kept = {asked: answer for asked, answer in self._answers.items() if refused_only and answer[1] is None}
            self._answers = OrderedDict(kept)

    def count(self, name: ObjectName) -> None:
        def counted(source: TableSource) -> object:
            self.counts[name] = source.count(name)
            return self.counts[name]

        self._begin(f"Counting the rows of {name.name}", counted)

    def sample(self, request: SampleRequest, keep: Callable[[Sample], object]) -> None:
        """keep takes the sample over where it is read: whoever asked for it may look elsewhere by then."""
        self._begin(f"Reading {request.object.name}", lambda source: keep(source.sample(request)))

    def close(self) -> None:
        """Waits for what runs to end. A shared source stays open."""
        self.reads.close()
        if not self.reads.shared:
            self.source.close()

    def release(self) -> None:
        """close(), without waiting: whoever lets go must not stand still for a database that does not answer."""
        threading.Thread(target=self.close, name="desk release").start()

    def _begin(self, what: str, read: Callable[[TableSource], object]) -> None:
        self.reads.begin(what, read)
        self.reads.wait(self._quick_s)

    def _asked(self, question: Hashable, what: str, read: Callable[[TableSource], T]) -> T | None:
        answer = self._answer(question)
        if answer is None and not self.reads.live:
            self._begin(what, lambda source: self._keep(question, source, read))
            answer = self._answer(question)
        if answer is None:
            return None
        value, problem = answer
        if problem is not None:
            raise problem.with_traceback(None)
        return cast(T, value)

    def _answer(self, question: Hashable) -> _Answer | None:
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
            return self._answers.get(question)

    def _keep(self, question: Hashable, source: TableSource, read: Callable[[TableSource], T]) -> object:
        """Its problem belongs to who asks this question, not to whatever is read next."""
        try:
            answer: _Answer = (read(source), None)
        except ServiceError as problem:
            answer = (None, problem)
        with self._lock:
            self._answers[question] = answer
            while len(self._answers) > self._max_answers:
                self._answers.popitem(last=False)
        return answer
