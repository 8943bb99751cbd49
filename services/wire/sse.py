"""Bytes to events: the event-stream format of the WHATWG HTML standard, section 9.2.5, on bytes.

Only what one answer needs: `id` and `retry` serve reconnecting, which a paid answer never does, and are passed over.
Nothing is decoded here, so that U+2028 and its like stay text and a character split over packets stays whole.
"""

from __future__ import annotations

from services.errors import TooLargeError

_BOM = b"\xef\xbb\xbf"

Event = tuple[str, bytes]  # its name ("message" unless named) and its data


class Decoder:
    """Feed it packets as they come. Raises TooLargeError for an event over max_event_bytes, its open line included.

    Linear in the bytes fed: an open line is kept in pieces and joined once.
    """

    def __init__(self, max_event_bytes: int) -> None:
        self._max_event_bytes = max_event_bytes
        self._start: bytes | None = b""
        self._after_cr = False
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._name = "message"

    def feed(self, packet: bytes) -> list[Event]:
        if self._start is not None:
            packet = self._without_bom(packet)
        if self._after_cr and packet:
            self._after_cr = False
            packet = packet.removeprefix(b"\n")
        if packet[:6] == b"data: " and packet[-2:] == b"\n\n" and self._is_one_event(packet):
            return [("message", packet[6:-2])]
        if b"\r" in packet:
            self._after_cr = packet.endswith(b"\r")
            packet = packet.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = packet.split(b"\n")
        rest = lines.pop()
        if lines and self._open:
            lines[0] = b"".join((*self._open, lines[0]))
            self._open.clear()
            self._open_bytes = 0
        events = self._events(lines)
        if rest:
            self._open.append(rest)
            self._open_bytes += len(rest)
            self._bound()
        return events

    def _is_one_event(self, packet: bytes) -> bool:
        """One whole event of one line, and nothing open before it: what nearly every packet of a stream is."""
        return (
            packet.count(b"\n") == 2
            and b"\r" not in packet
            and not self._open
            and not self._data
            and self._name == "message"
            and len(packet) <= self._max_event_bytes
        )

    def flush(self) -> list[Event]:
        """The stream is over: an event without its blank line, if there is one. It may be cut short."""
        lines = [b"".join(self._open), b""]
        self._open.clear()
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        for line in lines:
            if line.startswith(b"data: "):
                self._data.append(line[6:])
                self._data_bytes += len(line)
                if self._data_bytes > self._max_event_bytes:
                    self._bound()
            elif line:
                self._field(line)
            else:
                if self._data:
                    events.append((self._name, self._data[0] if len(self._data) == 1 else b"\n".join(self._data)))
                    self._data.clear()
                    self._data_bytes = 0
                self._name = "message"
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_bytes += len(line)
            self._bound()
        elif name == b"event":
            self._name = value.decode("utf-8", "replace") or "message"

    def _bound(self) -> None:
        if self._data_bytes + self._open_bytes > self._max_event_bytes:
            limit = self._max_event_bytes / 2**20
            raise TooLargeError(f"One event of the answer was larger than {limit:.3g} MiB and was refused.")

    def _without_bom(self, packet: bytes) -> bytes:
        packet = (self._start or b"") + packet
        if len(packet) < len(_BOM) and _BOM.startswith(packet):
            self._start = packet
            return b""
        self._start = None
        return packet.removeprefix(_BOM)
