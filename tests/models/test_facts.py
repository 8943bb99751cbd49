"""What the bundled files must hold to be worth reading."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import orjson
import pytest

from services.models.facts import Facts, folded

ASSETS = Path(__file__).resolve().parents[2] / "assets"
FACTS = Facts.bundled()


def test_the_facts_are_read_once() -> None:
    assert Facts.bundled() is Facts.bundled(ASSETS)


@pytest.mark.parametrize(("name", "rows"), [("catalog.json", "models"), ("deprecations.json", "removed")])
def test_every_row_is_kept_and_its_sources_are_named_in_its_file(name: str, rows: str) -> None:
    content = orjson.loads((ASSETS / name).read_bytes())
    kept = FACTS.models if rows == "models" else FACTS.removals
    assert len(kept) == len(content[rows]) >= 46
    for row in content[rows]:
        named = row["sources"] if "sources" in row else [row["source"]]
        assert named
        assert set(named) <= set(content["sources"])


def test_no_model_is_serverless_and_removed() -> None:
    assert [model.id for key, model in FACTS.models.items() if model.serverless and key in FACTS.removals] == []


def test_default_models_and_substitutes_are_serverless_chat_models() -> None:
    named = {*FACTS.default_chat, *(other for ids in FACTS.substitutes.values() for other in ids)}
    named |= {removal.replacement for removal in FACTS.removals.values() if removal.replacement is not None}
    for model_id in named:
        model = FACTS.models[folded(model_id)]
        assert (model.id, model.type, model.serverless) == (model_id, "chat", True)


def test_nothing_is_dated_after_the_facts_and_no_price_after_its_model_left() -> None:
    for key, model in FACTS.models.items():
        assert model.as_of is None or model.as_of <= FACTS.as_of
        removal = FACTS.removals.get(key)
        if removal is not None and removal.removed_on is not None and model.price is not None:
            assert model.price.as_of is not None
            assert model.price.as_of <= removal.removed_on
    assert max(r.removed_on for r in FACTS.removals.values() if r.removed_on is not None) <= FACTS.as_of
    assert FACTS.as_of <= date(2026, 11, 9)
