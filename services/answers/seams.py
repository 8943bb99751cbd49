"""An answer that was cut off by its length and went on in further runs: what each of them took, and all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.answers import figures
from services.answers.conversations import Turn
from services.answers.runs import Result
from services.wire.types import ChatRequest

GO_ON = (
    "Your answer was cut off because it reached its length limit. Go on exactly where it stopped: repeat nothing of "
    "it, add no introduction, and do not start anew."
)
_TAIL_CHARACTERS = 30


@dataclass(frozen=True)
class Sum:
    """Of several runs. cost_usd None where one of them is not known; estimated where one of them is."""

    runs: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool
    cost_usd: Decimal | None

    @property
    def line(self) -> str:
        """2 runs together: 61 → 40 tokens · $0.00012"""
        pair = figures.token_pair(self.prompt_tokens, self.completion_tokens, estimated=self.estimated)
        return f"{self.runs} runs together: {pair} tokens · {figures.money(self.cost_usd)}"


def added_up(results: Sequence[Result]) -> Sum:
    """Waits and speeds of separate runs add up to nothing that could be compared, so they are left apart."""
    costs = [result.cost_usd for result in results if result.cost_usd is not None]
    return Sum(
        runs=len(results),
        prompt_tokens=sum(result.usage.prompt_tokens for result in results),
        completion_tokens=sum(result.usage.completion_tokens for result in results),
        estimated=any(result.estimated for result in results),
        cost_usd=sum(costs, Decimal(0)) if len(costs) == len(results) else None,
    )


def can_go_on(turn: Turn) -> bool:
    """Where max_tokens ended a text. Half of a JSON value, a task and mere thinking have nothing to go on from."""
    run = turn.parts[-1]
    result, request = run.result, run.request
    if result is None or not isinstance(request, ChatRequest) or turn.task is not None:
        return False
    is_text = request.response_format is None and bool(turn.said.strip())
    return is_text and result.state == "cut off" and result.error is None


def seams(turn: Turn) -> tuple[str, ...]:
    """The last words before each place where a run ended and the next one went on."""
    tails, said = [], ""
    for run in turn.parts[:-1]:
        said += run.text()
        tails.append(" ".join(said[-_TAIL_CHARACTERS:].split()))
    return tuple(tails)
