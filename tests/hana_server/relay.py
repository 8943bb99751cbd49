"""Stands between a driver and a server, in this process: bytes go through only while other threads may run."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_PIECE_BYTES = 65_536
_PATIENCE_S = 10.0


class Relay:
    """Listens on port of 127.0.0.1 and carries every connection to target."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        for one in (self._listener, *self._ends):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for one in (self._listener, *self._ends):
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._ends += [peer, server]
                for ends in ((peer, server), (server, peer)):
                    thread = threading.Thread(target=_carry, args=ends)
                    self._threads.append(thread)
                    thread.start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def relay(host: str, port: int) -> Iterator[Relay]:
    with closing(Relay((host, port))) as running:
        yield running
