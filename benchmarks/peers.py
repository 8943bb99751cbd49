"""The clients that are compared, each opened the way its documentation shows, all behind the same two calls.

Nothing heavy is imported before a client is opened: what its import costs is part of its start.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

QUESTION = "Which pump leaks?"
KEY = "invented-key"


class Peer(NamedTuple):
    """stream(model, chunks) hands out each text as it comes, from several threads at once; answer() asks once."""

    stream: Callable[[str, int], Iterator[str]]
    answer: Callable[[], str]


def ours(url: str) -> Peer:
    from services.answers.gateway import Gateway
    from services.endpoints import Endpoint
    from services.wire.transport import Pool
    from services.wire.types import ChatRequest, Message, Sampling

    gateway, endpoint = Gateway(Pool()), Endpoint("Loopback", "together", f"{url}/v1", KEY)

    def stream(model: str, chunks: int) -> Iterator[str]:
        request = ChatRequest(model, (Message("user", QUESTION),), Sampling(max_tokens=chunks))
        for chunk in gateway.stream_chat(endpoint, request):
            yield chunk.text

    def answer() -> str:
        return gateway.chat(endpoint, ChatRequest("plain", (Message("user", QUESTION),))).text

    return Peer(stream, answer)


def together(url: str) -> Peer:
    from together import Together

    client = Together(base_url=url, api_key=KEY)

    def stream(model: str, chunks: int) -> Iterator[str]:
        for chunk in client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": QUESTION}], max_tokens=chunks, stream=True
        ):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content

    def answer() -> str:
        said = client.chat.completions.create(model="plain", messages=[{"role": "user", "content": QUESTION}])
        message = said.choices[0].message
        return str(message.content) if message is not None else ""

    return Peer(stream, answer)


def openai(url: str) -> Peer:
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key=KEY)

    def stream(model: str, chunks: int) -> Iterator[str]:
        for chunk in client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": QUESTION}], max_tokens=chunks, stream=True
        ):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content

    def answer() -> str:
        said = client.chat.completions.create(model="plain", messages=[{"role": "user", "content": QUESTION}])
        return str(said.choices[0].message.content)

    return Peer(stream, answer)


def httpx(url: str) -> Peer:
    """What one writes by hand: iter_bytes, split on the blank line, json."""
    import json

    import httpx as library

    client = library.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {KEY}"})

    def stream(model: str, chunks: int) -> Iterator[str]:
        with client.stream("POST", "/chat/completions", json=_body(model, chunks)) as response:
            waiting = b""
            for received in response.iter_bytes():
                *events, waiting = (waiting + received).split(b"\n\n")
                for event in events:
                    if event == b"data: [DONE]":
                        continue
                    choices = json.loads(event.removeprefix(b"data: "))["choices"]
                    if choices and choices[0]["delta"]["content"]:
                        yield choices[0]["delta"]["content"]

    def answer() -> str:
        said = client.post("/chat/completions", json=_body("plain", None)).json()
        return str(said["choices"][0]["message"]["content"])

    return Peer(stream, answer)


def bare_socket(url: str) -> Peer:
    """The floor: picks the texts out of the bytes without framing, JSON or escapes. Right for our server only."""
    import json

    host, port = url.removeprefix("http://").split(":")
    content = re.compile(rb'"content":"([^"]*)"')

    def sent(body: dict[str, Any]) -> socket.socket:
        connection = socket.create_connection((host, int(port)))
        raw = json.dumps(body).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (host.encode(), len(raw)) + raw)
        return connection

    def stream(model: str, chunks: int) -> Iterator[str]:
        with sent(_body(model, chunks)) as connection:
            waiting = b""
            while not waiting.endswith(b"\r\n0\r\n\r\n"):
                waiting += connection.recv(65536)
                end = 0
                for found in content.finditer(waiting):
                    end = found.end()
                    if found[1]:
                        yield found[1].decode()
                waiting = waiting[end:]

    def answer() -> str:
        with sent(_body("plain", None)) as connection:
            received = b""
            while not received.endswith(b"}}"):
                received += connection.recv(65536)
        found = content.search(received)
        return found[1].decode() if found else ""

    return Peer(stream, answer)


def _body(model: str, chunks: int | None) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": QUESTION}]}
    return body if chunks is None else {**body, "max_tokens": chunks, "stream": True}


PEERS: dict[str, Callable[[str], Peer]] = {
    "ours": ours,
    "together": together,
    "openai": openai,
    "httpx": httpx,
    "socket": bare_socket,
}
