"""Functions of HANA that SQLite lacks, or has with another meaning."""

from __future__ import annotations

import random
import sqlite3


def add_functions(sqlite: sqlite3.Connection, seed: int) -> None:
    """seed: of RAND and of SAMPLED(percent), which says of each row whether a Bernoulli sample takes it."""
    chance = random.Random(seed)
    sqlite.create_function("UPPER", 1, _upper, deterministic=True)
    sqlite.create_function("LOWER", 1, _lower, deterministic=True)
    sqlite.create_function("RAND", 0, chance.random)
    sqlite.create_function("SAMPLED", 1, lambda percent: chance.random() * 100 < percent)


def _upper(text: str | None) -> str | None:
    return None if text is None else str(text).upper()


def _lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()
