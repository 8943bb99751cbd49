"""The catalogue of one endpoint: what can be called, what left, what is picked by default."""

from __future__ import annotations

import pickle
import time
from datetime import date
from decimal import Decimal

import pytest

from services.endpoints import Endpoint, Kind
from services.models.catalog import Catalog, Facts, build, default_chat, default_embedding
from services.wire.types import ListedModel

FACTS = Facts.bundled()
SEEDS = (
    "meta-llama/Llama-2-70b-chat-hf",
    "meta-llama/Llama-2-13b-chat-hf",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "togethercomputer/m2-bert-80M-8k-retrieval",
)
KEY = "tgp_v1_invented-for-this-test"


def catalog(*ids: str | ListedModel, kind: Kind = "together") -> Catalog:
    listed = tuple(ListedModel(entry) if isinstance(entry, str) else entry for entry in ids)
    return build(
        Endpoint("Here", kind, "https://h.example/v1", KEY), listed or None, FACTS, listed_on=date(2026, 11, 24)
    )


@pytest.mark.parametrize(
    ("listed", "model_id", "availability"),
    [
        ((), "openai/gpt-oss-120b", "available"),
        (("openai/gpt-oss-120b",), "openai/gpt-oss-120b", "available"),
        (("some/other",), "openai/gpt-oss-120b", "unknown"),
        (("some/other",), "some/other", "listed"),
        (("BAAI/bge-base-en-v1.5",), "BAAI/bge-base-en-v1.5", "listed"),
        ((), "openai/gpt-oss-20b", "retired"),
        ((), "MiniMaxAI/MiniMax-M2.7", "retired"),
        (("Gryphe/MythoMax-L2-13b", SEEDS[2]), SEEDS[2], "retired"),
        (("meta-llama/Llama-2-7b-chat-hf",), "meta-llama/Llama-2-7b-chat-hf", "retired"),
    ],
)
def test_the_list_confirms_and_the_facts_decide(listed: tuple[str, ...], model_id: str, availability: str) -> None:
    model = catalog(*listed).find(model_id)
    assert model is not None
    assert model.availability == availability


@pytest.mark.parametrize("kind", ["openai", "local", "sandbox"])
def test_what_any_other_server_lists_can_be_called_there(kind: Kind) -> None:
    here = catalog(ListedModel(SEEDS[2], display_name="Mixtral 8x7B (simulated)"), "mine:latest", kind=kind)
    assert [(m.id, m.availability) for m in here.models] == [(SEEDS[2], "available"), ("mine:latest", "available")]
    assert here.models[0].label == "Mixtral 8x7B (simulated)"
    assert here.retired(SEEDS[2]) is None
    assert here.find("openai/gpt-oss-120b") is None


@pytest.mark.parametrize("model_id", [*SEEDS, *(seed.split("/")[1] for seed in SEEDS), *map(str.upper, SEEDS)])
@pytest.mark.parametrize("listed", [(), ("openai/gpt-oss-120b", "zai-org/GLM-5.3-Flash", "Qwen/Qwen3.5-9B")])
def test_the_models_everybody_asks_for_are_found_with_what_became_of_them(
    model_id: str, listed: tuple[str, ...]
) -> None:
    here = catalog(*listed)
    model, gone = here.find(model_id), here.retired(model_id)
    assert model is not None
    assert gone is not None
    assert model.removed_on == gone.removed_on
    assert gone.removed_on is not None
    assert str(gone.removed_on.year) in gone.sentence
    if model.type == "embedding":
        assert "local encoder" in gone.sentence
    else:
        assert gone.substitutes
        assert gone.substitutes[0].label in gone.sentence
        assert all(other.availability == "available" for other in gone.substitutes)


def test_a_retirement_says_when_whether_it_can_be_rented_and_what_is_nearest() -> None:
    gone = catalog().retired("mistralai/Mixtral-8x7B-Instruct-v0.1")
    assert gone is not None
    assert (gone.removed_on, gone.dedicated, gone.source) == (date(2026, 4, 16), True, "deprecations-page")
    assert gone.sentence == (
        "Mixtral-8x7B Instruct v0.1 left the serverless offer on 16 April 2026. It can still be rented on a dedicated "
        "endpoint. Nearest: GLM-5.3 Flash or DeepSeek V4.1 Flash."
    )


@pytest.mark.parametrize(
    "written",
    ["mistralai/mixtral-8x22b-instruct-v0.1", "mistralai-mixtral-8x22b-instruct-v0-1"],
)
def test_a_removal_is_found_by_id_and_by_the_slug_of_the_page(written: str) -> None:
    gone = catalog().retired(written)
    assert gone is not None
    assert gone.removed_on == date(2025, 6, 13)


def test_of_two_removals_of_one_model_the_later_counts() -> None:
    gone = catalog().retired("Qwen/Qwen3-235B-A22B-Thinking-2507")
    assert gone is not None
    assert gone.removed_on == date(2026, 4, 16)


