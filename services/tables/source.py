"""What a source of tables promises, and the values it hands out. Nothing here knows which database answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, Protocol

Cell = str | int | float | bool | Decimal | date | datetime | time | None
ObjectKind = Literal["table", "view"]
Method = Literal["first", "random"]

MAX_ROWS = 5_000
MAX_CELL_CHARACTERS = 4_000


@dataclass(frozen=True, order=True)
class ObjectName:
    """A table or a view, in the exact case of the catalogue."""

    schema: str
    name: str


@dataclass(frozen=True)
class TableInfo:
    """rows is the catalogue's own count: None where it keeps none, as for views."""

    object: ObjectName
    kind: ObjectKind
    comment: str = ""
    rows: int | None = None


@dataclass(frozen=True)
class Found:
    """The objects that matched, in order of their names; more: there are others beyond the limit."""

    objects: tuple[TableInfo, ...]
    more: bool = False


@dataclass(frozen=True)
class Column:
    """type is the database's own name of it (NVARCHAR, NCLOB, REAL_VECTOR …); length None where it has none.

    readable: a sample can show its value, if only as a cut text or as hexadecimal digits. hidden: not offered at first.
    """

    name: str
    type: str
    length: int | None = None
    scale: int | None = None
    nullable: bool = True
    comment: str = ""
    key: bool = False
    text: bool = False
    readable: bool = True
    hidden: bool = False


@dataclass(frozen=True)
class SampleRequest:
    """columns by name, as columns() gave them; empty for all that are readable. rows 1 to MAX_ROWS."""

    object: ObjectName
    columns: tuple[str, ...] = ()
    rows: int = 500
    method: Method = "first"


@dataclass(frozen=True)
class Sample:
    """rows[i][j] belongs to columns[j]. how says in one sentence which rows these are and how they were chosen.

    total is the number of rows the object holds, None where nobody counted; cut names the columns in which a long
    text was cut at MAX_CELL_CHARACTERS; source is the name of the source that answered, live whether it is a database
    of the user's own.
    """

    source: str
    live: bool
    info: TableInfo
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    how: str
    total: int | None = None
    cut: tuple[str, ...] = ()

    def column(self, name: str) -> tuple[Cell, ...]:
        """The values of one column, row by row. Raises KeyError for a column that is not in the sample."""
        names = [column.name for column in self.columns]
        if name not in names:
            raise KeyError(name)
        at = names.index(name)
        return tuple(row[at] for row in self.rows)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each row as text, its parts joined by " / "; the row's number, from 1, where there is no key."""
        at = [i for i, column in enumerate(self.columns) if column.key]
        return tuple(" / ".join(str(row[i]) for i in at) if at else str(n) for n, row in enumerate(self.rows, start=1))


@dataclass(frozen=True)
class Capabilities:
    """What this database can do beyond reading: all False and empty for the demo tables.

    embedding_models are those its own VECTOR_EMBEDDING answered for.
    """

    version: str = ""
    random_sampling: bool = True
    vectors: bool = False
    embedding_models: tuple[str, ...] = ()


class TableSource(Protocol):
    """Reads, and only reads. Every method raises ServiceError and nothing else; one call at a time per source.

    cancel() may come from another thread and makes the running call raise StoppedError.
    """

    @property
    def name(self) -> str: ...

    @property
    def live(self) -> bool: ...

    def schemas(self) -> tuple[str, ...]: ...

    def objects(self, schema: str, matching: str = "", limit: int = 200) -> Found:
        """Those whose name or comment holds every word of matching, in any case. limit 1 to 1,000."""
        ...

    def columns(self, name: ObjectName) -> tuple[Column, ...]: ...

    def count(self, name: ObjectName) -> int:
        """Counts the rows now: it may take as long as the query timeout."""
        ...

    def sample(self, request: SampleRequest) -> Sample: ...

    def capabilities(self) -> Capabilities: ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...
