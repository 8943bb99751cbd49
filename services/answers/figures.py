"""How figures are written, on screen and in exports: one way for seconds, speeds, tokens and money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NARROW = "\u202f"
PENDING = "…"
UNKNOWN = "–"


def seconds(value: float | None) -> str:
    """0.42 s, 12.3 s, 2 min 05 s."""
    if value is None:
        return UNKNOWN
    if value < 9.995:
        return f"{value:.2f}{NARROW}s"
    if value < 99.95:
        return f"{value:.1f}{NARROW}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}{NARROW}min{NARROW}{rest:02d}{NARROW}s"


def live_seconds(value: float) -> str:
    """A running total: one decimal, so that it does not flicker."""
    return f"{value:.1f}{NARROW}s" if value < 99.95 else seconds(value)


def per_second(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def tokens(count: int | None) -> str:
    """Integer with comma below 10,000, then 61.4 k, 147 M."""
    if count is None:
        return UNKNOWN
    if count < 10_000:
        return f"{count:,}"
    scaled, unit = next(
        (count / size, unit)
        for size, unit in ((1e3, "k"), (1e6, "M"), (1e9, "G"))
        if count / size < 999.5 or unit == "G"
    )
    return f"{scaled:.1f}{NARROW}{unit}" if scaled < 99.95 else f"{scaled:.0f}{NARROW}{unit}"


def money(usd: Decimal | None) -> str:
    """Two significant digits below $0.10, then two decimals; free is "free", and what cost something is never $0.00."""
    if usd is None:
        return UNKNOWN
    if usd == 0:
        return "free"
    if usd < Decimal("0.00001"):
        return "< $0.00001"
    if usd < Decimal("0.0995"):
        places = Decimal(1).scaleb(usd.adjusted() - 1)
        return f"${usd.quantize(places, ROUND_HALF_UP):f}"
    return f"${usd.quantize(Decimal('0.01'), ROUND_HALF_UP):,f}"


def token_pair(prompt: int | None, completion: int | None, *, estimated: bool = False) -> str:
    """412 → 121; ≈ in front when it is our estimate."""
    if prompt is None and completion is None:
        return UNKNOWN
    pair = f"{tokens(prompt)} → {tokens(completion)}"
    return f"≈{NARROW}{pair}" if estimated else pair
