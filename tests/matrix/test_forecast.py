"""What asking takes is said before: an upper bound of the price, never a guess where none is known, practice apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.errors import BadRequestError
from services.matrix.forecast import check_confirmed, forecast
from services.matrix.plans import DEFAULT_MAX_TOKENS, entrant, plan_of
from services.wire.types import Sampling
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER
from tests.matrix.rows import TEMPLATE, asked, materials, plan


def test_every_call_counts_with_all_the_tokens_it_may_write() -> None:
    cost = forecast(plan(3, asked("org/a", TOGETHER, tokens=100), asked("org/b", TOGETHER, tokens=50)))
    assert (cost.calls, [each.output_tokens for each in cost.entrants]) == (6, [300, 150])
    # Output alone costs 450 tokens at 2 USD per million; the prompts come on top.
    assert cost.total_usd is not None
    assert Decimal("0.0009") < cost.total_usd < Decimal("0.0020")


def test_max_tokens_is_always_set() -> None:
    assert entrant(TOGETHER, "org/a").sampling.max_tokens == DEFAULT_MAX_TOKENS
    assert entrant(TOGETHER, "org/a", sampling=Sampling(max_tokens=0)).sampling.max_tokens == 0
    assert entrant(TOGETHER, "org/a", sampling=Sampling(temperature=0)).sampling.to_wire() == {
        "max_tokens": DEFAULT_MAX_TOKENS,
        "temperature": 0,
    }


def test_an_unknown_price_makes_the_total_unknown_and_names_the_model() -> None:
    cost = forecast(plan(3, asked("org/a", TOGETHER), asked("org/b", TOGETHER, price=None)))
    assert cost.total_usd is None
    assert "org/b has no price here" in cost.sentence


def test_local_is_free_whatever_its_price_and_simulated_prices_stand_apart() -> None:
    cost = forecast(plan(3, asked("local", LOCAL, price=None), asked("org/a", SANDBOX)))
    assert cost.total_usd == 0
    assert cost.simulated_usd is not None
    assert cost.simulated_usd > 0
    assert "free" in cost.sentence
    assert "invented and not counted" in cost.sentence


def test_the_sentence_marks_estimate_and_bound() -> None:
    said = forecast(plan(1, asked("org/a", TOGETHER))).sentence
    assert said.startswith("1 call, ≈")
    assert ": ≤ $0.000" in said
    assert "nothing is spent" in forecast(plan(1, asked("org/a", SANDBOX))).sentence


@pytest.mark.parametrize("price", ["known", None])
def test_above_the_cap_or_without_a_price_it_must_be_confirmed(price: str | None) -> None:
    model = asked("org/a", TOGETHER) if price else asked("org/a", TOGETHER, price=None)
    cost = forecast(plan(3, model, cap_usd=Decimal("0.0001")))
    with pytest.raises(BadRequestError, match="cap of \\$0.00010"):
        check_confirmed(cost, confirmed=False)
    check_confirmed(cost, confirmed=True)


def test_below_the_cap_and_without_a_cap_nothing_need_be_confirmed() -> None:
    for cap in (Decimal(1), None):
        check_confirmed(forecast(plan(3, asked("org/a", TOGETHER), cap_usd=cap)), confirmed=False)
    simulated = plan(3, asked("org/a", SANDBOX, price=None), cap_usd=Decimal(0))
    check_confirmed(forecast(simulated), confirmed=False)


@pytest.mark.parametrize(
    ("rows", "models", "says"),
    [
        ([], 1, "0 rows"),
        (range(51), 1, "51 rows"),
        ([0], 0, "0 models"),
        ([0], 5, "5 models"),
        ([0, 0], 1, "not those of the sample"),
        ([-1], 1, "not those of the sample"),
        ([60], 1, "not those of the sample"),
    ],
)
def test_more_than_fifty_rows_or_four_models_and_rows_that_are_not_there_are_refused(
    rows: range | list[int], models: int, says: str
) -> None:
    with pytest.raises(BadRequestError, match=says):
        plan_of(TEMPLATE, materials(60), rows, [asked(f"org/{i}") for i in range(models)])


def test_a_prompt_too_long_to_be_sent_is_refused_before_anything_is() -> None:
    with pytest.raises(BadRequestError, match="more than 200,000 characters"):
        plan_of("{{MATNR}}", materials(), [0], [asked()], system="x" * 200_000)


def test_of_a_large_sample_only_the_chosen_rows_are_kept_with_their_keys() -> None:
    chosen = plan_of(TEMPLATE, materials(60), [41, 7], [asked()])
    assert chosen.keys == ("MAT-00041", "MAT-00007")
    assert [prompt.text[:18] for prompt in chosen.prompts] == ["Describe MAT-00041", "Describe MAT-00007"]
    assert (chosen.rows, len(chosen.sample.rows)) == ((41, 7), 2)
