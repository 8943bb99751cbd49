"""From a visitor's choice of an encoder to what it will take, to its vectors, and to whom a question goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from services import encoding
from services.embedding.forecast import OVER_CAP
from services.embedding.tokens import EstimatedTokens
from services.errors import ConfigError
from services.exploring import ground_of
from services.models.model import Model
from services.models.prices import Price
from services.playground import Playground
from services.settings import SANDBOX, TOGETHER, load
from services.tables.source import SampleRequest
from services.visitor import Visitor
from services.workspaces import EncoderChoice, Workspace
from tests.embedding.samples import numbered

ANN = "ann"
KEY = "tgp_v1_invented-for-encoding-tests"
PATIENCE_S = 20.0
# Beside each test's own folder, and without the local model, which nothing here asks.
QUIET = {"PLAYGROUND_DATA_DIR": "kept", "LOCAL_MODEL_PATH": __file__}
MODEL = Model(SANDBOX, "togethercomputer/m2-bert-80M-8k-retrieval", "embedding")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Playground]:
    made = Playground(load(tmp_path, QUIET))
    yield made
    made.close()


def with_rows(house: Playground, rows: int = 20) -> Workspace:
    sample = replace(numbered(rows), total=1_000)
    return house.workspaces.take(ANN, SampleRequest(sample.info.object), sample)


def test_vectors_are_there_once_their_job_is_done_and_a_question_goes_to_who_made_them(house: Playground) -> None:
    workspace, chosen = with_rows(house), encoding.local(house)
    assert ground_of(house, ANN) is None
    encoding.begin(house, ANN, encoding.prepared(workspace, chosen), chosen).wait(PATIENCE_S)
    ground = ground_of(house, ANN)
    assert ground is not None
    assert ground.embedded.row_vectors().shape == (20, chosen.dimensions)
    assert ground.encoder is chosen.encoder


def test_vectors_of_other_texts_or_another_encoder_are_not_those_of_the_workspace(house: Playground) -> None:
    workspace, chosen = with_rows(house), encoding.local(house)
    encoding.begin(house, ANN, encoding.prepared(workspace, chosen), chosen).wait(PATIENCE_S)
    house.workspaces.update(ANN, lambda kept: kept.rechosen(EncoderChoice(SANDBOX)))
    assert ground_of(house, ANN) is None


def test_what_is_kept_from_before_is_not_forecast_again(house: Playground) -> None:
    workspace, chosen = with_rows(house), encoding.local(house)
    ready = encoding.prepared(workspace, chosen)
    before, table = encoding.forecasts(house, workspace, ready, chosen, None)
    done = encoding.begin(house, ANN, ready, chosen).wait(PATIENCE_S)
    after, _ = encoding.forecasts(house, workspace, ready, chosen, done)
    assert (before.texts, after.texts, before.seconds) == (20, 0, None)
    assert table is not None
    assert table.rows == 1_000
    assert after.seconds == 0


def test_a_store_that_cannot_be_read_forecasts_all(house: Playground, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "vectors.sqlite").write_text("this is no database, and long enough to be seen as none " * 20)
    workspace, chosen = with_rows(house), encoding.local(house)
    sample, _ = encoding.forecasts(house, workspace, encoding.prepared(workspace, chosen), chosen, None)
    assert sample.texts == 20


def test_tokens_of_a_model_whose_vocabulary_is_not_here_are_an_estimate(house: Playground) -> None:
    chosen = encoding.of_endpoint(Visitor(house), MODEL)
    assert isinstance(chosen.tokens, EstimatedTokens)
    ready = encoding.prepared(with_rows(house), chosen)
    sample, _ = encoding.forecasts(house, house.workspaces.current(ANN), ready, chosen, None)
    assert sample.tokens.low is not None
    assert sample.tokens.low < sample.tokens.value


def test_what_is_put_before_each_text_counts_and_is_sent(house: Playground) -> None:
    plain, prefixed = (
        encoding.of_endpoint(Visitor(house), replace(MODEL, id=name)) for name in ("acme/plain", "acme/e5-base")
    )
    workspace = with_rows(house)
    assert (plain.prefix, prefixed.prefix) == ("", "passage: ")
    assert (
        encoding.prepared(workspace, prefixed).total_tokens >= encoding.prepared(workspace, plain).total_tokens + 2 * 20
    )


def test_a_run_above_the_cap_of_the_workspace_is_refused_until_it_is_confirmed(
    tmp_path: Path, sandbox_address: str
) -> None:
    """Over an endpoint of the kind that is paid, which the Sandbox only answers for."""
    made = Playground(load(tmp_path, {**QUIET, "TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address}))
    try:
        chosen = encoding.of_endpoint(
            Visitor(made), replace(MODEL, endpoint=TOGETHER, price=Price(Decimal(1), Decimal(0)))
        )
        ready = encoding.prepared(with_rows(made), chosen)
        made.workspaces.update(ANN, lambda kept: replace(kept, cap_usd=Decimal(0)))
        with pytest.raises(ConfigError) as refused:
            encoding.begin(made, ANN, ready, chosen)
        assert refused.value.code == OVER_CAP
        assert encoding.running(made, ANN) is None
        encoding.begin(made, ANN, ready, chosen, confirmed=True).wait(PATIENCE_S)
        assert ground_of(made, ANN) is not None
    finally:
        made.close()
