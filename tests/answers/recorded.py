"""Recordings to test with: invented answers, at times that are easy to reckon with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from services.answers.recordings import RecordedPanel, Recording
from services.models.prices import Price
from services.wire.types import Chunk, Sampling, Usage

MS = 1_000_000
PRICE = Price(Decimal("0.88"), Decimal("1.2"), as_of=date(2026, 11, 1), source="list")
HOSTILE = (
    "</script><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)> {{policy}} \u2028\u2029 "
    '<!-- <iframe src="javascript:alert(3)"></iframe> ![x](https://evil.example/y) &lt;b&gt; \u202e'
)


def panel(letter: str = "A", *, texts: tuple[str, ...] = ("One ", "two "), gap_ms: int = 60) -> RecordedPanel:
    """One text every gap_ms."""
    return RecordedPanel(
        letter=letter,
        endpoint="Together",
        kind="together",
        model="org/model",
        served_model="org/model",
        sampling=Sampling(max_tokens=100, temperature=0.0, stop=("END",)),
        chunks=tuple(Chunk((i + 1) * gap_ms * MS, "answer", text) for i, text in enumerate(texts)),
        state="done",
        usage=Usage(10, 2),
        estimated=False,
        finish_reason="stop",
        price=PRICE,
        cost_usd=Decimal("0.0000112"),
    )


def recording(*panels: RecordedPanel, prompt: str = "What?", system: str = "") -> Recording:
    """Of these panels, or of two that end after 120 and 180 ms."""
    at = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
    return Recording(prompt, system, panels if panels else (panel("A"), panel("B", gap_ms=90)), at, "0.1.0")
