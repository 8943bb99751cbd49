"""What embedding will take, in two lines: the sample, and the whole table it was drawn from."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from components.feedback import plain
from components.page_head import grey
from services import encoding
from services.answers import figures
from services.embedding.forecast import Forecast, Range
from services.embedding.prepared import Prepared
from services.embedding.progress import Snapshot
from services.encoding import Chosen
from services.resources import playground
from services.workspaces import Workspace

_HOUR_S, _DAY_S = 3_600, 86_400


def forecast_lines(workspace: Workspace, ready: Prepared, picked: Chosen, done: Snapshot | None) -> None:
    sample, table = encoding.forecasts(playground(), workspace, ready, picked, done)
    if done is None or done.embedded is None:
        grey(plain(f"Sample: {_of_sample(sample, ready, picked)}"))
    whole = _of_table(workspace, sample, table, picked)
    if whole is not None:
        grey(plain(f"Whole table: {whole}"))


def _of_sample(found: Forecast, ready: Prepared, picked: Chosen) -> str:
    if not ready.texts:
        return "no row has a text."
    if not found.texts:
        return "all its vectors are kept from before, so nothing is sent."
    texts = f"{_count(found.texts, 'text')} to send"
    parts = [_count(found.rows, "row"), texts, *_common(found, picked)]
    if found.cut.value:
        what = "are refused" if any(ready.refused) else "are cut"
        parts.append(f"{_percent(found.cut)} of the rows have more than {ready.limit_tokens:,} tokens and {what}")
    return " · ".join(parts)


def _of_table(workspace: Workspace, sample: Forecast, found: Forecast | None, picked: Chosen) -> str | None:
    """None where the sample is the whole table."""
    if found is None:
        return "nobody counted its rows, so what it takes is not known."
    if found.rows <= sample.rows:
        return None
    parts = [_count(found.rows, "row"), *_common(found, picked)]
    if found.vector_bytes is not None:
        parts.append(f"{_size(found.vector_bytes)} as REAL_VECTOR")
    if found.cut.value:
        parts.append(f"{_percent(found.cut)} of the rows too long")
    if workspace.request is not None and workspace.request.method == "first":
        parts.append("if the first rows are like the others")
    return " · ".join(parts)


def _common(found: Forecast, picked: Chosen) -> list[str]:
    tokens = "1 token" if found.tokens.value == 1 else f"{_spread(found.tokens, _tokens)} tokens"
    parts = [tokens, _price(found, picked)]
    if found.seconds is not None:
        parts.append(f"about {_duration(found.seconds)}")
    return parts


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def _price(found: Forecast, picked: Chosen) -> str:
    if picked.encoder.word == "local":
        return "free"
    if picked.encoder.word == "simulated":
        return "simulated, nothing is paid"
    if not picked.by_token:
        return "no price per token"
    return "price unknown" if found.usd is None else _spread(found.usd, lambda usd: figures.money(Decimal(str(usd))))


def _spread(found: Range, written: Callable[[float], str]) -> str:
    """A count as it is; an estimate with the range it lies in, where that is known."""
    value = written(found.value)
    if found.low is None or found.high is None:
        return f"about {value}"
    low, high = written(found.low), written(found.high)
    return value if low == high else f"about {value} ({low} to {high})"


def _tokens(count: float) -> str:
    return figures.tokens(round(count))


def _percent(share: Range) -> str:
    if share.low is None or share.high is None or share.low == share.high:
        return f"{100 * share.value:.2g}{figures.NARROW}%"
    return f"{100 * share.low:.2g} to {100 * share.high:.2g}{figures.NARROW}%"


def _duration(seconds: float) -> str:
    if seconds < 2 * _HOUR_S:
        return figures.seconds(seconds)
    if seconds < 2 * _DAY_S:
        return f"{seconds / _HOUR_S:.1f}{figures.NARROW}h"
    return f"{seconds / _DAY_S:.1f}{figures.NARROW}days"


def _size(count: int) -> str:
    """Bytes, in powers of 1,000."""
    scaled, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if scaled < 999.5:
            break
        scaled, unit = scaled / 1_000, larger
    return f"{scaled:.3g}{figures.NARROW}{unit}"
