"""A loopback server in its own process that writes Together's bytes with plain sockets: python -m benchmarks.server.

The request says what comes back: `model` names the kind of stream, `max_tokens` is the number of chunks. Everything
that can be is rendered before the first byte goes out, so that what is measured is the client.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from functools import lru_cache

PACED, NUMBERED = "paced", "numbered"
PER_WRITE = {"one": 1, "many": 64}
PLAIN_TEXT = "The pump leaks."
DIMENSIONS = 1024
THINKING_S, INTERVAL_S = 0.020, 0.010
# A model of this name thinks so long over each request for embeddings.
SLOW, EMBEDDING_S = "slow", 0.050
NUMBERED_INTERVAL_S, PER_PARAGRAPH = 0.005, 80

_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\n"
    b"Cache-Control: no-cache, no-transform\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_CHUNK = (
    '{"id":"ogzjdpL-6Ng1vN-9f391a08f8af75e1","object":"chat.completion.chunk","created":1777411129,"choices":[{"index":'
    '0,"text":"%s","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":%d,"role":"assistant",'
    '"content":"%s"}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":null}'
)
_LAST = (
    '{"id":"ogzjdpL-6Ng1vN-9f391a08f8af75e1","object":"chat.completion.chunk","created":1777411129,"choices":[{"index":'
    '0,"text":"","logprobs":null,"finish_reason":"stop","seed":15924764223251450000,"delta":{"token_id":128009,'
    '"role":"assistant","content":""}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":{"prompt_tokens":45,'
    '"completion_tokens":%d,"total_tokens":%d,"cached_tokens":0}}'
)
_PLAIN = (
    '{"id":"ogzjdpL-6Ng1vN-9f391a08f8af75e1","object":"chat.completion","created":1777411129,"model":'
    '"meta-llama/Llama-3.3-70B-Instruct-Turbo","prompt":[],"choices":[{"index":0,"message":{"role":"assistant",'
    '"content":"%s","tool_calls":[]},"logprobs":null,"finish_reason":"stop","seed":15924764223251450000}],'
    '"usage":{"prompt_tokens":45,"completion_tokens":4,"total_tokens":49,"cached_tokens":0}}'
)


def text_of(number: int) -> str:
    """The text of a flooded chunk: no two neighbours alike, so that one lost or doubled changes the whole."""
    return f" word{number}"


def main() -> None:
    """Serves until standard input ends; the first line out is the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=_accept, args=(listening,), daemon=True).start()
        sys.stdin.read()


def _accept(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    with connection:
        for body in _bodies(connection):
            received_ns = time.monotonic_ns()
            asked = json.loads(body) if body else {}
            if not asked:
                connection.sendall(_json(b"[]"))
            elif "input" in asked:
                time.sleep(EMBEDDING_S if asked["model"] == SLOW else 0.0)
                count = 1 if isinstance(asked["input"], str) else len(asked["input"])
                connection.sendall(_embeddings(count, asked.get("encoding_format") == "base64"))
            elif not asked.get("stream"):
                connection.sendall(_plain())
            elif asked["model"] == PACED:
                _pace(connection, asked["max_tokens"], received_ns)
            elif asked["model"] == NUMBERED:
                _number(connection, asked["max_tokens"], received_ns)
            else:
                for piece in flood(asked["max_tokens"], PER_WRITE[asked["model"]]):
                    connection.sendall(piece)


def _bodies(connection: socket.socket) -> Iterator[bytes]:
    """The bodies of the requests on one connection, until the client closes it."""
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            received = connection.recv(65536)
            if not received:
                return
            waiting += received
        head, _, waiting = waiting.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        length = int(lengths[0].partition(b":")[2]) if lengths else 0
        while len(waiting) < length:
            waiting += connection.recv(65536)
        yield waiting[:length]
        waiting = waiting[length:]


@lru_cache
def flood(chunks: int, per_write: int) -> tuple[bytes, ...]:
    """The writes of one whole answer; each holds one HTTP chunk with per_write events in it."""
    events = [event(text_of(number), number) for number in range(chunks)]
    writes = [http_chunk(b"".join(events[at : at + per_write])) for at in range(0, chunks, per_write)]
    return (_STREAM_HEAD, *writes, _end(chunks))


def _pace(connection: socket.socket, chunks: int, received_ns: int) -> None:
    """Sends chunk k at THINKING_S + k * INTERVAL_S after the request; its text is "k:received:sent " in ns."""
    connection.sendall(_STREAM_HEAD)
    for number in range(chunks):
        due_ns = received_ns + round((THINKING_S + number * INTERVAL_S) * 1e9)
        time.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
        stamped = f"{number}:{received_ns}:{time.monotonic_ns()} "
        connection.sendall(http_chunk(event(stamped, number)))
    connection.sendall(_end(chunks))


def _number(connection: socket.socket, chunks: int, received_ns: int) -> None:
    """Sends chunk k at THINKING_S + k * NUMBERED_INTERVAL_S; its text is "k; ", about as long as a token's.

    The first begins with the wall clock at which it is due, in ms, so that whoever looks at the text knows when each
    of its numbers was. A paragraph ends after every PER_PARAGRAPH of them.
    """
    due_ms = time.time_ns() // 1_000_000 - (time.monotonic_ns() - received_ns) // 1_000_000 + round(THINKING_S * 1e3)
    connection.sendall(_STREAM_HEAD)
    for number in range(chunks):
        due_ns = received_ns + round((THINKING_S + number * NUMBERED_INTERVAL_S) * 1e9)
        time.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
        end = "\\n\\n" if number % PER_PARAGRAPH == PER_PARAGRAPH - 1 else " "
        connection.sendall(http_chunk(event(f"{'' if number else f'{due_ms}; '}{number};{end}", number)))
    connection.sendall(_end(chunks))


def event(text: str, token_id: int) -> bytes:
    return f"data: {_CHUNK % (text, token_id, text)}\n\n".encode()


def http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _end(chunks: int) -> bytes:
    last = f"data: {_LAST % (chunks, chunks + 45)}\n\n".encode()
    return http_chunk(last) + http_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def _plain() -> bytes:
    return _json((_PLAIN % PLAIN_TEXT).encode())


def vector(row: int) -> list[float]:
    """Of DIMENSIONS numbers, none alike in one row or at one place of two rows."""
    return [(row * DIMENSIONS + place + 1) / 7e6 for place in range(DIMENSIONS)]


@lru_cache
def _embeddings(count: int, packed: bool) -> bytes:
    rows = [vector(row) for row in range(count)]
    written = [base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *row)).decode() for row in rows] if packed else rows
    data = [{"object": "embedding", "index": row, "embedding": embedding} for row, embedding in enumerate(written)]
    return _json(json.dumps({"object": "list", "model": "plain", "data": data}).encode())


def _json(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


if __name__ == "__main__":
    main()
