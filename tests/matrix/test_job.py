"""A matrix is asked cell by cell, in the background, bounded, stoppable and paid once; and it belongs to its owner."""

from __future__ import annotations

from decimal import Decimal

from services.answers.gateway import Gateway
from services.answers.resilience import MEASURED
from services.endpoints import Endpoint
from services.matrix.plans import entrant
from services.wire.transport import Network, Pool
from services.wire.types import Sampling
from tests.answers.scripted import Script
from tests.matrix.rows import OWNER, matrices, plan

MODELS = ("mistralai/Mixtral-8x7B-Instruct-v0.1", "meta-llama/Llama-3.3-70B-Instruct-Turbo")


def test_every_cell_is_asked_once_with_the_prompt_of_its_row() -> None:
    script = Script()
    with matrices(script) as house:
        done = house.start(OWNER, plan(3)).wait(10)
    assert (done.stage, done.ended, [cell.text for cell in done.cells]) == ("done", 6, ["Hello there"] * 6)
    assert sorted((sent.model, sent.messages[0].content) for sent in script.sent) == [
        (model, f"Describe MAT-0000{i}: Pump P10{i}, 1234.50 EUR, created 2024-01-15.")
        for model in ("org/a", "org/b")
        for i in range(3)
    ]
    assert set(script.policies) == {MEASURED}


def test_two_simulated_models_answer_over_real_sockets_and_nothing_is_spent(sandbox_address: str) -> None:
    pool = Pool(Network())
    at = Endpoint("Sandbox", "sandbox", sandbox_address, "invented")
    asked = plan(2, *(entrant(at, name, sampling=Sampling(max_tokens=12)) for name in MODELS), cap_usd=Decimal(0))
    try:
        with matrices(Gateway(pool)) as house:
            done = house.start(OWNER, asked).wait(60)
    finally:
        pool.close()
    assert [cell.answered for cell in done.cells] == [True] * 4
    assert [cell.served_model for cell in done.of(0)] == [MODELS[0]] * 2
    assert (done.stage, done.spent_usd) == ("done", 0)
