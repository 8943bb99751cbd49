"""A fresh process with one client in it: python -m benchmarks.client WHAT PEER URL ...; prints figures as JSON."""

from __future__ import annotations

import sys
import time

from benchmarks.peers import PEERS


def main(what: str, peer: str, url: str, *rest: str) -> None:
    if what == "first":
        first(peer, url)
    elif what == "flood":
        flood(peer, url, rest[0], int(rest[1]))
    else:
        arrivals(peer, url, *(int(count) for count in rest))


def first(name: str, url: str) -> None:
    """When the first answer was there, on the clock that all processes share."""
    text = PEERS[name](url).answer()
    answered_ns = time.monotonic_ns()
    _print({"answered_ns": answered_ns, "text": text})


def flood(name: str, url: str, model: str, chunks: int) -> None:
    """CPU seconds of this process for one streamed answer; a short one before it pays for connecting."""
    peer = PEERS[name](url)
    for _ in peer.stream(model, 50):
        pass
    started_s, cpu_s = time.monotonic(), time.process_time()
    text = "".join(peer.stream(model, chunks))
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - started_s
    _print({"cpu_s": cpu_s, "wall_s": wall_s, "text": text})


def arrivals(name: str, url: str, streams: int, chunks: int, rounds: int) -> None:
    """Several paced answers at once, round after round: for each, when it was called and when each text was in hand."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    peer, start = PEERS[name](url), Barrier(streams)

    def one(_: int) -> tuple[int, list[tuple[int, str]]]:
        start.wait()
        called_ns = time.monotonic_ns()
        return called_ns, [(time.monotonic_ns(), text) for text in peer.stream("paced", chunks)]

    with ThreadPoolExecutor(streams) as threads:
        list(threads.map(one, range(streams)))
        cpu_s = time.process_time()
        answers = [answer for _ in range(rounds) for answer in threads.map(one, range(streams))]
        cpu_s = time.process_time() - cpu_s
    _print({"cpu_s": cpu_s, "answers": answers})


def _print(figures: dict[str, object]) -> None:
    import json

    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
