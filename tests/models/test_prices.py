"""Costs, bounds and estimates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.models.prices import Price, cost_usd, estimate_tokens, most_usd, usd_per_mtok
from services.wire.types import Message, ToolCall, Usage

CACHED = Price(Decimal("0.15"), Decimal("0.5"), Decimal("0.03"))
PLAIN = Price(Decimal("0.15"), Decimal("0.6"))
FREE = Price(Decimal(0), Decimal(0))
GPT_OSS = "openai/gpt-oss-120b"


@pytest.mark.parametrize(
    ("listed", "price"),
    [
        (1.0399999999999998, Decimal("1.04")),
        (0.15, Decimal("0.15")),
        (0.0000004, Decimal(0)),
        ("0.042", Decimal("0.042")),
        (0, Decimal(0)),
        (None, None),
        (-1.0, None),
        (float("nan"), None),
        (float("inf"), None),
        (1_000_000, Decimal(1_000_000)),
        (1e308, None),
    ],
)
def test_listed_prices_lose_their_binary_noise(listed: float | str | None, price: Decimal | None) -> None:
    assert usd_per_mtok(listed) == price


@pytest.mark.parametrize(
    ("usage", "price", "usd"),
    [
        (Usage(1_000_000, 1_000_000), PLAIN, "0.75"),
        (Usage(75, 48), PLAIN, "0.00004005"),
        (Usage(1000, 0, cached_tokens=400), CACHED, "0.000102"),
        (Usage(1000, 0, cached_tokens=0), CACHED, "0.00015"),
        (Usage(1000, 0, cached_tokens=400), PLAIN, "0.00015"),
        (Usage(1000, 100, reasoning_tokens=90), PLAIN, "0.00021"),
        (Usage(77, 16, reasoning_tokens=18), PLAIN, "0.00002115"),
        (Usage(1000, 100), FREE, "0"),
        (Usage(0, 0), PLAIN, "0"),
    ],
)
def test_cost_of_an_answer(usage: Usage, price: Price, usd: str) -> None:
    assert cost_usd(usage, price) == Decimal(usd)


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        (None, PLAIN),
        (Usage(1, 1), None),
        (Usage(-1, 1), PLAIN),
        (Usage(1, -1), PLAIN),
        (Usage(1, 1, cached_tokens=-1), PLAIN),
        (Usage(10, 1, cached_tokens=11), PLAIN),
    ],
)
def test_a_cost_that_cannot_be_known_is_none_and_never_zero(usage: Usage | None, price: Price | None) -> None:
    assert cost_usd(usage, price) is None


@pytest.mark.parametrize(
    ("prompt_tokens", "max_tokens", "price", "safety", "usd"),
    [
        (1000, 500, CACHED, "1.3", "0.000445"),
        (1000, 500, CACHED, "1", "0.0004"),
        (1000, None, CACHED, "1", None),
        (1000, None, Price(Decimal("0.042"), Decimal(0)), "1", "0.000042"),
        (1000, None, FREE, "1", "0"),
        (1000, 500, None, "1", None),
        (-1, 500, PLAIN, "1", None),
    ],
)
def test_the_most_an_answer_can_cost(
    prompt_tokens: int, max_tokens: int | None, price: Price | None, safety: str, usd: str | None
) -> None:
    most = most_usd(prompt_tokens, max_tokens, price, safety=Decimal(safety))
    assert most == (None if usd is None else Decimal(usd))


@pytest.mark.parametrize(
    ("text", "model", "counted"),
    [("Say hello. Use only one word.", GPT_OSS, 75), ("Say hello, in one word only.", "meta-llama/Llama-3.3-70B", 43)],
)
def test_short_prompts_are_estimated_within_a_tenth_of_what_servers_counted(
    text: str, model: str, counted: int
) -> None:
    assert abs(estimate_tokens((Message("user", text),), model) - counted) <= counted / 10


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("word " * 40, 50),
        ('{"a": [1, 2], "b": {"c": 3}}', 10),
        ("材料主数据", 8),
        ("Über allen Gipfeln", 5),
        ("\ud800 lone surrogate", 5),
    ],
)
def test_texts_by_what_they_are_made_of(text: str, tokens: int) -> None:
    assert estimate_tokens(text, GPT_OSS) == tokens


def test_every_message_tool_and_image_adds_to_the_estimate() -> None:
    question = Message("user", "Which plant?")
    one = estimate_tokens((question,), GPT_OSS)
    two = estimate_tokens((question, question), GPT_OSS)
    picture: tuple[dict[str, object], ...] = ({"type": "image_url", "image_url": {"url": "data:" + "A" * 9_000_000}},)
    called = Message("assistant", None, tool_calls=(ToolCall("1", "read", '{"table": "PLANTS"}'),), reasoning="Look.")
    assert two == one + 4 + one - 66
    assert estimate_tokens((question,), GPT_OSS, tools=({"type": "function"},)) > one
    assert estimate_tokens((Message("user", picture),), GPT_OSS) == 66 + 1000
    assert estimate_tokens((called,), GPT_OSS) > 66
    assert estimate_tokens((), GPT_OSS) == 0
