"""How long and how much one call may take: the product's defaults, each one overridable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Times in seconds, sizes in bytes after decompression.

    first_token: from sending to the first text of a stream, or to the first byte of a plain answer.
    idle: no new text in a stream (pings and empty deltas are not text), no new byte in a plain answer.
    total: the whole call, every attempt and wait included.
    tail: how long a stream that already named its finish_reason may still hold back usage and [DONE].
    error_body: what is read of an answer that says no.
    """

    connect_timeout_s: float = 5.0
    first_token_timeout_s: float = 60.0
    idle_timeout_s: float = 30.0
    total_timeout_s: float = 300.0
    tail_timeout_s: float = 1.0
    error_body_timeout_s: float = 1.0
    max_response_bytes: int = 16 * 1024 * 1024
    max_event_bytes: int = 8 * 1024 * 1024
    max_error_body_bytes: int = 64 * 1024


DEFAULT_LIMITS = Limits()
