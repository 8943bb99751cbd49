"""What the database holds, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.hana_server.types import HanaType, hana_type
from tests.hana_server.values import Value


@dataclass(frozen=True)
class Field:
    """A column as the catalogue keeps it; kind is spelt as in a CREATE TABLE."""

    name: str
    kind: str
    comment: str | None = None
    key: bool = False
    nullable: bool = True

    @property
    def type(self) -> HanaType:
        return hana_type(self.kind)


@dataclass(frozen=True)
class Object:
    """A table or a view. count: what the catalogue says of its rows, len(rows) when None.

    temporary tables and those that are types alone stand in the catalogue too.
    """

    schema: str
    name: str
    fields: tuple[Field, ...]
    rows: Sequence[tuple[Value, ...]] = ()
    comment: str | None = None
    kind: Literal["table", "view"] = "table"
    count: int | None = None
    temporary: bool = False
    user_defined_type: bool = False


@dataclass(frozen=True)
class Content:
    """cloud: it has vectors and says its cloud version. seed: of everything drawn at random.

    schemas are those without objects of ours.
    """

    objects: tuple[Object, ...]
    version: str = "4.00.000.00.1700000000"
    cloud: bool = True
    seed: int = 1
    schemas: tuple[str, ...] = ("EMPTY", "HDI_ADMIN", "PUBLIC", "SYS", "SYSTEM", "_SYS_BIC")


def many_tables(number: int, schema: str = "BIG") -> Iterator[Object]:
    """Empty tables named T00000 upwards, every hundredth with a comment of its own."""
    fields = (
        Field("MANDT", "NVARCHAR(3)", key=True, nullable=False),
        Field("ID", "BIGINT", key=True, nullable=False),
        Field("TEXT", "NVARCHAR(80)"),
    )
    for i in range(number):
        comment = f"Notifications of plant {i // 100}" if i % 100 == 0 else None
        yield Object(schema, f"T{i:05}", fields, comment=comment, count=i)