def test_substitutes_that_the_server_does_not_list_are_not_offered() -> None:
    here = catalog("deepseek-ai/DeepSeek-V4.1-Flash")
    assert [model.id for model in here.substitutes(SEEDS[2])] == ["deepseek-ai/DeepSeek-V4.1-Flash"]


@pytest.mark.parametrize("refused", ["somebody/unknown", "meta-llama/Llama-2-7b-chat-hf", "openai/gpt-oss-120b"])
def test_a_refused_chat_model_gets_what_is_picked_by_default_but_never_itself(refused: str) -> None:
    offered = [model.id for model in catalog().substitutes(refused)]
    assert len(offered) == 2
    assert refused not in offered


@pytest.mark.parametrize("refused", [SEEDS[3], "Salesforce/Llama-Rank-V1", "black-forest-labs/FLUX.1-dev"])
def test_no_chat_model_is_offered_for_another_kind_of_model(refused: str) -> None:
    assert catalog().substitutes(refused) == ()


def test_a_picker_shows_first_what_can_be_called() -> None:
    here = catalog("z/new", "openai/gpt-oss-120b", "Qwen/Qwen3.5-9B", ListedModel("a/voice", type="audio"), SEEDS[2])
    shown = here.chat_models()
    assert [model.id for model in shown[:3]] == ["openai/gpt-oss-120b", "Qwen/Qwen3.5-9B", "z/new"]
    order = [model.availability for model in shown]
    assert order == sorted(order, key=["available", "listed", "unknown", "retired"].index)
    assert "a/voice" not in [model.id for model in shown]


def test_embedding_models_are_told_by_type_or_name() -> None:
    here = catalog("nomic-embed-text", ListedModel("x", type="embedding"), "llama3", kind="openai")
    assert [model.id for model in here.embedding_models()] == ["nomic-embed-text", "x"]
    assert [model.id for model in here.chat_models()] == ["llama3"]


def test_the_servers_word_wins_and_the_facts_fill_the_gaps() -> None:
    entry = ListedModel("openai/gpt-oss-120b", type="chat", context_length=99, display_name="Theirs")
    model = catalog(entry).find("openai/gpt-oss-120b")
    assert model is not None
    assert (model.context_length, model.display_name, model.organization) == (99, "Theirs", "OpenAI")
    assert (model.tools, model.vision, model.reasoning_key) == (True, False, "reasoning")
    assert model.as_of == date(2026, 11, 9)


def listed_at(model_id: str, p_in: float | None, p_out: float | None, cached: float | None = None) -> ListedModel:
    return ListedModel(model_id, input_usd_per_mtok=p_in, output_usd_per_mtok=p_out, cached_input_usd_per_mtok=cached)


@pytest.mark.parametrize(
    ("entry", "kind", "expected"),
    [
        (listed_at("openai/gpt-oss-120b", 0.2, 0.7000000001), "together", ("0.2", "0.7", None)),
        (listed_at("openai/gpt-oss-120b", None, None), "together", ("0.15", "0.6", None)),
        (listed_at("openai/gpt-oss-120b", 0, 0), "together", ("0.15", "0.6", None)),
        (listed_at("zai-org/GLM-5.3-Flash", 0.15, 0.5), "together", ("0.15", "0.5", "0.03")),
        (listed_at("zai-org/GLM-5.3-Flash", 0.3, 0.5), "together", ("0.3", "0.5", None)),
        (listed_at("zai-org/GLM-5.3-Flash", 0.15, 0.5, 0.01), "together", ("0.15", "0.5", "0.01")),
        (listed_at("Prism-ML/Ternary-Bonsai-27B", 0, 0), "together", ("0", "0", None)),
        (listed_at(SEEDS[2], 9, 9), "together", ("0.6", "0.6", None)),
        (listed_at("new/rented-only", 0, 0), "together", None),
        (listed_at("new/model", float("nan"), 1), "together", None),
        (listed_at("new/model", -1, 1), "together", None),
        (listed_at("mine", None, None), "openai", None),
        (listed_at("mine", 0, 0), "openai", ("0", "0", None)),
        (listed_at("small", None, None), "local", ("0", "0", None)),
    ],
)
def test_prices_of_the_list_and_of_the_facts(
    entry: ListedModel, kind: Kind, expected: tuple[str, str, str | None] | None
) -> None:
    model = catalog(entry, kind=kind).find(entry.id)
    assert model is not None
    if expected is None:
        assert model.price is None
        return
    assert model.price is not None
    found = (model.price.input_usd_per_mtok, model.price.output_usd_per_mtok, model.price.cached_input_usd_per_mtok)
    assert found == tuple(None if text is None else Decimal(text) for text in expected)


def test_a_listed_price_carries_the_day_of_the_list_and_a_bundled_one_its_own() -> None:
    here = catalog(listed_at("openai/gpt-oss-120b", 0.2, 0.7), "zai-org/GLM-5.2")
    days = [model.price.as_of for model in here.models[:2] if model.price is not None]
    assert days == [date(2026, 11, 24), date(2026, 11, 9)]


