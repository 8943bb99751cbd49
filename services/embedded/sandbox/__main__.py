"""`python -m services.embedded.sandbox`: serve until interrupted, or with --child until the parent ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import threading

import uvicorn

from services.embedded.sandbox import faults
from services.embedded.sandbox.server import create_app


def main() -> int:
    options = _options()
    api_key = os.environ.get("CHILD_API_KEY") or None
    if options.child and api_key is None:
        sys.stderr.write("--child needs CHILD_API_KEY in the environment.\n")
        return 2
    listener = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {options.host} port {options.port}: {error.strerror}.\n")
        return 1
    if options.child:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with listener:
        app = create_app(api_key, seed=options.seed, pace=options.pace)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=1
        )
        try:
            asyncio.run(_serve(uvicorn.Server(config), listener, options.child))
        except KeyboardInterrupt:
            return 0
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.embedded.sandbox",
        description="Simulated models that speak Together's wire format. Serves until interrupted.",
        epilog=f"Faults on demand, as MODEL:fault-NAME or in the header X-Sandbox-Fault: {', '.join(faults.NAMES)}. "
        "NAME-once strikes every other request. GET /sandbox/requests tells what arrived and how it ended.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4310, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another number gives other texts and waits")
    parser.add_argument("--pace", type=float, default=1.0, help="multiplies every wait; 0 answers at once")
    parser.add_argument("--child", action="store_true", help="print one line of JSON and end when stdin closes")
    return parser.parse_args()


async def _serve(server: uvicorn.Server, listener: socket.socket, is_child: bool) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        sys.stdout.write(_announcement(listener, is_child))
        sys.stdout.flush()
    await serving


def _announcement(listener: socket.socket, is_child: bool) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    root = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if is_child:
        return json.dumps({"base_url": f"{root}/v1"}) + "\n"
    return (
        "Sandbox: simulated models that speak Together's wire format. Send any key; nothing is charged.\n"
        f"  {root}/v1   for OpenAI-style clients, and for this playground\n"
        f"  {root}      for the together SDK 3.x, which adds /v1 itself\n"
        "Press Ctrl+C to end.\n"
    )


def _end_with_parent() -> None:
    """Standard input reaches its end when the parent closes it or dies, however it dies."""
    # Not sys.stdin: an interpreter that shuts down while a thread holds its lock aborts.
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
