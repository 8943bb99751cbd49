"""Invented rows, and a matrix over them, for the tests of this folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from services.answers.resilience import MEASURED, Policy
from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.errors import ServerError, ServiceError
from services.matrix.jobs import Matrices
from services.matrix.plans import Entrant, Plan, entrant, plan_of
from services.models.prices import Price
from services.tables.source import Cell, Column, ObjectName, Sample, TableInfo
from services.wire.call import Call
from services.wire.types import ChatRequest, Sampling, Usage
from tests.answers.scripted import SANDBOX, TOGETHER, Script, ScriptedStream

OWNER = "ann"
PRICE = Price(Decimal(1), Decimal(2))
TEMPLATE = "Describe {{MATNR}}: {{MAKTX}}, {{NETPR}} {{WAERS}}, created {{ERDAT}}."
BROKEN = ServerError("It broke.")
NAMES = ("MATNR", "MAKTX", "NETPR", "WAERS", "ERDAT", "NOTE")


def sample(*rows: Sequence[Cell], names: Sequence[str] = NAMES) -> Sample:
    columns = tuple(Column(name, "NVARCHAR", key=name == "MATNR") for name in names)
    info = TableInfo(ObjectName("ZDEMO", "ZDEMO_MATERIAL"), "table")
    return Sample("Demo tables", False, info, columns, tuple(map(tuple, rows)), "The first rows.")


def materials(n: int = 3) -> Sample:
    return sample(
        *((f"MAT-{i:05}", f"Pump P{100 + i}", Decimal("1234.50"), "EUR", date(2024, 1, 15), None) for i in range(n))
    )


def asked(name: str = "org/a", at: Endpoint = SANDBOX, *, price: Price | None = PRICE, tokens: int = 100) -> Entrant:
    return entrant(at, name, price=price, sampling=Sampling(max_tokens=tokens))


def plan(n: int = 3, *entrants: Entrant, template: str = TEMPLATE, **more: Any) -> Plan:
    chosen = entrants if entrants else (asked("org/a"), asked("org/b", TOGETHER))
    return plan_of(template, materials(n), range(n), chosen, **more)


@contextmanager
def matrices(script: Any, *, per_owner: int = 8, **more: Any) -> Iterator[Matrices]:
    runs = Runs(script, max_live_per_owner=per_owner)
    made = Matrices(runs, **more)
    try:
        yield made
    finally:
        made.close()
        runs.close()


class Picky(Script):
    """A script that fails where fails(n, model) says so, n counting calls from 1; it counts what is under way."""

    def __init__(self, fails: Callable[[int, str], ServiceError | None] = lambda n, model: None, **more: Any) -> None:
        super().__init__(**{"usage": Usage(20, 50), **more})
        self.fails = fails
        self.at: list[str] = []
        self.key_ends: list[str] = []

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = MEASURED, call: Call | None = None
    ) -> ScriptedStream:
        self.at.append(endpoint.name)
        self.key_ends.append("" if endpoint.api_key is None else endpoint.api_key[-1])
        stream = super().stream_chat(endpoint, request, policy=policy, call=call)
        error = self.fails(len(self.sent), request.model)
        if error is None:
            return stream
        return ScriptedStream((), call or Call(), usage=None, finish=None, error=error, go=None)


def until(is_true: Callable[[], Any], deadline_s: float = 10) -> None:
    end_s = time.monotonic() + deadline_s
    while not is_true():
        assert time.monotonic() < end_s
        time.sleep(0.002)