@pytest.mark.parametrize(("listed", "says"), [(None, "could not be had"), ((), "lists no models")])
def test_without_a_live_list_the_bundled_one_stands_marked_and_dated(
    listed: tuple[ListedModel, ...] | None, says: str
) -> None:
    here = build(Endpoint("Together", "together", "https://h.example/v1"), listed, FACTS)
    assert not here.live
    assert here.note is not None
    assert says in here.note
    assert "2026-11-09" in here.note
    assert len(here.models) == len(FACTS.models)
    empty = build(Endpoint("mine", "openai", "https://h.example/v1"), listed, FACTS)
    assert (empty.models, empty.live) == ((), False)
    assert says in str(empty.note)


@pytest.mark.parametrize(
    ("listed", "picked"),
    [
        ((), "openai/gpt-oss-120b"),
        (("Qwen/Qwen3.5-9B", "zai-org/GLM-5.3-Flash"), "zai-org/GLM-5.3-Flash"),
        (("Qwen/Qwen3.7-Max", "new/model"), "Qwen/Qwen3.7-Max"),
        (("new/model", SEEDS[2]), None),
    ],
)
def test_the_default_is_the_first_dated_one_that_the_list_confirms(listed: tuple[str, ...], picked: str | None) -> None:
    choice = default_chat(catalog(*listed), None)
    assert choice.model_id == picked
    assert choice.reason.endswith(".")


def test_another_server_gives_its_first_chat_model() -> None:
    here = catalog("text-embed", "second", "first", kind="openai")
    assert default_chat(here, None).model_id == "second"


def test_a_configured_model_is_kept_and_its_retirement_told() -> None:
    choice = default_chat(catalog("openai/gpt-oss-120b"), SEEDS[2])
    assert choice.model_id == SEEDS[2]
    assert choice.retirement is not None
    assert "TOGETHER_DEFAULT_MODEL" in choice.reason


@pytest.mark.parametrize("configured", ["my-project/my-endpoint", "elsewhere/gpt-oss-120b"])
def test_a_configured_model_that_nobody_lists_is_kept_as_it_is_written(configured: str) -> None:
    choice = default_chat(catalog("openai/gpt-oss-120b"), configured)
    assert choice.model is not None
    assert (choice.model.id, choice.model.availability, choice.model.price) == (configured, "unknown", None)


@pytest.mark.parametrize("written", ["Llama-2-70b-chat-hf", "meta-llama/llama-2-70b-chat-hf"])
def test_a_configured_model_is_given_the_spelling_of_the_catalogue(written: str) -> None:
    choice = default_chat(catalog("openai/gpt-oss-120b"), written)
    assert choice.model_id == SEEDS[0]
    assert choice.retirement is not None


def test_of_two_organizations_with_one_model_name_the_first_listed_is_meant() -> None:
    model = catalog("b/model", "a/model", kind="openai").find("model")
    assert model is not None
    assert model.id == "b/model"


def test_embeddings_are_local_unless_configured() -> None:
    here = catalog()
    assert default_embedding(here, FACTS, None).model_id == "local"
    chosen = default_embedding(here, FACTS, SEEDS[3])
    assert chosen.model_id == SEEDS[3]
    assert chosen.retirement is not None


def test_ids_that_differ_in_case_alone_are_told_apart_when_written_exactly() -> None:
    here = catalog("Org/Model", "org/model", kind="openai")
    assert [here.named(name).id for name in ("Org/Model", "org/model", "ORG-MODEL")] == [
        "Org/Model",
        "org/model",
        "Org/Model",
    ]


def test_odd_lists_are_read() -> None:
    twice = (ListedModel("a/b", context_length=1), ListedModel("a/b", context_length=2), ListedModel("  "))
    here = catalog(*twice, kind="openai")
    assert [(model.id, model.context_length) for model in here.models] == [("a/b", 1)]


def test_markup_in_names_stays_text() -> None:
    name = '<img src=x onerror="alert(1)"> **bold** [x](javascript:y)'
    model = catalog(ListedModel("a/b", display_name=name)).find("a/b")
    assert model is not None
    assert model.label == name


def test_twenty_thousand_models_are_joined_sorted_and_found_in_time() -> None:
    entries = tuple(ListedModel(f"org{n}/model-{n}", display_name="<b>" * 9, type="chat") for n in range(20_000))
    start = time.monotonic()
    here = catalog(*entries)
    assert len(here.chat_models()) > 20_000
    assert here.find("ORG19999-MODEL-19999") == here.find("org19999/model-19999")
    assert time.monotonic() - start < 3


def test_a_catalogue_holds_no_key() -> None:
    here = catalog("openai/gpt-oss-120b")
    assert KEY not in repr(here)
    assert KEY.encode() not in pickle.dumps(here)
