"""What a hostile answer costs in memory, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.server import Behaviour, FaultServer, Peer, after_request, answers, gzip_bomb

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from services.answers.gateway import Gateway
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.wire.transport import Pool
from services.wire.types import ChatRequest, Message

def peak_mib():
    # Not ru_maxrss: that one starts with the peak of the parent process.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))

url, mode = sys.argv[1:]
request = ChatRequest("acme/tiny", (Message("user", "Say hello."),))
endpoint = Endpoint("Test", "together", url)
before = peak_mib()
with Pool() as pool:
    gateway = Gateway(pool)
    try:
        gateway.chat(endpoint, request) if mode == "plain" else gateway.stream_chat(endpoint, request).read()
    except ServiceError as error:
        print(error.kind, error.attempts, round(peak_mib() - before))
"""


def endless(first: bytes) -> Behaviour:
    """256 MiB without a line end, or until the peer has had enough."""

    def send(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 268435456\r\n\r\n" + first)
        for _ in range(256):
            peer.send(b"x" * 2**20)

    return after_request(send)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize(
    "behaviour",
    [answers(gzip_bomb(256 * 2**20), "Content-Encoding: gzip"), endless(b'{"choices": "'), endless(b"data: ")],
    ids=["260 KiB of gzip", "256 MiB of JSON", "a line without end"],
)
def test_an_answer_without_end_is_refused_at_its_bound(behaviour: Behaviour, mode: str) -> None:
    with FaultServer((behaviour,)) as server:
        command = [sys.executable, "-c", ASK, server.url, mode]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    kind, attempts, grown_mib = said.split()
    assert (kind, attempts) == ("too_large", "1")
    assert int(grown_mib) <= 48
