"""What a daily workload would cost at a model's price, exactly; an unknown price gives None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.errors import BadRequestError
from services.models.prices import Price, cost_usd
from services.wire.types import Usage

DAYS_A_MONTH, DAYS_A_YEAR = 30, 365
MOST_REQUESTS, MOST_TOKENS = 100_000_000, 10_000_000


@dataclass(frozen=True)
class Workload:
    """What one kind of request comes to: tokens of one request, the share (0 to 1) of its input read from a cache.

    Raises BadRequestError for what no workload can be.
    """

    requests_a_day: int
    input_tokens: int
    output_tokens: int
    cached_share: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for name, value, most in (
            ("Requests a day", self.requests_a_day, MOST_REQUESTS),
            ("Tokens in", self.input_tokens, MOST_TOKENS),
            ("Tokens out", self.output_tokens, MOST_TOKENS),
        ):
            if not 0 <= value <= most:
                raise BadRequestError(f"{name} is {value:,}.", remedy=f"Type 0 to {most:,}.")
        if not self.cached_share.is_finite() or not 0 <= self.cached_share <= 1:
            raise BadRequestError("The cached share is no share.", remedy="Type 0 to 100 percent.")

    def usage_a_day(self) -> Usage:
        """Cached tokens in whole ones, rounded once over the day."""
        read = self.requests_a_day * self.input_tokens
        cached = int((read * self.cached_share).to_integral_value(ROUND_HALF_UP))
        return Usage(read, self.requests_a_day * self.output_tokens, cached_tokens=cached)


@dataclass(frozen=True)
class Costs:
    """USD; a month is 30 days, a year 365."""

    day_usd: Decimal

    @property
    def month_usd(self) -> Decimal:
        return self.day_usd * DAYS_A_MONTH

    @property
    def year_usd(self) -> Decimal:
        return self.day_usd * DAYS_A_YEAR


def costs(workload: Workload, price: Price | None) -> Costs | None:
    day_usd = cost_usd(workload.usage_a_day(), price)
    return None if day_usd is None else Costs(day_usd)


def fits(workload: Workload, context_length: int | None) -> bool | None:
    """Whether one request fits the model's context; None where that is not known."""
    return None if context_length is None else workload.input_tokens + workload.output_tokens <= context_length
