"""A share that was counted, and how far it can be trusted. Whoever counts anything comes here for the interval."""

from __future__ import annotations

import math

Z_95 = 1.959964


def wilson(wins: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of a share, as (low, high) in 0..1; (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, spread = wins / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
