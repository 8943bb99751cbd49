"""Opening the catalogue of an SAP HANA that holds 20,000 tables: connect, list a page, search, list the columns.

Why: a company's schema holds tens of thousands of tables, and a list that describes each before it shows the first is
never opened twice. Definition: wall time in one process from the first call of a fresh source to the page, the search
and the columns in hand, over loopback to the tests' server, which answers from SQLite: this shows what the driver and
we cost and how much is asked for, not how fast an SAP HANA is. Beside it the same page of a schema that holds
a few tables only.
"""

from __future__ import annotations

import time
from statistics import median

from benchmarks.tables import Goal, Table
from services.settings import HanaSettings
from services.tables.hana import HanaSource
from tests.hana_server.running import hana_server

TABLES, REPEATS, LIMIT_S = 20_000, 7, 2.0
_STEPS = ("connect and page of 200", "search", "columns", "page of a small schema")


def run() -> list[Table]:
    with hana_server(tables=TABLES) as server:
        times = [_opened_s(server.settings()) for _ in range(REPEATS)]
    steps = [[seconds * 1_000 for seconds in column] for column in zip(*times, strict=True)]
    rows = [
        [name, f"{median(step):.1f}", f"{max(step):.1f}"]
        for name, step in zip((*_STEPS, "all but the last"), (*steps, _opened_ms(steps)), strict=True)
    ]
    goal = Goal(f"{TABLES:,} tables open within {LIMIT_S:g} s", [ms / 1_000 for ms in _opened_ms(steps)], LIMIT_S)
    return [Table(f"catalogue: a schema of {TABLES:,} tables", ("step", "median ms", "most ms"), rows, [goal])]


def _opened_ms(steps: list[list[float]]) -> list[float]:
    return [sum(figures) for figures in zip(*steps[:3], strict=True)]


def _opened_s(settings: HanaSettings) -> tuple[float, ...]:
    """Seconds of each step."""
    source = HanaSource(settings)
    marks = [time.perf_counter()]
    page = source.objects("BIG")
    marks.append(time.perf_counter())
    found = source.objects("BIG", "plant 199")
    marks.append(time.perf_counter())
    columns = source.columns(found.objects[0].object)
    marks.append(time.perf_counter())
    source.objects("SALES")
    marks.append(time.perf_counter())
    source.close()
    if (len(page.objects), page.more, len(found.objects), len(columns)) != (200, True, 1, 3):
        raise AssertionError("the catalogue did not hold what was put into it")
    return tuple(after - before for before, after in zip(marks, marks[1:], strict=False))
