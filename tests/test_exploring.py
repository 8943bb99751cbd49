"""A question to embedded rows: encoded as they were, cancellable, never mixed up with other rows or other people."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from services import encoding
from services.embedding.encoders import InProcessEncoder
from services.embedding.keywords import KeywordSearch
from services.embedding.prepared import prepare
from services.embedding.texts import default_template, fill
from services.embedding.tokens import EstimatedTokens
from services.errors import BadRequestError, StoppedError
from services.exploring import MAX_QUESTION_CHARACTERS, Ground, ask, ground_of, judged, topic_of
from services.playground import Playground
from services.settings import load
from services.tables.demo_vocabulary import suggested
from services.tables.source import ObjectName, Sample, SampleRequest
from tests.embedding.embeds import Endpoint
from tests.embedding.samples import numbered

OWNER = "ann"
NOTIFICATIONS = SampleRequest(ObjectName("ZDEMO", "ZDEMO_NOTIFICATION"), rows=1_500)
WAIT_S = 20.0


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    root = tmp_path_factory.mktemp("root")
    made = Playground(load(root, {"PLAYGROUND_DATA_DIR": str(root / "kept")}))
    yield made
    made.close()


def on(house: Playground, sample: Sample, endpoint: Endpoint | None = None, owner: str = OWNER) -> Ground:
    """The rows of a sample, embedded: by the local encoder, or by a stand-in for an endpoint."""
    house.workspaces.take(owner, NOTIFICATIONS, sample)
    encoder = InProcessEncoder(house.encoder) if endpoint is None else endpoint.encoder()
    ready = prepare(fill(default_template(sample), sample), EstimatedTokens())
    job = house.embeddings.start(owner, ready, encoder)
    house.workspaces.update(owner, lambda kept: replace(kept, job=job.id))
    job.wait(WAIT_S)
    ground = ground_of(house, owner)
    assert ground is not None
    return ground


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def test_there_is_nothing_to_explore_before_the_rows_have_vectors_and_after_their_texts_changed(
    house: Playground,
) -> None:
    assert ground_of(house, OWNER) is None
    ground = on(house, numbered(5))
    assert ground.sample.keys == ("M0", "M1", "M2", "M3", "M4")
    house.workspaces.update(OWNER, lambda kept: kept.rewritten("{MAKTX}", cut_long=True))
    assert ground_of(house, OWNER) is None
    assert ground_of(house, "bob") is None


def test_one_question_is_encoded_once_and_another_again(house: Playground) -> None:
    endpoint = Endpoint()
    ground = on(house, numbered(3), endpoint)
    before = endpoint.calls
    for _ in range(3):
        ask(house, OWNER, ground, "leaks").wait(WAIT_S)
    assert endpoint.calls == before + 1
    asked = ask(house, OWNER, ground, "drips")
    asked.wait(WAIT_S)
    assert endpoint.calls == before + 2
    assert asked.value is not None
    assert np.linalg.norm(asked.value) == pytest.approx(1)


def test_a_question_that_hangs_can_be_cancelled_and_asked_again(house: Playground) -> None:
    hold = threading.Event()
    hold.set()
    endpoint = Endpoint(hold=hold)
    ground = on(house, numbered(3), endpoint)
    hold.clear()
    asked = ask(house, OWNER, ground, "leaks")
    assert asked.live
    assert (asked.value, asked.problem) == (None, None)
    asked.cancel()
    until(lambda: not asked.live)
    assert isinstance(asked.problem, StoppedError)
    assert asked.value is None
    hold.set()
    house.explorations.forget(OWNER)
    again = ask(house, OWNER, ground, "leaks")
    again.wait(WAIT_S)
    assert again.value is not None


def test_a_new_question_ends_the_one_before_it(house: Playground) -> None:
    hold = threading.Event()
    hold.set()
    endpoint = Endpoint(hold=hold)
    ground = on(house, numbered(3), endpoint)
    hold.clear()
    first = ask(house, OWNER, ground, "leaks")
    ask(house, OWNER, ground, "drips")
    until(lambda: not first.live)
    assert isinstance(first.problem, StoppedError)


def test_a_question_that_is_too_long_is_refused_in_a_sentence(house: Playground) -> None:
    asked = ask(house, OWNER, on(house, numbered(3)), "x" * (MAX_QUESTION_CHARACTERS + 1))
    asked.wait(WAIT_S)
    assert isinstance(asked.problem, BadRequestError)
    assert "at most 2,000" in asked.problem.message


@pytest.mark.parametrize("text", ["\x00", "\ud83d", "😀", "'; DROP TABLE x --", "𝕊" * 500])
def test_odd_questions_have_a_vector_or_none_but_never_break(house: Playground, text: str) -> None:
    asked = ask(house, OWNER, on(house, numbered(3)), text)
    asked.wait(WAIT_S)
    assert asked.problem is None
    assert asked.value is not None
    assert np.isfinite(asked.value).all()


def test_what_was_asked_of_other_rows_is_gone_with_them_and_nobody_else_sees_it(house: Playground) -> None:
    ground = on(house, numbered(3))
    ask(house, OWNER, ground, "leaks").wait(WAIT_S)
    house.explorations.look_at(OWNER, ground.id, 2)
    assert house.explorations.current(OWNER, ground.id).row == 2
    assert house.explorations.current("bob", ground.id).row is None
    other = on(house, numbered(2))
    kept = house.explorations.current(OWNER, other.id)
    assert (kept.asked, kept.row) == (None, None)


def test_hidden_columns_are_not_among_those_that_are_shown_or_taken_away(house: Playground) -> None:
    sample = house.demo.sample(replace(NOTIFICATIONS, rows=20))
    ground = on(house, sample)
    assert ground.judged
    assert "TOPIC" not in [column.name for column in ground.visible.columns]
    assert not {str(answer) for answer in ground.answers} & {str(cell) for row in ground.visible.rows for cell in row}
    assert not on(house, numbered(3)).judged


def test_the_demo_is_searched_well_in_english_by_meaning_and_hardly_by_words(house: Playground) -> None:
    ground = on(house, house.demo.sample(NOTIFICATIONS))
    meaning, words = judged(ground, KeywordSearch(ground.texts()))
    cells = {(cell.query_language, cell.text_language): cell for cell in meaning}
    by_words = {(cell.query_language, cell.text_language): cell for cell in words}
    assert len(cells) == 4
    assert cells["E", "E"].low > by_words["E", "E"].high
    assert cells["D", "D"].high < cells["E", "E"].low


def test_a_suggested_question_knows_its_topic_in_whatever_case_and_ones_own_has_none() -> None:
    assert topic_of(" Seal Is Dripping ", suggested()) == "pump_leak"
    assert topic_of("my own", suggested()) is None


def test_closing_the_house_ends_a_question_that_hangs(house: Playground) -> None:
    hold = threading.Event()
    hold.set()
    endpoint = Endpoint(hold=hold)
    ground = on(house, numbered(3), endpoint)
    hold.clear()
    asked = ask(house, OWNER, ground, "leaks")
    house.explorations.close()
    assert not asked.live


def test_the_encoder_of_the_rows_is_the_one_that_is_asked(house: Playground) -> None:
    assert on(house, numbered(3)).encoder.id == encoding.local(house).encoder.id
