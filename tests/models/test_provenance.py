"""Every fact of a model says where it comes from and of which day; the table can be taken along as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.endpoints import Endpoint
from services.models.browsing import Entry
from services.models.catalog import Catalog, Facts, build
from services.models.joining import removed
from services.models.model import Model
from services.models.observed import Observed
from services.models.prices import Price
from services.models.provenance import Fact, facts_of
from services.models.table_export import as_csv
from services.wire.types import ListedModel

FACTS = Facts.bundled()
TOGETHER = Endpoint("Together", "together", "https://h.example/v1", "tgp_v1_invented")
LISTED_ON = date(2026, 11, 24)
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def joined(entry: ListedModel) -> Catalog:
    return build(TOGETHER, (entry,), FACTS, listed_on=LISTED_ON)


def fact(model: Model, name: str) -> Fact:
    return next(each for each in facts_of(model) if each.name == name)


def test_the_servers_own_word_and_the_compiled_one_are_told_apart() -> None:
    model = joined(ListedModel("openai/gpt-oss-120b", context_length=99_000)).named("openai/gpt-oss-120b")
    assert fact(model, "Context, tokens") == Fact("Context, tokens", "99,000", "list of Together", LISTED_ON)
    tools = fact(model, "Calls tools")
    assert (tools.value, tools.as_of) == ("yes", FACTS.models["openai-gpt-oss-120b"].as_of)
    assert "list of" not in tools.source


def test_an_unknown_fact_has_no_value_and_claims_no_source() -> None:
    facts = {each.name: each for each in facts_of(Model("Here", "m"))}
    assert [name for name, each in facts.items() if each.value is not None] == []
    assert facts["Price"] == Fact("Price", None)


def test_a_price_carries_its_own_source_and_day_and_loses_no_digit() -> None:
    price = Price(Decimal("0.0150"), Decimal("1E+1"), None, LISTED_ON, "list of Here")
    model = Model("Here", "m", price=price)
    assert fact(model, "Input, $ per M tokens") == Fact("Input, $ per M tokens", "0.015", "list of Here", LISTED_ON)
    assert fact(model, "Output, $ per M tokens").value == "10"
    assert fact(model, "Cached input, $ per M tokens").value == "as new input"


@pytest.mark.parametrize(
    ("model_id", "named"),
    [
        ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "FP8"),
        ("llama3.1:8b-instruct-q4_K_M", "Q4_K_M"),
        ("acme/Model-AWQ", "AWQ"),
        ("acme/afp8x", None),
        ("acme/plain", None),
    ],
)
def test_quantization_is_what_the_id_names(model_id: str, named: str | None) -> None:
    assert fact(Model("Here", model_id), "Quantization").value == named


@pytest.mark.parametrize(
    ("seconds", "day"),
    [(1_754_414_557, date(2025, 8, 5)), (0, None), (None, None), (-5, None), (10**18, None), (10**400, None)],
)
def test_a_day_of_creation_is_one_or_unknown(seconds: int | None, day: date | None) -> None:
    assert joined(ListedModel("acme/new", created=seconds)).named("acme/new").created_on == day


@pytest.mark.parametrize(("listed", "context"), [(10**12, 10**12), (10**12 + 1, None), (10**40, None), (0, None)])
def test_a_context_is_one_or_unknown(listed: int, context: int | None) -> None:
    assert joined(ListedModel("acme/new", context_length=listed)).named("acme/new").context_length == context


def test_a_model_that_left_and_stands_in_no_list_is_still_a_row_with_its_substitutes() -> None:
    here = joined(ListedModel("openai/gpt-oss-120b"))
    gone = {model.id: model for model in removed("Together", {"openai-gpt-oss-120b"}, FACTS)}
    llama = gone["meta-llama/Llama-2-70b-chat-hf"]
    assert (llama.availability, llama.endpoint) == ("retired", "Together")
    assert "left the serverless offer" in (here.retired(llama.id) or pytest.fail("not retired")).sentence
    assert removed("Together", set(FACTS.removals), FACTS) == ()


def rows(*entries: Entry) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(entries, now=NOW))))


def test_the_csv_says_origin_source_and_n_and_leaves_unknown_empty() -> None:
    seen = Observed(0.0, 3, None, 0, NOW)
    price = Price(Decimal(0), Decimal("0.9"), None, LISTED_ON, "list of Here")
    first, second = rows(
        Entry(Model("Here", "m", price=price, vision=False), "simulated"),
        Entry(Model("Here", "n"), "real", observed=seen),
    )
    assert (first["origin"], first["input_usd_per_mtok"], first["price_as_of"]) == ("simulated", "0", "2026-11-24")
    assert (first["vision"], first["tools"], first["observed_wait_s"]) == ("False", "", "")
    assert (second["input_usd_per_mtok"], second["observed_wait_s"], second["observed_wait_n"]) == ("", "0.0", "3")
    assert second["exported_at"] == NOW.isoformat()


def test_a_hostile_name_is_no_formula_in_a_spreadsheet() -> None:
    (row,) = rows(Entry(Model("Here", "=cmd|x", display_name='+1,"2"\r\n3'), "real"))
    assert row["model"] == "'=cmd|x"
    assert row["name"].startswith("'+1")
