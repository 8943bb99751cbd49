"""Live answers: one worker thread writes each, any number of readers look on, and it outlives the page that asked."""

from __future__ import annotations

import secrets
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, Protocol

from services.answers.resilience import INTERACTIVE, Policy
from services.answers.timing import Timing, estimated_tokens, timing
from services.endpoints import Endpoint
from services.errors import OverloadedError, ServiceError, StoppedError
from services.models.prices import Price, cost_usd, estimate_tokens
from services.wire.call import Call
from services.wire.types import Answer, Channel, ChatRequest, Chunk, CompletionRequest, Usage

State = Literal["waiting", "writing", "done", "stopped", "cut off", "failed"]
Request = ChatRequest | CompletionRequest


class Stream(Protocol):
    """What a run reads from: live from the gateway, or anything else that yields chunks with times."""

    @property
    def sent_ns(self) -> int | None: ...
    @property
    def attempts(self) -> int: ...
    def __iter__(self) -> Iterator[Chunk]: ...
    def partial(self) -> Answer: ...


class Source(Protocol):
    """The gateway, as far as runs need it."""

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = ..., call: Call | None = ...
    ) -> Stream: ...
    def stream_completion(
        self, endpoint: Endpoint, request: CompletionRequest, *, policy: Policy = ..., call: Call | None = ...
    ) -> Stream: ...


@dataclass(frozen=True)
class Result:
    """A finished answer with its figures. usage is an estimate where estimated is True; cost_usd None if unknown.

    error is set when the state is failed, and when a cut off text has a cause other than its length.
    """

    state: State
    answer: Answer
    timing: Timing
    usage: Usage
    estimated: bool
    cost_usd: Decimal | None
    attempts: int
    error: ServiceError | None = None


@dataclass(frozen=True)
class Tally:
    """What one owner got so far: answers of any kind, and what the real ones cost. estimated: part of it is."""

    answers: int = 0
    spent_usd: Decimal = Decimal(0)
    estimated: bool = False
    unpriced: int = 0


