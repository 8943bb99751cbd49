"""What the database holds, as plain values: the plant maintenance of an invented company, as an ERP would keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.hana_server.types import HanaType, hana_type
from tests.hana_server.values import Value


@dataclass(frozen=True)
class Field:
    """A column as the catalogue keeps it; kind is spelt as in a CREATE TABLE."""

    name: str
    kind: str
    comment: str = ""
    key: bool = False
    nullable: bool = True

    @property
    def type(self) -> HanaType:
        return hana_type(self.kind)


@dataclass(frozen=True)
class Object:
    """A table or a view. count: what the catalogue says of its rows, len(rows) when None."""

    schema: str
    name: str
    fields: tuple[Field, ...]
    rows: Sequence[tuple[Value, ...]] = ()
    comment: str = ""
    kind: Literal["table", "view"] = "table"
    count: int | None = None


@dataclass(frozen=True)
class Content:
    """cloud: it has vectors and says its cloud version. seed: of everything drawn at random."""

    objects: tuple[Object, ...]
    version: str = "4.00.000.00.1700000000"
    cloud: bool = True
    seed: int = 1
    schemas: tuple[str, ...] = field(default=("SYS", "PUBLIC", "_SYS_BIC", "EMPTY"))


MANDT = Field("MANDT", "NVARCHAR(3)", "Client", key=True, nullable=False)

_LONG_TEXT = "Pump 4711 was opened, the seal was dry. " * 250

SALES: tuple[Object, ...] = (
    Object(
        "SALES",
        "/BIC/AZTAB2",
        (
            MANDT,
            Field("/BIC/ZORDER", "NVARCHAR(12)", "Order", key=True, nullable=False),
            Field("0MATERIAL", "NVARCHAR(40)", "Material"),
            Field("AMOUNT", "DECIMAL(15,2)", "Amount in local currency"),
            Field("CREATED", "NVARCHAR(8)", "Day of creation"),
        ),
        (
            ("100", "000000004711", "PUMP-01", "1299.90", "20260131"),
            ("100", "000000004712", "SEAL-7", "0.00", "00000000"),
            ("200", "000000004711", None, None, "20260201"),
        ),
        "Orders",
    ),
)


def many_tables(number: int, schema: str = "BIG") -> Iterator[Object]:
    """Empty tables named T00000 upwards, every hundredth with a comment of its own."""
    fields = (MANDT, Field("ID", "BIGINT", key=True, nullable=False), Field("TEXT", "NVARCHAR(80)"))
    for i in range(number):
        comment = f"Notifications of plant {i // 100}" if i % 100 == 0 else ""
        yield Object(schema, f"T{i:05}", fields, comment=comment, count=i)


def content(number_of_tables: int = 0, *, cloud: bool = True) -> Content:
    return Content((*SALES, *many_tables(number_of_tables)), cloud=cloud)
