"""SAP HANA as a source of tables, read through SAP's own driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

from services.errors import BadRequestError, ServerError
from services.settings import HanaSettings
from services.tables import hana_catalogue as catalogue
from services.tables import hana_statements as statements
from services.tables.connection import COMMUNICATION_TIMEOUT_MS, CONNECT_TIMEOUT_MS, driver, where
from services.tables.hana_embedding import EMBEDDING_MODELS, Vectors, answers, embedded, knows_vectors
from services.tables.hana_link import Limits
from services.tables.hana_rows import drawn
from services.tables.hana_sampling import SORTED_ROWS, draws
from services.tables.hana_session import Session
from services.tables.hana_statements import EmbeddingKind, Statement
from services.tables.source import MAX_ROWS, Capabilities, Column, Found, ObjectName, Sample, SampleRequest

QUERY_TIMEOUT_S = 30
_COUNTS_KEPT = 1_000


class HanaSource:
    """A TableSource. Connects at the first call; a lost connection is said, and made anew by the next call.

    One query at a time: a second caller waits busy_wait_s and then gets a ConflictError. Each statement is bounded by
    query_timeout_s on the server, and where the server is silent by communication_timeout_ms here. A sample ends early
    at max_characters. system_schemas: schemas() lists those an installation brings along too. sorted_rows: the largest
    table that is sorted by chance as a whole.
    """

    live = True

    def __init__(
        self,
        hana: HanaSettings,
        *,
        connect_timeout_ms: int = CONNECT_TIMEOUT_MS,
        communication_timeout_ms: int = COMMUNICATION_TIMEOUT_MS,
        query_timeout_s: int = QUERY_TIMEOUT_S,
        busy_wait_s: float = 1.0,
        fetch_rows: int = 500,
        max_characters: int = 20_000_000,
        sorted_rows: int = SORTED_ROWS,
        embedding_batch: int = 32,
        system_schemas: bool = False,
        load_driver: Callable[[], Any] = driver,
    ) -> None:
        limits = Limits(connect_timeout_ms, communication_timeout_ms, query_timeout_s, busy_wait_s, fetch_rows)
        self.name = f"SAP HANA at {where(hana)}"
        self._session = Session(hana, limits, load_driver)
        self._max_characters, self._sorted_rows = max_characters, sorted_rows
        self._embedding_batch, self._system_schemas = embedding_batch, system_schemas
        self._counts: dict[ObjectName, int] = {}

    def schemas(self) -> tuple[str, ...]:
        with self._session.call() as session:
            return catalogue.schemas(session, system=self._system_schemas)

    def objects(self, schema: str, matching: str = "", limit: int = 200) -> Found:
        with self._session.call() as session:
            return catalogue.objects(session, schema, matching, limit)

    def columns(self, name: ObjectName) -> tuple[Column, ...]:
        with self._session.call() as session:
            return catalogue.columns(session, catalogue.described(session, name).object)

    def count(self, name: ObjectName) -> int:
        """Of a view too: only where somebody asks, since it may compute the whole view."""
        with self._session.call() as session:
            known = catalogue.described(session, name).object
            rows = session.rows(statements.count(known), 1)
            if not rows:
                raise ServerError("SAP HANA gave no count.")
            self._remember(known, int(rows[0][0]))
            return int(rows[0][0])

    def sample(self, request: SampleRequest) -> Sample:
        """A random sample needs a number of rows: the catalogue's, or for a view the last count()."""
        if not 1 <= request.rows <= MAX_ROWS:
            raise BadRequestError(f"A sample holds 1 to {MAX_ROWS:,} rows, not {request.rows:,}.")
        with self._session.call() as session:
            (info,) = catalogue.counted(session, [catalogue.described(session, request.object)])
            columns = catalogue.asked(catalogue.columns(session, info.object), request.columns, info.object)
            total = self._counts.get(info.object) if info.rows is None else info.rows
            plan = draws(request.method, request.rows, total, sorted_rows=self._sorted_rows)
            found = drawn(session, info.object, columns, plan, request.rows, self._max_characters)
        return Sample(self.name, self.live, info, columns, found.rows, found.how, total, found.cut)

    def capabilities(self) -> Capabilities:
        with self._session.call() as session:
            version = session.rows(Statement(statements.VERSION), 1)
            vectors = knows_vectors(session)
            models = tuple(model for model in EMBEDDING_MODELS if vectors and answers(session, model))
        return Capabilities(str(version[0][0]) if version else "", vectors=vectors, embedding_models=models)

    def embed(self, texts: Sequence[str], model: str, kind: EmbeddingKind = "DOCUMENT") -> Vectors:
        """(n, d) by a model inside the database. Texts are cut at MAX_CELL_CHARACTERS; models read less of them."""
        if kind not in get_args(EmbeddingKind):
            raise ValueError(f"kind is DOCUMENT or QUERY, not {kind!r}")
        with self._session.call() as session:
            return embedded(session, texts, model, kind, self._embedding_batch)

    def cancel(self) -> None:
        """From another thread; see Session.cancel."""
        self._session.cancel()

    def close(self) -> None:
        self._session.close()

    def _remember(self, name: ObjectName, count: int) -> None:
        self._counts.pop(name, None)
        self._counts[name] = count
        while len(self._counts) > _COUNTS_KEPT:
            del self._counts[next(iter(self._counts))]
