"""Accepts the driver's connections, and lets one connection cancel another."""

from __future__ import annotations

import asyncio
import itertools
import sys
import traceback
from dataclasses import dataclass, field

from tests.hana_server.access import Access, Account
from tests.hana_server.database import Database
from tests.hana_server.execution import Execution
from tests.hana_server.faults import Watch
from tests.hana_server.results import Results
from tests.hana_server.session import Session
from tests.hana_server.statement import Caller, Statement
from tests.hana_server.statements import STATEMENTS


@dataclass(frozen=True)
class Sizes:
    """page_rows: most rows of one reply. inline_units: how much of a long text goes with its row."""

    page_rows: int = 1_000
    inline_units: int = 1_024


@dataclass
class HanaListener:
    """Of one server. Connection ids count from 200,000, as session ids do that nobody mistakes for row numbers."""

    database: Database
    watch: Watch
    account: Account
    sizes: Sizes = Sizes()
    known: tuple[Statement, ...] = STATEMENTS
    _sessions: dict[int, Session] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(200_001))

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to its end."""
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(self._note_defect)
        connection = next(self._ids)
        self.watch.connections += 1
        self.watch.open_connections += 1
        self.watch.touch()
        try:
            if self.watch.silent_connections > 0:
                self.watch.silent_connections -= 1
                await _until_gone(reader)
            else:
                self._sessions[connection] = self._session(connection, reader, writer)
                await self._sessions[connection].serve()
        finally:
            self._sessions.pop(connection, None)
            self.watch.open_connections -= 1
            self.watch.touch()
            writer.close()

    def _note_defect(self, task: asyncio.Task[None]) -> None:
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            self.watch.defects.append("".join(traceback.format_exception(problem)))
            sys.stderr.write(self.watch.defects[-1])

    def _session(self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Session:
        async def hung_up() -> None:
            await reader.read(1)

        execution = Execution(
            self.database,
            self.watch,
            Caller(self.account.user, self.account.user, self._cancel),
            connection,
            self.sizes.page_rows,
            Results(self.sizes.inline_units),
            hung_up,
            self.known,
        )
        access = Access(self.account, self.watch)
        return Session(connection, self.database.content.version, access, execution, reader, writer)

    def _cancel(self, connection: int) -> None:
        session = self._sessions.get(connection)
        if session is not None:
            session.execution.cancelled.set()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    while await reader.read(4_096):
        pass
