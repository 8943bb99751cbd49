"""The event-stream rules, each case fed whole, byte by byte, and split in two at every byte."""

from __future__ import annotations

import time

import pytest

from services.errors import TooLargeError
from services.wire.sse import Decoder

CASES = {
    "one event": (b"data: a\n\n", [b"a"]),
    "several events": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "crlf": (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    "crlf within an event": (b"data: a\r\ndata: b\r\n\r\n", [b"a\nb"]),
    "cr": (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    "mixed line ends": (b"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", [b"a", b"b", b"c"]),
    "several data lines": (b"data: a\ndata: b\n\n", [b"a\nb"]),
    "only the last line feed is dropped": (b"data: a\ndata:\ndata\n\n", [b"a\n\n"]),
    "no space": (b"data:a\n\n", [b"a"]),
    "two spaces": (b"data:  a \n\n", [b" a "]),
    "a tab stays": (b"data:\ta\n\n", [b"\ta"]),
    "colons in the value": (b"data: a: b\n\n", [b"a: b"]),
    "a field without colon": (b"data\n\n", [b""]),
    "empty data dispatches": (b"data:\n\ndata: a\n\n", [b"", b"a"]),
    "comments": (b": ping\n\ndata: a\n: between\ndata: b\n\n:\n\n", [b"a\nb"]),
    "nothing without data": (b"event: x\n\nid: 1\n\nretry: 5\n\ndata: a\n\n", [b"a"]),
    "an id is no event": (b"id: 1\ndata: a\n\n: ping\n\n", [b"a"]),
    "names are exact": (b"Data: a\ndata : b\n data: c\ndata: d\n\n", [b"d"]),
    "unknown fields": (b"foo: 1\ndata: a\nbar\n\n", [b"a"]),
    "bom": (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
    "a second bom is part of the name": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [b"b"]),
    "a later bom is part of the line": (
        b"data: a\n\n\xef\xbb\xbfdata: b\n\ndata: \xef\xbb\xbfc\n\n",
        [b"a", b"\xef\xbb\xbfc"],
    ),
    "only CR and LF end lines": (
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\n\n".encode(),
        ["a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei".encode()],
    ),
    "invalid utf-8": (b"data: a\xff\xe2\x82\n\ndata: b\n\n", [b"a\xff\xe2\x82", b"b"]),
    "many blank lines": (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
}


def decoded(*packets: bytes) -> list[bytes]:
    decoder = Decoder(1_000)
    return [data for packet in packets for _, data in decoder.feed(packet)]


@pytest.mark.parametrize(("raw", "events"), CASES.values(), ids=CASES)
def test_events_are_the_same_however_the_bytes_are_cut(raw: bytes, events: list[bytes]) -> None:
    assert decoded(raw) == events
    assert decoded(*(raw[i : i + 1] for i in range(len(raw)))) == events
    for cut in range(len(raw) + 1):
        assert decoded(raw[:cut], raw[cut:]) == events, cut
        assert decoded(raw[:cut], b"", raw[cut:]) == events, cut


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"event: error\ndata: a\n\ndata: b\n\n", ["error", "message"]),
        (b"event: x\nevent: y\ndata: a\n\n", ["y"]),
        (b"event: x\nevent:\ndata: a\n\n", ["message"]),
        (b"event: x\n\ndata: a\n\n", ["message"]),
    ],
)
def test_an_event_name_lasts_until_the_next_blank_line(raw: bytes, names: list[str]) -> None:
    for cut in range(len(raw) + 1):
        decoder = Decoder(1_000)
        assert [name for part in (raw[:cut], raw[cut:]) for name, _ in decoder.feed(part)] == names


def test_the_event_of_a_cr_stream_comes_without_waiting_for_a_line_feed() -> None:
    assert decoded(b"data: a\r\r") == [b"a"]


def test_an_unfinished_event_comes_with_the_flush_only() -> None:
    decoder = Decoder(1_000)
    assert decoder.feed(b"data: a\ndata: b") == []
    assert decoder.flush() == [("message", b"a\nb")]


@pytest.mark.parametrize(
    "raw", [b"data: " + b"x" * 200 + b"\n\n", b"data: " + b"x" * 200, b"data: xxxx\n" * 20, b"x" * 101]
)
def test_an_event_over_its_bound_is_refused_line_still_open_or_not(raw: bytes) -> None:
    decoder = Decoder(100)
    packets = (raw[position : position + 7] for position in range(0, len(raw), 7))
    with pytest.raises(TooLargeError, match="larger than"):
        list(map(decoder.feed, packets))


def test_a_whole_event_over_its_bound_is_refused_too() -> None:
    with pytest.raises(TooLargeError):
        Decoder(100).feed(b"data: " + b"x" * 200 + b"\n\n")


def test_many_events_together_may_exceed_the_bound_of_one() -> None:
    decoder = Decoder(100)
    assert len(decoder.feed(b"data: " + b"x" * 60 + b"\n\n" + b"data: " + b"x" * 60 + b"\n\n")) == 2
    assert len(decoder.feed(b"data: " + b"x" * 60 + b"\n\n")) == 1


def test_a_long_line_in_small_packets_takes_linear_time() -> None:
    decoder, packet = Decoder(2**30), b"x" * 250
    start = time.thread_time()
    for _ in range(30_000):
        decoder.feed(packet)
    # Some 0.03 s; joining the buffer anew for every packet would copy 110 GB and take a hundred times as long.
    assert time.thread_time() - start < 2.0
