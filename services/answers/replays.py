"""Replays: a recording looked at as if it were being written again, at true speed or faster, without any network."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.answers.comparisons import Comparison, Panel
from services.answers.recordings import RecordedPanel, Recording
from services.answers.runs import Result, Run, State
from services.wire.types import Channel, ChatRequest, Chunk, Message

SPEEDS = (1, 2, 4)


@dataclass(frozen=True)
class Playhead:
    """Where a replay is: from_ns at started_ns, and speed times as fast as the clock from there on."""

    started_ns: int
    speed: int = 1
    from_ns: int = 0
    clock_ns: Callable[[], int] = time.monotonic_ns

    @classmethod
    def start(cls, speed: int = 1, *, clock_ns: Callable[[], int] = time.monotonic_ns) -> Playhead:
        return cls(clock_ns(), speed, clock_ns=clock_ns)

    @property
    def position_ns(self) -> int:
        """In recorded time, since sending."""
        return self.from_ns + (self.clock_ns() - self.started_ns) * self.speed

    def at(self, speed: int) -> Playhead:
        """The same place, at another speed from now on."""
        return replace(self, from_ns=self.position_ns, started_ns=self.clock_ns(), speed=speed)


class Replay(Run):
    """A recorded answer, readable wherever a run is. Nothing runs: what can be read depends on the playhead alone.

    Its times are those of the recording (sent at 0), so its figures are too, whatever the speed.
    """

    def __init__(self, recording: Recording, panel: RecordedPanel, playhead: Playhead) -> None:
        super().__init__("", panel.source, _request(recording, panel), panel.price, playhead.clock_ns)
        self.id = f"{recording.id}-{panel.letter}"
        self.started_at = recording.recorded_at
        self.recording = recording
        self._panel, self._playhead = panel, playhead

    @property
    def live(self) -> bool:
        return self._playhead.position_ns < self._panel.end_ns

    @property
    def result(self) -> Result | None:
        return None if self.live else self._panel.result

    @property
    def state(self) -> State:
        result = self.result
        if result is not None:
            return result.state
        return "writing" if self.chunks() else "waiting"

    @property
    def sent_ns(self) -> int:
        return 0

    def chunks(self) -> tuple[Chunk, ...]:
        come = bisect_right(self._panel.chunks, self._playhead.position_ns, key=lambda chunk: chunk.t_ns)
        return self._panel.chunks[:come]

    def text(self, channel: Channel = "answer") -> str:
        return "".join(chunk.text for chunk in self.chunks() if chunk.channel == channel)

    def elapsed_s(self) -> float:
        """In recorded time, so that a running total ends at the recorded one."""
        return min(self._playhead.position_ns, self._panel.end_ns) / 1e9

    def stop(self) -> None:
        """There is nothing to end."""

    def wait(self, timeout_s: float) -> Result:
        """Never blocks: raises TimeoutError before the end."""
        if self.live:
            raise TimeoutError
        return self._panel.result


@dataclass(frozen=True)
class Playing:
    """A recording being played; comparison stands where a live one would, with the same panels at every speed."""

    recording: Recording
    playhead: Playhead
    comparison: Comparison

    @classmethod
    def start(cls, recording: Recording, playhead: Playhead) -> Playing:
        panels = tuple(
            Panel(panel.endpoint, panel.model, panel.sampling, id=f"{recording.id}-{panel.letter}")
            for panel in recording.panels
        )
        runs = tuple(Replay(recording, panel, playhead) for panel in recording.panels)
        comparison = Comparison(panels, prompt=recording.prompt, system=recording.system, runs=runs, id=recording.id)
        return cls(recording, playhead, comparison)

    def at(self, speed: int) -> Playing:
        """Goes on from the same place; a finished one starts anew."""
        if self.comparison.live:
            return Playing.start(self.recording, self.playhead.at(speed))
        return self.again(speed)

    def again(self, speed: int) -> Playing:
        return Playing.start(self.recording, Playhead.start(speed, clock_ns=self.playhead.clock_ns))


def _request(recording: Recording, panel: RecordedPanel) -> ChatRequest:
    system = (Message("system", recording.system),) if recording.system else ()
    return ChatRequest(panel.model, (*system, Message("user", recording.prompt)), panel.sampling)
