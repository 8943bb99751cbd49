"""What the next message takes is said before it is sent: tokens, window and cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.answers.context import context
from services.answers.conversations import Conversation, Setup, Turn
from services.answers.images import image
from services.answers.runs import Run, Runs
from services.forecast import Forecast, forecast
from services.models.model import Model
from services.models.prices import Price
from services.wire.types import Sampling
from tests.answers.scripted import LOCAL, TOGETHER, Script, chat
from tests.answers.test_images import picture

MODEL = Model("Together", "org/model", context_length=8_192, price=Price(Decimal(1), Decimal(2)))


def told(text: str = "", talk: Conversation | None = None, model: Model = MODEL, **setup: object) -> Forecast:
    made = Conversation() if talk is None else talk
    return forecast(TOGETHER, model, replace(made, setup=Setup(**setup)), text)  # type: ignore[arg-type]


def answered() -> Run:
    runs = Runs(Script(("word " * 200,)))
    try:
        run = runs.start("ann", TOGETHER, chat(), message_id="1")
        run.wait(5)
    finally:
        runs.close()
    return run


def test_everything_that_is_sent_counts() -> None:
    bare = told().prompt_tokens
    history = Conversation((Turn("word " * 200, (answered(),)),))
    rows = context("T", [{"TEXT": "word " * 200}])
    assert told("word " * 200).prompt_tokens > bare + 200
    assert told(talk=history).prompt_tokens > bare + 400
    assert told(system="word " * 200).prompt_tokens > bare + 200
    assert told(context=rows).prompt_tokens > bare + 200
    shot = image("a.png", picture())
    assert forecast(TOGETHER, MODEL, Conversation(), "", (shot,)).prompt_tokens > bare + 500


@pytest.mark.parametrize(
    ("prompt", "answer", "window", "share", "fits"),
    [
        (0, 0, 100, 0.0, True),
        (40, 10, 100, 0.5, True),
        (90, 10, 100, 1.0, True),
        (91, 10, 100, 1.0, False),
        (10**9, 10, 100, 1.0, False),
        (10, 10, None, None, True),
        (10, 10, 0, None, False),
    ],
)
def test_prompt_and_answer_share_the_window(
    prompt: int, answer: int, window: int | None, share: float | None, fits: bool
) -> None:
    made = Forecast(prompt, answer, window, None)
    assert (made.share, made.fits) == (share, fits)


def test_the_cost_is_a_bound_and_unknown_is_not_free() -> None:
    made = told("word", sampling=Sampling(max_tokens=1_000))
    assert made.most_usd is not None
    assert made.most_usd >= Decimal("0.002")
    assert told("word", sampling=Sampling(max_tokens=2_000)).most_usd > made.most_usd  # type: ignore[operator]
    assert told(model=replace(MODEL, price=None)).most_usd is None


def test_a_task_of_local_counts_its_examples_and_not_the_conversation() -> None:
    long = Conversation((Turn("word " * 200, (answered(),)),), Setup(task="label"))
    short = Conversation((), Setup(task="label"))
    model = Model("Local", "small", context_length=4_096)
    assert forecast(LOCAL, model, long) == forecast(LOCAL, model, short)
