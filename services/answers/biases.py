"""logit_bias as one line of text: token id and bias, `50256: -100, 13: 2`."""

from __future__ import annotations

import math
from collections.abc import Mapping

from services.errors import BadRequestError

LOWEST, HIGHEST = -100.0, 100.0
_REMEDY = "Write token ids with a bias from -100 to 100, like 50256: -100, 13: 2."


def biases_written(biases: Mapping[str, float]) -> str:
    return ", ".join(f"{token}: {bias:g}" for token, bias in biases.items())


def biases_read(text: str) -> dict[str, float]:
    """Raises BadRequestError for what is not of this form."""
    return dict(_pair(part) for part in text.split(",") if part.strip())


def _pair(part: str) -> tuple[str, float]:
    token, colon, number = (piece.strip() for piece in part.partition(":"))
    try:
        bias = float(number)
    except ValueError:
        bias = math.nan
    if not colon or not (token.isascii() and token.isdigit()) or not LOWEST <= bias <= HIGHEST:
        raise BadRequestError(f"logit_bias: {part.strip()[:40]} is no token id with a bias.", remedy=_REMEDY)
    return token, bias
