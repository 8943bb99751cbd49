"""One connection from its greeting to its end: which message is answered by whom."""

from __future__ import annotations

import asyncio
import inspect
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.hana_server.access import AUTHENTICATE, CONNECT, CONNECT_INFO, Access, connect_info
from tests.hana_server.errors import SqlError, UnknownStatementError
from tests.hana_server.execution import DropError, Execution
from tests.hana_server.fields import options_part, to_cesu8
from tests.hana_server.framing import GarbageError, Part, Reply, Request, read_request, write_reply
from tests.hana_server.results import RESULT_SET_ID

_GREETING_BYTES, _GREETING_START = 14, b"\xff" * 4
_GREETING = struct.pack("<bhbh2x", 4, 20, 4, 1)
_ERROR_PART, _TRANSACTION_FLAGS = 6, 64
_ERROR_LEVEL, _COMMITTED, _ROLLED_BACK, _DISCONNECTED, _CLOSED_CURSOR = 1, 11, 12, 18, 19
_EXECUTE_DIRECT, _PREPARE, _EXECUTE, _READ_LOB, _COMMIT, _ROLLBACK = 2, 3, 13, 16, 67, 68
_CLOSE_RESULT_SET, _DROP_STATEMENT, _FETCH_NEXT, _DISCONNECT = 69, 70, 71, 77

Handler = Callable[[Request], "Reply | Awaitable[Reply]"]


@dataclass
class Session:
    """connection is also the session's id, which a client learns with its login."""

    connection: int
    version: str
    access: Access
    execution: Execution
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    logged_in: bool = False

    async def serve(self) -> None:
        """Returns when the peer hung up, said goodbye, or sent what is no message."""
        with suppress(GarbageError, asyncio.IncompleteReadError, ConnectionError):
            await self._greet()
            while await self._answer(await read_request(self.reader)):
                pass

    async def _greet(self) -> None:
        greeting = await self.reader.readexactly(_GREETING_BYTES)
        if not greeting.startswith(_GREETING_START):
            raise GarbageError("no greeting")
        self.writer.write(_GREETING)

    async def _answer(self, request: Request) -> bool:
        """Whether another message may follow."""
        try:
            reply = await self._reply(request)
        except SqlError as problem:
            if isinstance(problem, UnknownStatementError):
                self.access.watch.unexpected.append(problem.sql)
            reply = _refusal(problem)
        except DropError as drop:
            self._drop(self._framed(drop.reply, request), drop.reset)
            return False
        self.writer.write(self._framed(reply, request))
        await self.writer.drain()
        return request.message_type != _DISCONNECT

    async def _reply(self, request: Request) -> Reply:
        handlers = self._after_login() if self.logged_in else self._before_login()
        handler = handlers.get(request.message_type)
        if handler is None:
            raise GarbageError(f"a message of type {request.message_type}")
        reply = handler(request)
        return await reply if inspect.isawaitable(reply) else reply

    def _before_login(self) -> dict[int, Handler]:
        return {
            AUTHENTICATE: self.access.authenticate,
            CONNECT: self._connect,
            CONNECT_INFO: lambda request: connect_info(),
        }

    def _after_login(self) -> dict[int, Handler]:
        return {
            _EXECUTE_DIRECT: self.execution.execute_direct,
            _PREPARE: self.execution.prepare,
            _EXECUTE: self.execution.execute,
            _READ_LOB: self.execution.read_lob,
            _COMMIT: lambda request: self._end_transaction(1, _COMMITTED),
            _ROLLBACK: lambda request: self._roll_back(),
            _CLOSE_RESULT_SET: self._close_result_set,
            _DROP_STATEMENT: self.execution.drop,
            _FETCH_NEXT: self.execution.fetch,
            _DISCONNECT: lambda request: Reply(function=_DISCONNECTED),
            CONNECT_INFO: lambda request: connect_info(),
        }

    def _connect(self, request: Request) -> Reply:
        reply = self.access.connect(request, self.connection, self.version)
        self.logged_in = True
        self.access.watch.logins += 1
        self.access.watch.touch()
        return reply

    def _roll_back(self) -> Reply:
        self.access.watch.rollbacks += 1
        return self._end_transaction(0, _ROLLED_BACK)

    def _end_transaction(self, flag: int, function: int) -> Reply:
        """The next one may write again until it is told otherwise, and long values half read are gone."""
        self.execution.caller.read_only = False
        self.execution.results.forget_long_values()
        return Reply((options_part(_TRANSACTION_FLAGS, {flag: True}),), function)

    def _close_result_set(self, request: Request) -> Reply:
        self.execution.results.close(request.need(RESULT_SET_ID).data)
        return Reply(function=_CLOSED_CURSOR)

    def _framed(self, reply: Reply, request: Request) -> bytes:
        """Before the login's own reply the session id must be the client's 0, or the driver refuses the server."""
        return write_reply(reply, self.connection if self.logged_in else 0, request.packet)

    def _drop(self, data: bytes, reset: bool) -> None:
        """Ends the connection in the middle of data."""
        self.writer.write(data[: len(data) // 2])
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.writer.transport.abort()


def _refusal(problem: SqlError) -> Reply:
    message = to_cesu8(problem.text)
    head = struct.pack("<iiib5s", problem.code, problem.position, len(message), _ERROR_LEVEL, b"HY000")
    return Reply((Part(_ERROR_PART, head + message + b"\0"),), failed=True)
