"""Which rows a sample takes and how that is said: the cheapest statement that keeps the promise, then the next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from services.tables.source import Method

# Sorting this many rows by chance costs less than being refused TABLESAMPLE.
SORTED_ROWS = 20_000


@dataclass(frozen=True)
class Draw:
    """tail completes SELECT … FROM object. how holds {n} for the number of rows, {code} for the refusal before."""

    tail: str
    how: str

    def said(self, n: int, asked: int, *, refusal: str, ended_early: bool) -> str:
        """A LIMIT that was not reached has let everything through."""
        if n < asked and not ended_early and self.tail.startswith("LIMIT"):
            return f"All {n:,} rows."
        how = self.how.format(n=f"{n:,}", code=refusal)
        return f"{how} Reading ended there: more would have been too much text." if ended_early else how


def draws(method: Method, rows: int, total: int | None, *, sorted_rows: int = SORTED_ROWS) -> tuple[Draw, ...]:
    """In the order to be tried: the next one only if the database refuses the one before.

    total is the number of rows as far as known, None where nobody counted.
    """
    limit = f"LIMIT {rows:d}"
    if method == "first":
        return (Draw(limit, f"The first {{n}} rows{_of(total)} as the database gave them, in no order."),)
    if total is None:
        how = "The first {n} rows as the database gave them, not a random sample: count the rows first to draw one."
        return (Draw(limit, how),)
    if total <= rows:
        return (Draw(limit, "All {n} rows."),)
    if total <= sorted_rows:
        how = f"{{n}} of {total:,} rows, drawn at random by ORDER BY RAND()."
        return (Draw(f"ORDER BY RAND() {limit}", how),)
    return _drawn_and_shuffled(rows, total, limit)


def _drawn_and_shuffled(rows: int, total: int, limit: str) -> tuple[Draw, ...]:
    # Digits alone: SAP HANA takes no exponent here.
    percent = f"{Decimal(f'{bernoulli_percent(rows, total):.4g}'):f}"
    how = (
        f"{{n}} of {total:,} rows, drawn at random by TABLESAMPLE BERNOULLI ({percent} %), of those {rows:,} by"
        " ORDER BY RAND()."
    )
    refused = "The first {n} rows as the database gave them, not a random sample: it refused one (code {code})."
    return (
        Draw(f"TABLESAMPLE BERNOULLI ({percent}) ORDER BY RAND() {limit}", how),
        Draw(limit, refused),
    )


def bernoulli_percent(rows: int, total: int) -> float:
    """The share to draw so that fewer than rows come in less than one of a thousand cases: more are cut by chance.

    The number drawn is binomial with a standard deviation below the root of its mean m, and m = n + 4 sqrt(n) + 10
    lies more than 3.3 of these above n for every n. A LIMIT alone on a larger share would favour the rows that are
    stored first.
    """
    mean = rows + 4 * math.sqrt(rows) + 10
    return min(100.0, max(100.0 * mean / total, 1e-9))


def _of(total: int | None) -> str:
    return "" if total is None else f" of {total:,}"
