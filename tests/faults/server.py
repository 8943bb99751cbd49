"""A listener that misbehaves as told: each connection is handed to one function with the bare socket.

It shares nothing with the client. It notes every request and the moment a peer hangs up.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

DEADLINE_S = 5.0


class HungUp(Exception):
    """The peer closed or shut down its side."""


@dataclass
class Peer:
    """One connection as the server holds it."""

    sock: socket.socket
    server: FaultServer
    buffer: bytes = b""

    def request(self) -> bytes:
        """One whole request, head and body. Raises HungUp."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(rest) < length:
            self._more()
            rest = self.buffer.partition(b"\r\n\r\n")[2]
        self.buffer = rest[length:]
        whole = head + b"\r\n\r\n" + rest[:length]
        self.server.note(whole)
        return whole

    def _more(self) -> None:
        received = self.sock.recv(65_536)
        if not received:
            raise HungUp
        self.buffer += received

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, body: bytes, *headers: str, status: str = "200 OK") -> None:
        """A complete answer with its Content-Length."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def start_stream(self, *headers: str) -> None:
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def drip(self, data: bytes, every_s: float) -> None:
        """One byte at a time until the peer has had enough."""
        for position in range(len(data)):
            self.send(data[position : position + 1])
            if self.gone(every_s):
                return

    def repeat(self, data: bytes, every_s: float) -> None:
        while not self.gone(every_s):
            self.send(data)

    def wait_until_gone(self) -> None:
        """Says nothing more, whatever the peer sends."""
        wait_for(lambda: self.gone(DEADLINE_S))

    def gone(self, within_s: float) -> bool:
        """Did the peer hang up within this time? Notes when."""
        self.sock.settimeout(within_s)
        try:
            gone = self.sock.recv(65_536) == b""
        except TimeoutError:
            return False
        except OSError:
            gone = True
        finally:
            self.sock.settimeout(DEADLINE_S)
        if gone:
            self.server.hung_up.set()
        return gone

    def reset(self) -> None:
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Behaviour = Callable[[Peer], None]


@dataclass
class FaultServer:
    """behaviours serve the connections in turn, the last one all that follow; port 0: any that is free."""

    behaviours: tuple[Behaviour, ...]
    requests: list[bytes] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/v1"
        self._threads: list[threading.Thread] = []
        self._peers: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def note(self, request: bytes) -> None:
        self.requests.append(request)
        self.asked.set()

    def _accept(self) -> None:
        count = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._peers.append(sock)
            behaviour = self.behaviours[min(count, len(self.behaviours) - 1)]
            count += 1
            thread = threading.Thread(target=self._serve, args=(sock, behaviour), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, behaviour: Behaviour) -> None:
        with sock:
            try:
                sock.settimeout(DEADLINE_S)
                behaviour(Peer(sock, self))
            except (HungUp, OSError):
                self.hung_up.set()

    def close(self) -> None:
        # Closing alone would not wake accept().
        for sock in (self._listener, *self._peers):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._accepting.join(DEADLINE_S)
        for thread in self._threads:
            thread.join(DEADLINE_S)

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(text: str | None, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return event({"id": "a-1", "model": "acme/tiny", "choices": [choice], **more})


DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
WHOLE_STREAM = delta("Hello") + delta(" there") + delta("", "stop", usage=USAGE) + DONE
WHOLE_ANSWER = json.dumps(
    {
        "id": "a-1",
        "model": "acme/tiny",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello there"}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()


def answers(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """Every request of the connection gets this answer."""

    def behave(peer: Peer) -> None:
        while True:
            peer.request()
            peer.answer(body, *headers, status=status)

    return behave


def says_no(status: int, body: object = None, *headers: str) -> Behaviour:
    """A refusal; body as JSON, or raw bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body or {"error": {"message": "no"}}).encode()
    return answers(raw, *headers, status=f"{status} No")


def streams(*parts: bytes, end: Callable[[Peer], None] | None = None) -> Behaviour:
    """A stream of these packets, ended by closing unless `end` says otherwise."""

    def behave(peer: Peer) -> None:
        peer.request()
        peer.start_stream()
        for part in parts:
            peer.send(part)
        if end is not None:
            end(peer)

    return behave


def after_request(act: Callable[[Peer], None]) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.request()
        act(peer)

    return behave


def gzip_bomb(size: int) -> bytes:
    """size blanks, about a thousandth of that long."""
    return gzip.compress(b" " * size, compresslevel=9)


def wait_for(condition: Callable[[], bool], within_s: float = DEADLINE_S) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return condition()
