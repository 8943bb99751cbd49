"""An encoder inside the database: its vectors, its turn on a connection that others use too, and its end."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from services.embedding.encoder import Vectors
from services.embedding.hana_encoder import HanaEncoder
from services.errors import ConflictError, StoppedError
from services.wire.call import Call

PATIENCE_S = 10.0


class Database:
    """Gives (3, 4) for every text but the empty one; busy says how often another query stands in the way."""

    name = "SAP HANA at an.invented.host:443"

    def __init__(self, busy: int = 0) -> None:
        self.busy, self.kinds = busy, list[str]()
        self.held, self.asked, self.cancelled = threading.Event(), threading.Event(), threading.Event()
        self.held.set()

    def embed(self, texts: Sequence[str], model: str, kind: str) -> Vectors:
        self.kinds.append(kind)
        if self.busy:
            self.busy -= 1
            raise ConflictError("Another query is running.")
        self.asked.set()
        assert self.held.wait(PATIENCE_S)
        if self.cancelled.is_set():
            raise StoppedError("The query was cancelled.")
        return np.array([[3, 4] if text else [0, 0] for text in texts], dtype=np.float32)

    def cancel(self) -> None:
        self.cancelled.set()
        self.held.set()


def test_rows_are_of_length_one_and_an_empty_text_has_no_direction() -> None:
    vectors = HanaEncoder(Database(), "SAP_NEB.20240715").encode_batch(["a", ""], Call()).vectors
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, 0]], atol=1e-6)


def test_a_question_is_embedded_as_one() -> None:
    database = Database()
    encoder = HanaEncoder(database, "SAP_NEB.20240715")
    encoder.encode_batch(["a"], Call())
    assert encoder.encode_query("a").shape == (2,)
    assert database.kinds == ["DOCUMENT", "QUERY"]


def test_vectors_of_two_databases_or_models_are_not_mixed() -> None:
    ids = {HanaEncoder(Database(), model).id for model in ("SAP_NEB.20240715", "SAP_GXY.20250407")}
    elsewhere = Database()
    elsewhere.name = "SAP HANA at another.invented.host:443"
    assert len({*ids, HanaEncoder(elsewhere, "SAP_NEB.20240715").id}) == 3


def test_a_batch_waits_for_its_turn_on_the_connection() -> None:
    database = Database(busy=2)
    assert len(HanaEncoder(database, "m").encode_batch(["a"], Call()).vectors) == 1
    assert len(database.kinds) == 3


def test_patience_ends() -> None:
    seconds = iter(range(0, 1_000, 25))
    encoder = HanaEncoder(Database(busy=100), "m", patience_s=60, clock_s=lambda: float(next(seconds)))
    with pytest.raises(ConflictError):
        encoder.encode_batch(["a"], Call())


def test_stopping_reaches_the_database() -> None:
    database, call, ends = Database(), Call(), list[type[BaseException]]()
    database.held.clear()

    def encode() -> None:
        try:
            HanaEncoder(database, "m").encode_batch(["a"], call)
        except StoppedError as end:
            ends.append(type(end))

    worker = threading.Thread(target=encode)
    worker.start()
    assert database.asked.wait(PATIENCE_S)
    call.stop()
    worker.join(PATIENCE_S)
    assert ends == [StoppedError]
    assert database.cancelled.is_set()


def test_a_call_stopped_while_it_waits_for_its_turn_asks_no_more() -> None:
    call = Call()

    class Busy(Database):
        def embed(self, texts: Sequence[str], model: str, kind: str) -> Vectors:
            call.stop()
            return super().embed(texts, model, kind)

    database = Busy(busy=100)
    with pytest.raises(StoppedError):
        HanaEncoder(database, "m").encode_batch(["a"], call)
    assert len(database.kinds) == 1


def test_a_call_that_ends_in_time_cancels_nothing() -> None:
    database, call = Database(), Call()
    HanaEncoder(database, "m").encode_batch(["a"], call)
    call.stop()
    assert not database.cancelled.is_set()
