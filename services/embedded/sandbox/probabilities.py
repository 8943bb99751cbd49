"""Log probabilities in the three shapes Together's models send; the figures are invented from the token itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from services.embedded.sandbox.models import Model, dice

# gpt-oss lists its hidden channel tokens too, so that the tokens do not join to the text.
_HIDDEN = ("<|channel|>", "final", "<|message|>")


def of_message(model: Model, pieces: Sequence[str], wanted: int | None) -> Any:
    """None where none were asked for. wanted 0 gives the tokens' own, without alternatives."""
    if wanted is None:
        return None
    if model.logprobs == "openai":
        shown = (*_HIDDEN, *pieces) if model.id.startswith("openai/") else pieces
        return {"content": [_openai(piece, wanted) for piece in shown]}
    if model.logprobs == "lists":
        return _lists(pieces, wanted)
    own = [_logprob(piece) for piece in pieces]
    top = {token: value for piece in pieces for token, value in _alternatives(piece, wanted)}
    ids: list[int | None] = [token_id(piece) for piece in pieces]
    return {"token_ids": ids, "tokens": list(pieces), "token_logprobs": own, "top_logprobs": top}


def of_chunk(pieces: Sequence[str], wanted: int | None) -> Any:
    """Streams of every model carry the shape with lists."""
    return None if wanted is None or not pieces else _lists(pieces, wanted)


def token_id(piece: str) -> int:
    return dice("id", piece).randrange(128_000)


def _lists(pieces: Sequence[str], wanted: int) -> dict[str, Any]:
    top = [[{"token": t, "logprob": v} for t, v in _alternatives(piece, wanted)] for piece in pieces]
    own = [_logprob(piece) for piece in pieces]
    return {"tokens": list(pieces), "token_logprobs": own, "token_ids": [None] * len(pieces), "top_logprobs": top}


def _openai(piece: str, wanted: int) -> dict[str, Any]:
    top = [_entry(token, value) for token, value in _alternatives(piece, wanted)]
    return _entry(piece, _logprob(piece)) | {"top_logprobs": top}


def _entry(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "bytes": list(token.encode()), "logprob": logprob}


def _logprob(piece: str) -> float:
    return math.log(dice("p", piece).uniform(0.55, 0.999))


def _alternatives(piece: str, wanted: int) -> list[tuple[str, float]]:
    """The token itself, then others that share what probability is left."""
    left, share = 1 - math.exp(_logprob(piece)), dice("rest", piece).uniform(0.4, 0.6)
    others = [(f" {piece.strip()}{number or ''}", math.log(left * share ** (number + 1))) for number in range(wanted)]
    return [(piece, _logprob(piece)), *others][:wanted]
