"""What embedding takes, before it is paid: tokens, money, time and storage, of a sample and of its whole table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, stdev

from services.embedding.prepared import NO_TEXT, Prepared
from services.errors import ConfigError
from services.shares import Z_95, wilson

_PER_MTOK = 1_000_000
# The code of a refusal that a confirmation lifts.
OVER_CAP = "over_cap"
# Below this a spread says next to nothing about the table.
MIN_ROWS = 10


@dataclass(frozen=True)
class Range:
    """low and high hold the truth in 95 of 100 samples; None where the sample is too small to say."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Forecast:
    """rows is all of them, texts those that are sent. tokens and usd grow with texts; usd None: the price is not known.

    estimated: the tokens come from an estimate, whose error is part of the range. seconds None: no speed seen yet.
    vector_bytes: a REAL_VECTOR for each row with a text, before any index and compression; None: dimensions not known.
    cut is the share of rows whose text is too long.
    """

    rows: int
    texts: int
    tokens: Range
    usd: Range | None
    seconds: float | None
    vector_bytes: int | None
    cut: Range
    estimated: bool


def of_sample(
    prepared: Prepared,
    *,
    usd_per_mtok: Decimal | None,
    dimensions: int | None = None,
    texts_per_s: float | None = None,
    stored: frozenset[bytes] = frozenset(),
) -> Forecast:
    """What the sample itself takes: duplicates are sent once, texts whose hash is in stored not at all."""
    sent = [n for n, hash_ in zip(prepared.tokens, prepared.hashes, strict=True) if hash_ not in stored]
    tokens = _widened(Range(sum(sent), sum(sent), sum(sent)), prepared.error)
    share = (prepared.cut_rows + prepared.refused_rows) / prepared.rows if prepared.rows else 0.0
    with_text = prepared.rows - prepared.row_texts.count(NO_TEXT)
    return Forecast(
        rows=prepared.rows,
        texts=len(sent),
        tokens=tokens,
        usd=_priced(tokens, usd_per_mtok),
        seconds=_seconds(len(sent), texts_per_s),
        vector_bytes=_vector_bytes(with_text, dimensions),
        cut=Range(share, share, share),
        estimated=prepared.estimated,
    )


def of_table(
    prepared: Prepared,
    table_rows: int | None,
    *,
    usd_per_mtok: Decimal | None,
    dimensions: int | None = None,
    texts_per_s: float | None = None,
    used_tokens: int | None = None,
) -> Forecast | None:
    """What all rows of the table take, as if the sample were drawn at random; None where nobody counted them.

    N mean(x) over the sample's n rows, a row without a text counting 0, within N t s / sqrt(n) sqrt(1 - n / N): t is
    Student's for n - 1. Duplicates are not taken off: how many a table has, a sample does not show. used_tokens is what
    the server counted for this whole sample, once it did: it takes the place of the estimate and its error.
    """
    if table_rows is None or not prepared.rows:
        return None
    rows = max(table_rows, prepared.rows)
    scale = rows / prepared.rows
    with_text = prepared.rows - prepared.row_texts.count(NO_TEXT)
    counted = used_tokens is not None and prepared.total_tokens > 0
    tokens = _totalled(prepared.row_tokens, rows)
    if used_tokens is not None and counted:
        tokens = _times(tokens, used_tokens / prepared.total_tokens)
    else:
        tokens = _widened(tokens, prepared.error)
    return Forecast(
        rows=rows,
        texts=round(with_text * scale),
        tokens=tokens,
        usd=_priced(tokens, usd_per_mtok),
        seconds=_seconds(with_text * scale, texts_per_s),
        vector_bytes=_vector_bytes(round(with_text * scale), dimensions),
        cut=_cut(prepared, rows),
        estimated=prepared.estimated and not counted,
    )


def most_usd(prepared: Prepared, usd_per_mtok: Decimal, missing: frozenset[bytes]) -> Decimal:
    """The most that sending the texts of these hashes costs, if the tokens are as far off as they may be."""
    counts = zip(prepared.tokens, prepared.hashes, strict=True)
    tokens = sum(count for count, hash_ in counts if hash_ in missing)
    return tokens * Decimal(str(1 + prepared.error)) * usd_per_mtok / _PER_MTOK


def over_cap(what: str, cap_usd: Decimal) -> ConfigError:
    return ConfigError(
        f"Embedding these rows {what}, which is above the cap of ${cap_usd:f}.",
        remedy="Confirm the cost, raise the cap, or take fewer rows.",
        code=OVER_CAP,
    )


def _totalled(counts: Sequence[int], rows: int) -> Range:
    n = len(counts)
    total = rows * fmean(counts)
    if n == rows:
        return Range(total, total, total)
    if n < MIN_ROWS:
        return Range(total, None, None)
    half = rows * student_95(n - 1) * stdev(counts) / math.sqrt(n) * math.sqrt(1 - n / rows)
    return Range(total, max(0.0, total - half), total + half)


def student_95(freedom: int) -> float:
    """The 97.5 % point of Student's t: its expansion around the normal one, within 0.1 % from 9 degrees on.

    Abramowitz and Stegun 26.7.5, three terms.
    """
    z = Z_95
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _cut(prepared: Prepared, rows: int) -> Range:
    too_long = prepared.cut_rows + prepared.refused_rows
    share = too_long / prepared.rows
    if prepared.rows == rows:
        return Range(share, share, share)
    low, high = wilson(too_long, prepared.rows)
    return Range(share, low, high)


def _widened(tokens: Range, error: float) -> Range:
    """By what the estimate of each token may be off, which no sample, however large, makes smaller."""
    low = None if tokens.low is None else tokens.low * (1 - error)
    return Range(tokens.value, low, None if tokens.high is None else tokens.high * (1 + error))


def _times(tokens: Range, factor: float) -> Range:
    low = None if tokens.low is None else tokens.low * factor
    return Range(tokens.value * factor, low, None if tokens.high is None else tokens.high * factor)


def _priced(tokens: Range, usd_per_mtok: Decimal | None) -> Range | None:
    return None if usd_per_mtok is None else _times(tokens, float(usd_per_mtok) / _PER_MTOK)


def _seconds(texts: float, texts_per_s: float | None) -> float | None:
    if texts_per_s is None or not math.isfinite(texts_per_s) or texts_per_s <= 0:
        return None
    return texts / texts_per_s


def _vector_bytes(vectors: int, dimensions: int | None) -> int | None:
    """4 d + 4 each: float32 numbers behind a count of them."""
    return None if dimensions is None else vectors * (4 * dimensions + 4)
