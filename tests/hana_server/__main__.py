"""python -m tests.hana_server: serves until its standard input ends. Prints one JSON line once it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import sys
import threading

from tests.hana_server.access import Account
from tests.hana_server.content import Content, many_tables
from tests.hana_server.control import Control
from tests.hana_server.database import Database
from tests.hana_server.every_type import TECHNICAL
from tests.hana_server.faults import Watch
from tests.hana_server.probes import PROBES
from tests.hana_server.sales import SALES
from tests.hana_server.server import HanaListener, Sizes
from tests.hana_server.statements import STATEMENTS

LOOPBACK = "127.0.0.1"


def main() -> None:
    options = _options()
    password = os.environ.get("HANA_SERVER_PASSWORD", "Only-For-Tests-1")
    content = Content((*SALES, *TECHNICAL, *many_tables(options.tables)), cloud=not options.on_premise)
    database = Database(content)
    try:
        asyncio.run(_serve(options, database, Account(options.user, password)))
    finally:
        database.close()


async def _serve(options: argparse.Namespace, database: Database, account: Account) -> None:
    watch, ended = Watch(), asyncio.Event()
    loop = asyncio.get_running_loop()
    sizes, known = Sizes(options.page_rows, options.inline_units), (*STATEMENTS, *(PROBES if options.probes else ()))
    listener = HanaListener(database, watch, account, sizes, known)
    hana = await asyncio.start_server(listener.accept, LOOPBACK, options.port, ssl=_tls(options.certificate))
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


def _tls(certificate: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.hana_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="READER")
    parser.add_argument("--tables", type=int, default=0, help="more empty tables, in the schema BIG")
    parser.add_argument("--page-rows", type=int, default=Sizes.page_rows)
    parser.add_argument("--inline-units", type=int, default=Sizes.inline_units)
    parser.add_argument("--on-premise", action="store_true", help="no vectors and no cloud version")
    parser.add_argument("--certificate", help="speaks TLS with this PEM file, which holds the private key too")
    parser.add_argument("--probes", action="store_true", help="answers the statements of its own tests too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
