"""Browsing: what a reader looks for, what is left out for want of knowledge, and in which order the rest stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.models.browsing import Entry, Order, Wanted, found, ordered
from services.models.model import Model
from services.models.observed import Observed
from services.models.prices import Price


def priced(p_in: str, p_out: str) -> Price:
    return Price(Decimal(p_in), Decimal(p_out))


BIG = Model(
    "Together",
    "acme/Big-3.1-70B-Instruct",
    "chat",
    "Big 3.1 70B",
    "Acme",
    context_length=131_072,
    price=priced("0.88", "0.9"),
    vision=True,
    tools=True,
    reasoning=False,
)
SMALL = Model(
    "Sandbox", "acme/small", "chat", "Small", "Acme", context_length=4_096, price=priced("0", "0"), tools=True
)
OLD = Model("Together", "umbra/Ölpumpe-2", display_name="Ölpumpe 2", availability="retired")
VECTORS = Model("Together", "umbra/vectors", "embedding", organization="Umbra", price=priced("0.01", "0"))
ENTRIES = tuple(Entry(model, "simulated" if model is SMALL else "real") for model in (BIG, SMALL, OLD, VECTORS))


def ids(wanted: Wanted) -> list[str]:
    return [entry.model.id for entry in found(ENTRIES, wanted).entries]


@pytest.mark.parametrize(
    ("words", "matching"),
    [
        ("", [BIG.id, SMALL.id, OLD.id, VECTORS.id]),
        ("   ", [BIG.id, SMALL.id, OLD.id, VECTORS.id]),
        ("ACME", [BIG.id, SMALL.id]),
        ("big acme", [BIG.id]),
        ("big-3-1", [BIG.id]),
        ("big 3.1", [BIG.id]),
        ("ÖLPUMPE", [OLD.id]),
        ("o\u0308lpumpe", [OLD.id]),
        ("big umbra", []),
        (".*", []),
        ("x" * 10_000, []),
    ],
)
def test_every_word_must_stand_in_id_name_or_organization(words: str, matching: list[str]) -> None:
    assert ids(Wanted(words)) == matching


@pytest.mark.parametrize(
    ("wanted", "matching", "undecided"),
    [
        (Wanted(endpoints=("Sandbox",)), [SMALL.id], 0),
        (Wanted(organizations=("not stated",)), [OLD.id], 0),
        (Wanted(types=("chat", "not stated")), [BIG.id, SMALL.id, OLD.id], 0),
        (Wanted(availability=("retired",)), [OLD.id], 0),
        (Wanted(context_tokens=4_096), [BIG.id, SMALL.id], 2),
        (Wanted(context_tokens=4_097), [BIG.id], 2),
        (Wanted(context_tokens=0), [BIG.id, SMALL.id], 2),
        (Wanted(price_usd_per_mtok=Decimal(0)), [SMALL.id], 1),
        (Wanted(price_usd_per_mtok=Decimal("0.89")), [SMALL.id, VECTORS.id], 1),
        (Wanted(price_usd_per_mtok=Decimal("0.9")), [BIG.id, SMALL.id, VECTORS.id], 1),
        (Wanted(vision=True), [BIG.id], 3),
        (Wanted(tools=True), [BIG.id, SMALL.id], 2),
        (Wanted(tools=True, vision=True), [BIG.id], 3),
        (Wanted(reasoning=True), [], 3),
        (Wanted("umbra", vision=True), [], 2),
    ],
)
def test_what_is_not_known_of_a_model_leaves_it_out_and_is_counted(
    wanted: Wanted, matching: list[str], undecided: int
) -> None:
    both = found(ENTRIES, wanted)
    assert ([entry.model.id for entry in both.entries], both.undecided) == (matching, undecided)


@pytest.mark.parametrize(
    ("order", "descending", "in_order"),
    [
        ("name", False, [BIG, OLD, SMALL, VECTORS]),
        ("name", True, [VECTORS, SMALL, OLD, BIG]),
        ("availability", False, [BIG, SMALL, VECTORS, OLD]),
        ("price in", False, [SMALL, VECTORS, BIG, OLD]),
        ("price in", True, [BIG, VECTORS, SMALL, OLD]),
        ("context", True, [BIG, SMALL, OLD, VECTORS]),
        ("wait", True, [BIG, OLD, SMALL, VECTORS]),
    ],
)
def test_not_known_comes_last_in_both_directions(order: Order, descending: bool, in_order: list[Model]) -> None:
    plain = tuple(replace(entry, model=replace(entry.model, display_name=_ascii(entry.model))) for entry in ENTRIES)
    names = [entry.model.id for entry in ordered(plain, order, descending=descending)]
    assert names == [model.id for model in in_order]


def _ascii(model: Model) -> str:
    return {OLD.id: "Old", VECTORS.id: "Vectors"}.get(model.id, model.label)


def test_a_model_whose_endpoint_cannot_be_asked_stands_behind_those_that_can() -> None:
    unasked = replace(ENTRIES[0], askable=False)
    assert ordered((unasked, *ENTRIES[1:]), "availability")[-1] == unasked


def test_an_observed_wait_of_0_is_a_value_and_orders_first() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    seen = [replace(ENTRIES[0], observed=Observed(wait, 3, None, 0, now)) for wait in (0.5, 0.0, None)]
    waits = [entry.observed.wait_s for entry in ordered(seen, "wait") if entry.observed is not None]
    assert waits == [0.0, 0.5, None]


@pytest.mark.parametrize(("order", "cheapest"), [("price in", "reader"), ("price out", "talker")])
def test_what_is_read_and_what_is_written_have_each_their_own_order(order: Order, cheapest: str) -> None:
    prices = {"reader": priced("0.1", "9"), "talker": priced("5", "0.2"), "unknown": None}
    entries = [Entry(Model("Together", name, price=price), "real") for name, price in prices.items()]
    assert [entry.model.id for entry in ordered(entries, order)][::2] == [cheapest, "unknown"]
    assert [entry.model.id for entry in ordered(entries, order, descending=True)][1:] == [cheapest, "unknown"]


def test_an_observed_speed_of_0_is_a_value_and_what_was_never_seen_writing_comes_last() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    seen = [replace(ENTRIES[0], observed=Observed(0.1, 3, speed, 3, now)) for speed in (None, 0.0, 80.5, 12.0)]
    speeds = [entry.observed.writing_per_s for entry in ordered(seen, "speed", descending=True) if entry.observed]
    assert speeds == [80.5, 12.0, 0.0, None]
