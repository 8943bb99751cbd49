"""How long a server asks to wait, read from its headers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

# Beyond a year it is a point in time or nonsense, not a wait.
_LONGEST_S = 365 * 86_400.0


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Seconds from now: retry-after-ms, else the longer of Retry-After and x-ratelimit-reset.

    None where there is no valid hint above zero. A date counts from the server's own Date; now_s (Unix time) serves
    where it sends none.
    """
    milliseconds = _positive(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after")
    hints = (_positive(after) or _until(after, headers.get("date"), now_s), _positive(headers.get("x-ratelimit-reset")))
    return max((hint for hint in hints if hint is not None), default=None)


def _positive(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else 0.0
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 < value <= _LONGEST_S else None


def _until(date: str | None, server_date: str | None, now_s: float) -> float | None:
    then_s = _unix_s(date)
    if then_s is None:
        return None
    start_s = _unix_s(server_date)
    wait_s = then_s - (now_s if start_s is None else start_s)
    return wait_s if 0 < wait_s <= _LONGEST_S else None


def _unix_s(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None