class Run:
    """One answer being written. Everything readable is safe from any thread; only stop() changes anything."""

    def __init__(
        self, owner: str, endpoint: Endpoint, request: Request, price: Price | None, clock_ns: Callable[[], int]
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        self.owner, self.endpoint, self.request, self.price = owner, endpoint, request, price
        self.started_at = datetime.now(UTC)
        self.call = Call()
        self._clock_ns = clock_ns
        self._asked_ns = clock_ns()
        self._sent_ns: int | None = None
        self._ended_ns: int | None = None
        self._lock = threading.Lock()
        self._chunks: list[Chunk] = []
        self._text: dict[Channel, str] = {"answer": "", "reasoning": "", "tool": ""}
        self._stream: Stream | None = None
        self._future: Future[Result] | None = None

    @property
    def live(self) -> bool:
        return self._future is None or not self._future.done()

    @property
    def result(self) -> Result | None:
        """None while live. Raises what the worker raised, if that was a defect of ours."""
        return self._future.result() if self._future is not None and self._future.done() else None

    @property
    def problem(self) -> ServiceError | None:
        """What it ended with, if not well; None while live, and where a defect of ours ended it."""
        done = None if self._future is None or not self._future.done() else self._future
        return None if done is None or done.cancelled() or done.exception() else done.result().error

    @property
    def state(self) -> State:
        result = self.result
        if result is not None:
            return result.state
        return "writing" if self._chunks else "waiting"

    def text(self, channel: Channel = "answer") -> str:
        with self._lock:
            return self._text[channel]

    def chunks(self) -> tuple[Chunk, ...]:
        with self._lock:
            return tuple(self._chunks)

    def timing(self) -> Timing:
        """Of what has come so far; the final one once the run has ended."""
        result = self.result
        return result.timing if result is not None else timing(self.chunks(), self.sent_ns)

    @property
    def sent_ns(self) -> int:
        """When the request left, on the clock of the chunks; when it was asked for, until it has left."""
        if self._sent_ns is not None:
            return self._sent_ns
        stream = self._stream
        return stream.sent_ns if stream is not None and stream.sent_ns is not None else self._asked_ns

    @property
    def ended_ns(self) -> int | None:
        """When nothing more was to come, on the same clock: of a failed or silent answer much later than its text."""
        return self._ended_ns

    def elapsed_s(self) -> float:
        return (self._clock_ns() - self.sent_ns) / 1e9

    def stop(self) -> None:
        """Ends the answer now; the text so far stays. Returns at once, from any thread."""
        self.call.stop()

    def wait(self, timeout_s: float) -> Result:
        """Blocks until the run has ended. Raises TimeoutError."""
        assert self._future is not None
        return self._future.result(timeout_s)

    def when_done(self, act: Callable[[], None]) -> None:
        """Calls act once the result can be read: in the run's own thread, or at once where it has ended already."""
        assert self._future is not None
        self._future.add_done_callback(lambda _: act())

    def _begin(self, future: Future[Result]) -> None:
        self._future = future

    def _read(self, stream: Stream) -> Result:
        self._stream = stream
        try:
            for chunk in stream:
                with self._lock:
                    self._chunks.append(chunk)
                    self._text[chunk.channel] += chunk.text
        except StoppedError:
            return self._close(stream, "stopped", None)
        except ServiceError as error:
            return self._close(stream, "cut off" if self._chunks else "failed", error)
        answer = stream.partial()
        return self._close(stream, "cut off" if answer.finish_reason == "length" else "done", None)

    def _close(self, stream: Stream, state: State, error: ServiceError | None) -> Result:
        self._ended_ns = self._clock_ns()
        if error is not None:
            error.__traceback__ = error.__context__ = error.__cause__ = None
        answer, chunks = stream.partial(), self.chunks()
        usage = answer.usage if answer.usage is not None else self._estimate(chunks)
        cost = self._cost(usage, state, known=bool(chunks) or answer.usage is not None)
        return Result(
            state=state,
            answer=answer,
            timing=timing(chunks, self.sent_ns, answer.usage),
            usage=usage,
            estimated=answer.usage is None,
            cost_usd=cost,
            attempts=stream.attempts,
            error=error,
        )

    def _cost(self, usage: Usage, state: State, *, known: bool) -> Decimal | None:
        """Nothing for a refusal; unknown where the answer was stopped before anything told what had been read."""
        if known or (self.price is not None and self.price.free):
            return cost_usd(usage, self.price)
        return Decimal(0) if state == "failed" else None

    def _forget_key(self) -> None:
        """The stream holds it too, and so do the frames of a defect, whose traceback is kept."""
        self._sent_ns = self.sent_ns
        self._stream = None
        self.endpoint = self.endpoint.keyless()
        traceback.clear_frames(sys.exc_info()[2])

    def _estimate(self, chunks: tuple[Chunk, ...]) -> Usage:
        prompt = self.request.messages if isinstance(self.request, ChatRequest) else self.request.prompt
        return Usage(estimate_tokens(prompt, self.request.model), estimated_tokens(chunks) if chunks else 0)


class Runs:
    """Starts runs and keeps them: the live ones always, finished ones keep_s longer, max_runs at most."""

    def __init__(
        self,
        source: Source,
        *,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        keep_s: float = 12 * 3600,
        max_runs: int = 2_000,
        max_live: int = 32,
        max_live_per_owner: int = 8,
        on_end: Callable[[Run, Result], None] | None = None,
    ) -> None:
        """on_end is told of every finished run, in the run's own thread."""
        self._source, self._clock_ns, self._on_end = source, clock_ns, on_end
        self._keep_ns, self._max_runs, self._max_live_per_owner = int(keep_s * 1e9), max_runs, max_live_per_owner
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._by_message: dict[tuple[str, str], str] = {}
        self._tallies: dict[str, Tally] = {}
        self._workers = ThreadPoolExecutor(max_live, thread_name_prefix="run")

    def start(
        self,
        owner: str,
        endpoint: Endpoint,
        request: Request,
        *,
        message_id: str,
        price: Price | None = None,
        policy: Policy = INTERACTIVE,
    ) -> Run:
        """Sends the request. The same owner and message_id give the same run: a repeated event is not sent again.

        Raises OverloadedError when this owner already has max_live_per_owner answers being written.
        """
        with self._lock:
            known = self._runs.get(self._by_message.get((owner, message_id), ""))
            if known is not None:
                return known
            self._forget_old()
            if sum(run.live for run in self._runs.values() if run.owner == owner) >= self._max_live_per_owner:
                raise OverloadedError(
                    f"{self._max_live_per_owner} answers are being written for you already.",
                    remedy="Stop one, or wait until one is done.",
                )
            run = Run(owner, endpoint, request, price, self._clock_ns)
            self._runs[run.id] = run
            self._by_message[owner, message_id] = run.id
            run._begin(self._workers.submit(self._work, run, policy))
            return run

    def get(self, owner: str, run_id: str) -> Run | None:
        """None for an unknown id and for another owner's run alike."""
        with self._lock:
            run = self._runs.get(run_id)
        return run if run is not None and run.owner == owner else None

    def tally(self, owner: str) -> Tally:
        with self._lock:
            return self._tallies.get(owner, Tally())

    def failures(self, owner: str) -> tuple[ServiceError, ...]:
        """What went wrong in this owner's finished runs, the latest last."""
        with self._lock:
            runs = [run for run in self._runs.values() if run.owner == owner]
        return tuple(error for run in runs if (error := run.problem) is not None)

    def close(self) -> None:
        """Stops every live run and waits for the workers."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _work(self, run: Run, policy: Policy) -> Result:
        try:
            result = run._read(self._stream(run, policy))
        finally:
            run._forget_key()
        with self._lock:
            self._tallies[run.owner] = _counted(self._tallies.get(run.owner, Tally()), run.endpoint, result)
        if self._on_end is not None:
            self._on_end(run, result)
        return result

    def _stream(self, run: Run, policy: Policy) -> Stream:
        if isinstance(run.request, ChatRequest):
            return self._source.stream_chat(run.endpoint, run.request, policy=policy, call=run.call)
        return self._source.stream_completion(run.endpoint, run.request, policy=policy, call=run.call)

    def _forget_old(self) -> None:
        now_ns = self._clock_ns()
        for run in list(self._runs.values()):
            too_many = len(self._runs) >= self._max_runs
            if not run.live and (too_many or now_ns - run._asked_ns > self._keep_ns):
                del self._runs[run.id]
        self._by_message = {key: run_id for key, run_id in self._by_message.items() if run_id in self._runs}


def _counted(tally: Tally, endpoint: Endpoint, result: Result) -> Tally:
    """Simulated answers are counted, never their invented cost."""
    if result.state == "failed":
        return tally
    tally = replace(tally, answers=tally.answers + 1)
    if endpoint.word == "simulated":
        return tally
    if result.cost_usd is None:
        return replace(tally, unpriced=tally.unpriced + 1)
    estimated = tally.estimated or (result.estimated and result.cost_usd > 0)
    return replace(tally, spent_usd=tally.spent_usd + result.cost_usd, estimated=estimated)
