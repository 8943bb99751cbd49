"""The door for tests: one JSON line asks, one JSON line answers, on a loopback socket apart from the driver's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any

from tests.hana_server.faults import Fault, Watch

Operation = Callable[..., Awaitable[Any]]


class Control:
    """A question names an operation and gives its keywords."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._operations: dict[str, Operation] = {
            "fault": self._fault,
            "refuse_login": self._refuse_login,
            "silence": self._silence,
            "release": self._release,
            "seen": self._seen,
            "received": self._received,
            "wait": self._wait,
        }

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one question."""
        with closing(writer), suppress(ConnectionError):
            answer = await self._answered(reader)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    async def _answered(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        try:
            asked = json.loads(await reader.readline())
            operation = self._operations[asked.pop("operation")]
            return {"answer": await operation(**asked)}
        except (ValueError, LookupError, TypeError, AttributeError) as problem:
            return {"problem": f"{type(problem).__name__}: {problem}"}

    async def _fault(self, **fault: Any) -> None:
        self._watch.faults.append(Fault(**fault))

    async def _refuse_login(self, code: int, text: str, times: int) -> None:
        self._watch.refusals.extend([(code, text)] * times)

    async def _silence(self, connections: int) -> None:
        self._watch.silent_connections = connections

    async def _release(self) -> None:
        """Lets every statement go that is held now."""
        self._watch.released.set()
        self._watch.released = asyncio.Event()

    async def _seen(self) -> dict[str, Any]:
        watch = self._watch
        return {
            "connections": watch.connections,
            "open_connections": watch.open_connections,
            "logins": watch.logins,
            "rollbacks": watch.rollbacks,
            "held": watch.held,
            "unexpected": watch.unexpected,
            "defects": watch.defects,
            "unmet": watch.unmet(),
        }

    async def _received(self) -> list[dict[str, Any]]:
        return [_shown(asdict(received)) for received in self._watch.received]

    async def _wait(self, what: str, number: int, deadline_s: float) -> bool:
        """Until held, open_connections … is number. Answers whether it came to that in time."""
        return await self._watch.until(lambda: getattr(self._watch, what) == number, deadline_s)


def _shown(received: dict[str, Any]) -> dict[str, Any]:
    """Bytes as hexadecimal digits: JSON has none."""
    shown = [value.hex() if isinstance(value, bytes) else value for value in received["parameters"]]
    return {**received, "parameters": shown}
