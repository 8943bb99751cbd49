"""What one person completes: a prompt, how it is continued, and the continuations so far; kept outside the session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from services.answers.runs import Run
from services.wire.types import CompletionRequest, Sampling

KEPT_RUNS = 20


@dataclass(frozen=True)
class Sheet:
    """endpoint and model None: the default, whatever it is at the time.

    shown is the run that is looked at; asked counts all that were sent; filled counts how often sampling was set from
    elsewhere than its fields; cleared is what stood here before the last clear.
    """

    prompt: str = ""
    endpoint: str | None = None
    model: str | None = None
    sampling: Sampling = Sampling()
    runs: tuple[Run, ...] = ()
    shown: int = 0
    asked: int = 0
    filled: int = 0
    cleared: Sheet | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def run(self) -> Run | None:
        return self.runs[self.shown] if 0 <= self.shown < len(self.runs) else None

    @property
    def live(self) -> bool:
        return any(run.live for run in self.runs)

    def with_run(self, run: Run) -> Sheet:
        """Appends and shows it; the oldest beyond KEPT_RUNS go. A run that is here already is only shown."""
        ids = [kept.id for kept in self.runs]
        if run.id in ids:
            return replace(self, shown=ids.index(run.id))
        runs = (*self.runs, run)[-KEPT_RUNS:]
        return replace(self, runs=runs, shown=len(runs) - 1, asked=self.asked + 1)

    def with_prompt(self, prompt: str) -> Sheet:
        return replace(self, prompt=prompt)

    def with_sampling(self, sampling: Sampling) -> Sheet:
        """From elsewhere than the fields, which then start anew."""
        return replace(self, sampling=sampling, filled=self.filled + 1)

    def emptied(self) -> Sheet:
        """Without prompt and continuations; restored() brings them back."""
        if not self.prompt and not self.runs:
            return self
        return replace(self, prompt="", runs=(), shown=0, cleared=replace(self, cleared=None))

    def restored(self) -> Sheet:
        """What was cleared, with who answers and how as it is now."""
        if self.cleared is None:
            return self
        return replace(self, prompt=self.cleared.prompt, runs=self.cleared.runs, shown=self.cleared.shown, cleared=None)


@dataclass(frozen=True)
class Continuation:
    """One alternative of a finished run. prompt is what it goes on from; echoed: the server sent it back in front."""

    prompt: str
    text: str
    echoed: bool
    finish_reason: str | None

    @property
    def whole(self) -> str:
        return self.prompt + self.text


def continuation(run: Run, number: int = 0) -> Continuation:
    """The number-th alternative; of a run that is still written, what has come of the first."""
    request, result = run.request, run.result
    assert isinstance(request, CompletionRequest)
    choices = () if result is None else result.answer.choices
    text = choices[number].text if number < len(choices) else run.text() if number == 0 else ""
    echoed = bool(request.sampling.echo) and text.startswith(request.prompt)
    finish = choices[number].finish_reason if number < len(choices) else None
    return Continuation(request.prompt, text.removeprefix(request.prompt) if echoed else text, echoed, finish)
