"""python -m tests.hana_server: serves until its standard input ends. Prints one JSON line once it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import threading
import traceback
from typing import Any

from tests.hana_server.access import Account
from tests.hana_server.content import content
from tests.hana_server.control import Control
from tests.hana_server.database import Database
from tests.hana_server.faults import Watch
from tests.hana_server.server import HanaListener, Sizes

LOOPBACK = "127.0.0.1"


def main() -> None:
    options = _options()
    password = os.environ.get("HANA_SERVER_PASSWORD", "Only-For-Tests-1")
    database = Database(content(options.tables, cloud=not options.on_premise))
    try:
        asyncio.run(_serve(options, database, Account(options.user, password)))
    finally:
        database.close()


async def _serve(options: argparse.Namespace, database: Database, account: Account) -> None:
    watch, ended = Watch(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: watch.defects.append(_told(context)))
    listener = HanaListener(database, watch, account, Sizes(options.page_rows, options.inline_units))
    hana = await asyncio.start_server(listener.accept, LOOPBACK, options.port)
    control = await asyncio.start_server(Control(watch).accept, LOOPBACK, 0)
    ports = {"port": hana.sockets[0].getsockname()[1], "control": control.sockets[0].getsockname()[1]}
    sys.stdout.write(json.dumps({**ports, "user": account.user}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_await_end, args=(loop, ended), daemon=True).start()
    await ended.wait()
    hana.close()
    control.close()


def _await_end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """os.read and not sys.stdin: a thread blocked in that one keeps the interpreter from ending."""
    while os.read(0, 4_096):
        pass
    loop.call_soon_threadsafe(ended.set)


def _told(context: dict[str, Any]) -> str:
    problem = context.get("exception")
    return context["message"] if problem is None else "".join(traceback.format_exception(problem))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.hana_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="READER")
    parser.add_argument("--tables", type=int, default=0, help="more empty tables, in the schema BIG")
    parser.add_argument("--page-rows", type=int, default=Sizes.page_rows)
    parser.add_argument("--inline-units", type=int, default=Sizes.inline_units)
    parser.add_argument("--on-premise", action="store_true", help="no vectors and no cloud version")
    return parser.parse_args()


if __name__ == "__main__":
    main()
