"""Statements of one connection: recognised, made to fail where a test asked for it, run, and paged out."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tests.hana_server.database import Database
from tests.hana_server.errors import SqlError, UnknownStatementError
from tests.hana_server.faults import Fault, Received, Watch
from tests.hana_server.fields import Reader, from_cesu8, options_part, read_options
from tests.hana_server.framing import Part, Reply, Request
from tests.hana_server.metadata import parameter_metadata, result_metadata
from tests.hana_server.parameters import Parameter, read_row
from tests.hana_server.results import RESULT_SET_ID, Results, ResultSet
from tests.hana_server.statement import Call, Caller, Statement, find, normalised, question_marks
from tests.hana_server.types import Column, HanaType

_COMMAND, _STATEMENT_ID, _ROWS_AFFECTED, _LOB_REQUEST, _PARAMETERS = 3, 10, 12, 17, 32
_CONTEXT, _FETCH_SIZE, _TRANSACTION_FLAGS = 39, 45, 64
_SEQUENCE, _QUERY_TIMEOUT = 1, 5
_DDL, _INSERT, _SELECT, _FETCH, _READ_LOB = 1, 2, 5, 10, 16
_TEXT = HanaType("NVARCHAR", 5_000)


class DropError(Exception):
    """A test asked for this connection to end inside reply; reset: without a farewell."""

    def __init__(self, reply: Reply, reset: bool) -> None:
        super().__init__()
        self.reply, self.reset = reply, reset


@dataclass(frozen=True)
class Prepared:
    sql: str
    statement: Statement
    groups: dict[str, str]


@dataclass
class Execution:
    """hung_up returns once the peer is gone; cancelled is set from another connection."""

    database: Database
    watch: Watch
    caller: Caller
    connection: int
    page_rows: int
    results: Results
    hung_up: Callable[[], Awaitable[None]]
    known: Sequence[Statement]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    _prepared: dict[bytes, Prepared] = field(default_factory=dict)
    _kills: dict[bytes, Fault] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def execute_direct(self, request: Request) -> Reply:
        prepared = self._recognise(_sql(request))
        return await self._run(request, prepared, (), described=True)

    def prepare(self, request: Request) -> Reply:
        prepared = self._recognise(_sql(request))
        statement_id = next(self._numbers).to_bytes(8, "little")
        self._prepared[statement_id] = prepared
        parts = [Part(_STATEMENT_ID, statement_id)]
        types = _parameter_types(prepared)
        if types:
            parts.append(parameter_metadata(types))
        columns = self._columns(prepared)
        if columns:
            parts.append(result_metadata(columns))
        return Reply((*parts, _context()), _SELECT if columns else _DDL)

    def _columns(self, prepared: Prepared) -> tuple[Column, ...]:
        """A statement refused here never comes to be executed, and so is noted now."""
        try:
            return prepared.statement.columns(self._call(prepared, ()))
        except SqlError:
            self._note(prepared.sql)
            raise

    async def execute(self, request: Request) -> Reply:
        prepared = self._prepared.get(request.need(_STATEMENT_ID).data)
        if prepared is None:
            raise SqlError(1, "statement already dropped")
        part = request.part(_PARAMETERS)
        if part is not None and part.count > 1:
            return await self._run_each(request, prepared, part)
        row = () if part is None else read_row(Reader(part.data), _parameter_types(prepared))
        return await self._run(request, prepared, row, described=False)

    def drop(self, request: Request) -> Reply:
        self._prepared.pop(request.need(_STATEMENT_ID).data, None)
        return Reply()

    def fetch(self, request: Request) -> Reply:
        result = self.results.get(request.need(RESULT_SET_ID).data)
        return self._drop_if_asked(result, Reply((self._page(request, result),), _FETCH))

    def read_lob(self, request: Request) -> Reply:
        return Reply((self.results.piece(request.need(_LOB_REQUEST).data),), _READ_LOB)

    def _recognise(self, sql: str) -> Prepared:
        found = find(sql, self.known)
        if found is None:
            self._note(sql)
            raise UnknownStatementError(sql)
        return Prepared(sql, *found)

    def _note(self, sql: str, row: tuple[Parameter, ...] = ()) -> None:
        self.watch.receive(Received(self.connection, sql, row, self.caller.read_only))

    async def _run(self, request: Request, prepared: Prepared, row: tuple[Parameter, ...], *, described: bool) -> Reply:
        self.cancelled.clear()
        fault = self.watch.take(prepared.sql)
        self._note(prepared.sql, row)
        await self._suffer(fault, _query_timeout_s(request))
        call = self._call(prepared, row)
        columns, rows = prepared.statement.columns(call), prepared.statement.rows(call)
        if not columns:
            reply = Reply((options_part(_TRANSACTION_FLAGS, {1: True}), _context()), _DDL)
            if fault is not None and fault.kind == "kill":
                self._drop(fault, reply)
            return reply
        result = self.results.open(columns, rows)
        if fault is not None and fault.kind == "kill":
            self._kills[result.id] = fault
        head = [result_metadata(columns)] if described else []
        parts = (*head, Part(RESULT_SET_ID, result.id), self._page(request, result), _context())
        return self._drop_if_asked(result, Reply(parts, _SELECT))

    async def _run_each(self, request: Request, prepared: Prepared, part: Part) -> Reply:
        """Several rows of parameters, of a statement without a result: each changes one row."""
        if prepared.statement.columns(self._call(prepared, ())):
            raise SqlError(7, "feature not supported: a result for several rows of parameters")
        reader, types = Reader(part.data), _parameter_types(prepared)
        for _ in range(part.count):
            reply = await self._run(request, prepared, read_row(reader, types), described=False)
        changed = Part(_ROWS_AFFECTED, struct.pack("<i", 1) * part.count, part.count)
        return Reply((changed, *reply.parts), _INSERT)

    async def _suffer(self, fault: Fault | None, timeout_s: float | None) -> None:
        """Raises SqlError where the statement shall fail; a silent one never comes back while the peer is there."""
        if fault is None or fault.kind == "kill":
            return
        if fault.kind == "error":
            raise SqlError(fault.code, fault.text)
        if fault.kind == "silence":
            await self._hold(None, None, deaf=True)
            return
        await self._hold(timeout_s, fault.seconds, deaf=False)

    async def _hold(self, timeout_s: float | None, seconds: float | None, *, deaf: bool) -> None:
        """Waits for what ends it first. Raises SqlError 613 or 139 when that is the timeout or a cancel."""
        released = asyncio.Event() if deaf else self.watch.released
        ends: dict[asyncio.Future[Any], SqlError | None] = {
            asyncio.ensure_future(self.hung_up()): SqlError(0, "the peer is gone"),
            asyncio.create_task(released.wait()): None,
        }
        if not deaf:
            ends[asyncio.create_task(self.cancelled.wait())] = SqlError(139, "current operation cancelled by request")
        if timeout_s is not None:
            ends[asyncio.create_task(asyncio.sleep(timeout_s))] = SqlError(613, "execution aborted by timeout")
        if seconds is not None:
            ends[asyncio.create_task(asyncio.sleep(seconds))] = None
        await self._first(ends)

    async def _first(self, ends: dict[asyncio.Future[Any], SqlError | None]) -> None:
        self.watch.held += 1
        self.watch.touch()
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.watch.held -= 1
            self.watch.touch()
            for task in ends:
                task.cancel()
            # One that still waits for the peer would be in the way of the next message.
            await asyncio.wait(ends)
        problem = next((ends[task] for task in ends if task in done), None)
        if problem is not None:
            raise problem

    def _page(self, request: Request, result: ResultSet) -> Part:
        part = request.part(_FETCH_SIZE)
        asked = self.page_rows if part is None else Reader(part.data).number("i")
        return self.results.page(result, max(1, min(asked, self.page_rows)))

    def _drop_if_asked(self, result: ResultSet, reply: Reply) -> Reply:
        kill = self._kills.get(result.id)
        if kill is not None and (result.sent > kill.rows or kill.rows == 0):
            self._drop(kill, reply)
        return reply

    def _drop(self, kill: Fault, reply: Reply) -> NoReturn:
        self.watch.died(kill)
        raise DropError(reply, kill.reset)

    def _call(self, prepared: Prepared, row: tuple[Parameter, ...]) -> Call:
        return Call(self.database, self.caller, prepared.sql, prepared.groups, row)


def _sql(request: Request) -> str:
    return normalised(from_cesu8(request.need(_COMMAND).data))


def _parameter_types(prepared: Prepared) -> tuple[HanaType, ...]:
    number = question_marks(prepared.sql)
    declared = prepared.statement.parameters[:number]
    return (*declared, *([_TEXT] * (number - len(declared))))


def _query_timeout_s(request: Request) -> float | None:
    part = request.part(_CONTEXT)
    asked = None if part is None else read_options(part).get(_QUERY_TIMEOUT)
    return float(asked) if isinstance(asked, int) and asked > 0 else None


def _context() -> Part:
    """The driver sends no query timeout before a statement was answered with one of these."""
    return options_part(_CONTEXT, {_SEQUENCE: bytes(8)})
