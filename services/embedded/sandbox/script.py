"""What goes over the wire, and when: a response as a plain value, played with an eye on the caller's hanging up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from starlette.types import Receive, Scope, Send

Ending = Literal["done", "drop", "silent"]
Outcome = Literal["finished", "hung_up", "dropped"]


@dataclass(frozen=True)
class Step:
    """at_s is counted from the start of the play; body leaves in one write."""

    at_s: float
    body: bytes


@dataclass(frozen=True)
class Script:
    """head_at_s None never sends a head. `drop` breaks the connection off, `silent` keeps it open and says nothing."""

    status: int
    headers: Mapping[str, str]
    steps: tuple[Step, ...]
    head_at_s: float | None = 0.0
    ending: Ending = "done"

    def paced(self, pace: float) -> Script:
        """Every wait times pace; 0 leaves none."""
        steps = tuple(replace(step, at_s=step.at_s * pace) for step in self.steps)
        return replace(self, steps=steps, head_at_s=None if self.head_at_s is None else self.head_at_s * pace)


@dataclass
class Player:
    """Plays a script as an ASGI response, and tells how it ended and after how many steps."""

    script: Script
    clock: Callable[[], float]
    ended: Callable[[Outcome, int], None]
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watcher = asyncio.create_task(self._watch(receive))
        sent = 0
        outcome: Outcome = "hung_up"
        try:
            start_s = self.clock()
            if not await self._wait_until(start_s, self.script.head_at_s):
                return
            await send(self._head())
            for step in self.script.steps:
                if not await self._wait_until(start_s, step.at_s):
                    return
                await send({"type": "http.response.body", "body": step.body, "more_body": True})
                sent += 1
            outcome = await self._end(start_s, send)
        finally:
            watcher.cancel()
            self.ended(outcome, sent)

    async def _end(self, start_s: float, send: Send) -> Outcome:
        """Returning without a last body makes the server break the connection off."""
        if self.script.ending == "silent":
            await self._wait_until(start_s, None)
            return "hung_up"
        if self.script.ending == "drop":
            return "dropped"
        await send({"type": "http.response.body", "body": b""})
        return "finished"

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone.set()

    async def _wait_until(self, start_s: float, at_s: float | None) -> bool:
        """False as soon as the caller is gone; at_s None waits for that alone."""
        rest_s = None if at_s is None else start_s + at_s - self.clock()
        if rest_s is None or rest_s > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), rest_s)
        else:
            await asyncio.sleep(0)
        return not self._gone.is_set()

    def _head(self) -> dict[str, object]:
        headers = [(name.lower().encode(), value.encode()) for name, value in self.script.headers.items()]
        return {"type": "http.response.start", "status": self.script.status, "headers": headers}
