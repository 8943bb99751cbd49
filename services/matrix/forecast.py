"""What asking will take, before anything is sent: calls, tokens, and at most which price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.answers import figures
from services.endpoints import Word
from services.errors import BadRequestError
from services.matrix.plans import Plan
from services.models.prices import estimate_tokens, most_usd


@dataclass(frozen=True)
class EntrantForecast:
    """prompt_tokens is an estimate; output_tokens what max_tokens allows; most_usd None where no price is known.

    A simulated model's most_usd is as invented as its answers; Local's is 0.
    """

    place: int
    model: str
    word: Word
    calls: int
    prompt_tokens: int
    output_tokens: int
    most_usd: Decimal | None


@dataclass(frozen=True)
class Forecast:
    """total_usd: at most what the real calls cost together, None where a price is unknown; simulated_usd: invented."""

    entrants: tuple[EntrantForecast, ...]
    cap_usd: Decimal | None

    @property
    def calls(self) -> int:
        return sum(each.calls for each in self.entrants)

    @property
    def total_usd(self) -> Decimal | None:
        bounds = [each.most_usd for each in self.entrants if each.word != "simulated"]
        known = [bound for bound in bounds if bound is not None]
        return sum(known, Decimal(0)) if len(known) == len(bounds) else None

    @property
    def simulated_usd(self) -> Decimal | None:
        """What the simulated models pretend to cost; None where there is none, or none with a price."""
        bounds = [each.most_usd for each in self.entrants if each.word == "simulated"]
        known = [bound for bound in bounds if bound is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def to_confirm(self) -> bool:
        """Whether it may cost more than the cap, or nobody knows how much."""
        return self.cap_usd is not None and (self.total_usd is None or self.total_usd > self.cap_usd)

    @property
    def sentence(self) -> str:
        """≤ stands before the price: a bound made from estimated prompt tokens and max_tokens, not a quotation."""
        read = sum(each.prompt_tokens for each in self.entrants)
        written = sum(each.output_tokens for each in self.entrants)
        calls = f"{self.calls:,} {'call' if self.calls == 1 else 'calls'}"
        tokens = f"≈{figures.NARROW}{figures.tokens(read)} tokens in, at most {figures.tokens(written)} out"
        return f"{calls}, {tokens}: {self._price()}{self._practice()}."

    def _price(self) -> str:
        if all(each.word == "simulated" for each in self.entrants):
            return "nothing is spent"
        if self.total_usd is None:
            unknown = [each.model for each in self.entrants if each.most_usd is None and each.word != "simulated"]
            return f"what it costs is not known, as {' and '.join(unknown)} has no price here"
        return "free" if self.total_usd == 0 else f"≤ {figures.money(self.total_usd)}"

    def _practice(self) -> str:
        if self.simulated_usd is None or self.simulated_usd == 0:
            return ""
        return f"; simulated prices, ≤ {figures.money(self.simulated_usd)}, are invented and not counted"


def forecast(plan: Plan, cells: Iterable[tuple[int, int]] | None = None) -> Forecast:
    """cells by line and place, all of them if None. Raises BadRequestError for a cell that the plan has not."""
    chosen = plan.places if cells is None else tuple(cells)
    if not chosen or not set(chosen) <= set(plan.places):
        raise BadRequestError("There is no such cell to ask.", remedy="Choose cells of this matrix.")
    lines = [[line for line, place in chosen if place == wanted] for wanted in range(len(plan.entrants))]
    return Forecast(tuple(_of(plan, place, each) for place, each in enumerate(lines) if each), plan.cap_usd)


def _of(plan: Plan, place: int, lines: Sequence[int]) -> EntrantForecast:
    entrant = plan.entrants[place]
    bounds = [bound_usd(plan, line, place) for line in lines]
    known = [bound for bound in bounds if bound is not None]
    max_tokens = entrant.sampling.max_tokens
    return EntrantForecast(
        place=place,
        model=entrant.model,
        word=entrant.endpoint.word,
        calls=len(lines),
        prompt_tokens=sum(prompt_tokens(plan, line, place) for line in lines),
        output_tokens=0 if max_tokens is None else max_tokens * len(lines),
        most_usd=sum(known, Decimal(0)) if len(known) == len(bounds) else None,
    )


def bound_usd(plan: Plan, line: int, place: int) -> Decimal | None:
    """At most what this one call costs; None where its price is unknown."""
    entrant = plan.entrants[place]
    if entrant.endpoint.word == "local":
        return Decimal(0)
    return most_usd(prompt_tokens(plan, line, place), entrant.sampling.max_tokens, entrant.price)


def prompt_tokens(plan: Plan, line: int, place: int) -> int:
    request = plan.request(line, place)
    return estimate_tokens(request.messages, request.model)


def check_confirmed(cost: Forecast, *, confirmed: bool) -> None:
    """Raises BadRequestError where the cost needs the reader's word and does not have it."""
    if not cost.to_confirm or confirmed:
        return
    assert cost.cap_usd is not None
    cap = figures.money(cost.cap_usd) if cost.cap_usd else "$0"
    if cost.total_usd is None:
        message = f"What this costs is not known, so the cap of {cap} cannot be held."
    else:
        message = f"This may cost up to {figures.money(cost.total_usd)}, more than the cap of {cap}."
    raise BadRequestError(message, remedy="Confirm it, or choose fewer rows or other models.")
