"""What a test asked to go wrong, and what the server saw."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.hana_server.parameters import Parameter

MAX_RECEIVED = 10_000
FaultKind = Literal["error", "hold", "kill", "silence"]


@dataclass(frozen=True)
class Fault:
    """Of the next statement whose text holds matching.

    error: it is refused with code and text. hold: it waits until it is cancelled, times out, is released, or seconds
    have passed. kill: the connection ends inside the reply that would take it beyond rows. silence: no answer ever.
    """

    kind: FaultKind
    matching: str = ""
    code: int = 0
    text: str = ""
    rows: int = 0
    reset: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class Received:
    """A statement as it came, before anything was done about it. read_only: its transaction was made so before."""

    connection: int
    sql: str
    parameters: tuple[Parameter, ...] = ()
    read_only: bool = False


@dataclass
class Watch:
    """Of the whole server. changed is set, and replaced, whenever something happens that a test may wait for.

    faults wait for their statement; dying are those whose connection has still to end.
    """

    connections: int = 0
    open_connections: int = 0
    logins: int = 0
    rollbacks: int = 0
    held: int = 0
    received: deque[Received] = field(default_factory=lambda: deque(maxlen=MAX_RECEIVED))
    unexpected: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    dying: list[Fault] = field(default_factory=list)
    refusals: deque[tuple[int, str]] = field(default_factory=deque)
    silent_connections: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def touch(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def receive(self, statement: Received) -> None:
        self.received.append(statement)
        self.touch()

    def take(self, sql: str) -> Fault | None:
        """The first fault meant for this statement, which is then used up."""
        found = next((fault for fault in self.faults if fault.matching in sql), None)
        if found is not None:
            self.faults.remove(found)
        if found is not None and found.kind == "kill":
            self.dying.append(found)
        return found

    def died(self, fault: Fault) -> None:
        self.dying.remove(fault)

    def unmet(self) -> list[str]:
        """What a test asked for and nothing happened to: it proves less than it says."""
        logins = [f"refusal of a login with {code}" for code, _ in self.refusals]
        silent = ["silent connection"] * self.silent_connections
        return [*map(str, self.faults), *map(str, self.dying), *logins, *silent]

    async def until(self, holds: Callable[[], bool], deadline_s: float) -> bool:
        """Whether it came to hold within deadline_s."""
        try:
            async with asyncio.timeout(deadline_s):
                while not holds():
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True
