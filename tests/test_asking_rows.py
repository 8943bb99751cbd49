"""Asking models about rows: what a visitor begins with, which rows are meant, and what cannot be asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from services import asking_rows
from services.answers.comparisons import Panel
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError
from services.matrix.checks import Contains, Expected
from services.matrix_setups import Setup, Setups
from services.models.model import Model
from services.playground import Playground
from services.settings import load
from services.tables.demo_catalogue import MATERIAL, NOTIFICATION
from services.tables.source import Column, ObjectName, Sample, SampleRequest, TableInfo
from services.workspaces import Workspace
from tests.answers.scripted import SANDBOX, TOGETHER
from tests.faults.server import WHOLE_STREAM, FaultServer, streams
from tests.matrix.rows import PRICE, materials, sample

OWNER = "ann"


def answers_at(name: str, model: str) -> tuple[Endpoint, Model]:
    if name == "Gone":
        raise ConfigError("There is no endpoint named Gone.")
    return (SANDBOX if name == "Sandbox" else TOGETHER), Model(name, model, price=PRICE)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Playground]:
    made = Playground(load(tmp_path, {"PLAYGROUND_DATA_DIR": str(tmp_path)}))
    yield made
    made.close()


@pytest.fixture
def with_rows(house: Playground) -> Playground:
    """Three materials read, and one model of the Sandbox to be asked."""
    house.workspaces.take(OWNER, SampleRequest(ObjectName("Z", "ZT")), materials(3))
    number = house.workspaces.current(OWNER).number
    setup = Setup((Panel("Sandbox", "org/a"),), number=number, text="{{MAKTX}}")
    house.matrix_setups.update(OWNER, lambda _: setup)
    return house


def test_where_local_cannot_run_two_simulated_models_are_set_up(tmp_path: Path) -> None:
    missing = {"PLAYGROUND_DATA_DIR": str(tmp_path), "LOCAL_MODEL_PATH": __file__}
    made = Playground(load(tmp_path, missing))
    try:
        assert [panel.endpoint for panel in asking_rows.first_panels(made)] == ["Sandbox", "Sandbox"]
    finally:
        made.close()


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        (NOTIFICATION.name, asking_rows.DEMO_PROMPT),
        (MATERIAL.name, None),
    ],
)
def test_the_first_prompt_names_columns_that_can_be_filled(
    house: Playground, name: ObjectName, prompt: str | None
) -> None:
    found = house.demo.sample(SampleRequest(name, rows=2))
    text = asking_rows.first_prompt(found)
    assert prompt in (None, text)
    asking_rows.plan_for(workspace(house, found), setup_with(text), answers_at)


def test_a_sample_without_a_readable_column_has_no_prompt_and_says_so(house: Playground) -> None:
    blind = Sample(
        "Demo", False, TableInfo(ObjectName("Z", "Z"), "table"), (Column("V", "X", readable=False),), ((1,),), ""
    )
    assert asking_rows.first_prompt(blind) == ""
    with pytest.raises(BadRequestError, match="names no column"):
        asking_rows.plan_for(workspace(house, blind), setup_with(""), answers_at)


def workspace(house: Playground, found: Sample) -> Workspace:
    return house.workspaces.take(OWNER, SampleRequest(found.info.object), found)


def setup_with(text: str) -> Setup:
    return Setup((Panel("Sandbox", "org/a"),), text=text)


@pytest.mark.parametrize(
    ("selected", "first", "asked"),
    [
        ((), 2, (0, 1)),
        ((), 99, (0, 1, 2)),
        ((2, 0), 1, (2, 0)),
    ],
)
def test_the_selected_rows_go_before_the_first(
    with_rows: Playground, selected: tuple[int, ...], first: int, asked: tuple[int, ...]
) -> None:
    now = replace(with_rows.workspaces.current(OWNER), selected=selected)
    assert asking_rows.rows_of(now, replace(setup_with(""), rows=first)) == asked


def test_never_more_than_fifty_rows_are_meant(house: Playground) -> None:
    many = replace(workspace(house, materials(80)), selected=tuple(range(70)))
    assert len(asking_rows.rows_of(many, setup_with(""))) == 50
    assert len(asking_rows.rows_of(replace(many, selected=()), replace(setup_with(""), rows=60))) == 50


def test_max_tokens_and_system_prompt_ride_along_and_an_empty_one_does_not(with_rows: Playground) -> None:
    setup = replace(setup_with("{{MAKTX}}"), max_tokens=7, system=" \n")
    plan = asking_rows.plan_for(with_rows.workspaces.current(OWNER), setup, answers_at)
    assert plan.entrants[0].sampling.max_tokens == 7
    assert [message.role for message in plan.request(0, 0).messages] == ["user"]


def test_a_model_that_cannot_be_had_is_told_and_nothing_begins(with_rows: Playground) -> None:
    with_rows.matrix_setups.update(OWNER, lambda _: Setup((Panel("Gone", "org/a"),), text="{{MAKTX}}"))
    with pytest.raises(ConfigError, match="no endpoint named Gone"):
        asking_rows.start(with_rows, OWNER, answers_at)
    assert with_rows.matrices.current(OWNER) is None


def test_nothing_is_asked_before_a_sample_was_read(house: Playground) -> None:
    with pytest.raises(BadRequestError, match="no rows to ask about"):
        asking_rows.start(house, OWNER, answers_at)


def test_cells_are_asked_again_with_the_key_of_now_and_of_no_other_server(with_rows: Playground) -> None:
    with_rows.matrix_setups.update(OWNER, lambda _: Setup((Panel("lab", "org/a"),), text="{{MAKTX}}", ceiling_usd=None))
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        then = Endpoint("lab", "openai", server.url, "key-invented-then")
        asking_rows.start(with_rows, OWNER, lambda _, model: (then, Model("lab", model)), confirmed=True).wait(10)
        now = replace(then, api_key="key-invented-now")
        asking_rows.again(with_rows, OWNER, [(1, 0)], lambda _: now).wait(10)
        assert [b"key-invented-now" in request for request in server.requests] == [False, False, False, True]
        for other in (replace(now, base_url="https://elsewhere.example/v1"), replace(now, kind="sandbox")):
            with pytest.raises(ConfigError, match="lab is another server now"):
                asking_rows.again(with_rows, OWNER, [(1, 0)], lambda _, other=other: other)
        assert len(server.requests) == 4


def test_above_the_ceiling_nothing_begins_without_a_word(with_rows: Playground) -> None:
    dear = Setup((Panel("Together", "org/a"),), text="{{MAKTX}}", ceiling_usd=Decimal(0))
    with_rows.matrix_setups.update(OWNER, lambda _: dear)
    with pytest.raises(BadRequestError, match="more than the cap"):
        asking_rows.start(with_rows, OWNER, answers_at)
    assert with_rows.matrices.current(OWNER) is None


def test_a_prompt_that_fits_another_sample_stays_and_one_that_does_not_begins_anew(with_rows: Playground) -> None:
    checked = Setup((Panel("Sandbox", "org/a"),), text="{{MAKTX}}", checks=(Expected("MATNR"), Contains("x")))
    with_rows.matrix_setups.update(OWNER, lambda _: checked)
    kept = asking_rows.setup_of(with_rows, OWNER)
    assert (kept.text, kept.checks, kept.revision) == ("{{MAKTX}}", checked.checks, 0)
    with_rows.workspaces.take(OWNER, SampleRequest(ObjectName("Z", "ZU")), sample(("a", "b"), names=("ID", "NOTE")))
    other = asking_rows.setup_of(with_rows, OWNER)
    assert "{{NOTE}}" in other.text or "{{ID}}" in other.text
    assert (other.checks, other.revision) == ((Contains("x"),), 1)
    assert asking_rows.setup_of(with_rows, OWNER) == other


def test_a_prompt_being_mistyped_is_not_taken_away(with_rows: Playground) -> None:
    asking_rows.setup_of(with_rows, OWNER)
    asking_rows.change(with_rows, OWNER, lambda kept: replace(kept, text="{{NOPE}}"))
    assert asking_rows.setup_of(with_rows, OWNER).text == "{{NOPE}}"


def test_changes_from_two_threads_are_both_kept() -> None:
    setups, both = Setups(), threading.Barrier(2)
    setups.update(OWNER, lambda _: Setup((), rows=1))

    def raise_rows() -> None:
        both.wait(5)
        for _ in range(200):
            setups.update(OWNER, lambda kept: replace(kept, rows=kept.rows + 1) if kept is not None else Setup(()))

    threads = [threading.Thread(target=raise_rows) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    found = setups.current(OWNER)
    assert found is not None
    assert found.rows == 401


def test_the_owner_not_seen_for_longest_goes_first() -> None:
    setups = Setups(max_owners=1)
    setups.update("ann", lambda _: setup_with("a"))
    setup_bob = setups.update("bob", lambda _: setup_with("b"))
    assert setups.current("bob") == setup_bob
    assert setups.current("ann") is None
