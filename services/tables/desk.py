"""One source as a page works with it: opened, counted and sampled in the background, and closed with its session."""

from __future__ import annotations

from collections.abc import Callable

from services.tables.reads import Reads
from services.tables.source import ObjectName, Sample, SampleRequest, TableSource


class Desk:
    """schemas are None until the source was opened. Thread-safe as far as Reads is: one thing at a time."""

    def __init__(self, source: TableSource) -> None:
        self.source = source
        self.reads: Reads[object] = Reads(source)
        self.schemas: tuple[str, ...] | None = None
        self.counts: dict[ObjectName, int] = {}

    def open(self) -> None:
        """Asks for the schemas, which is what connects."""

        def opened(source: TableSource) -> object:
            self.schemas = source.schemas()
            return self.schemas

        self.reads.begin(f"Connecting to {self.source.name}", opened)

    def count(self, name: ObjectName) -> None:
        def counted(source: TableSource) -> object:
            self.counts[name] = source.count(name)
            return self.counts[name]

        self.reads.begin(f"Counting the rows of {name.name}", counted)

    def sample(self, request: SampleRequest, keep: Callable[[Sample], object]) -> None:
        """keep takes the sample over where it is read: whoever asked for it may look elsewhere by then."""

        def sampled(source: TableSource) -> object:
            return keep(source.sample(request))

        self.reads.begin(f"Reading {request.object.name}", sampled)

    def close(self) -> None:
        self.reads.close()
        self.source.close()
