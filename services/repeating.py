"""Repeating a comparison: what exactly is asked how often, and what it may cost at most."""

from __future__ import annotations

import secrets
from decimal import Decimal

from services.answers.comparisons import Comparison
from services.answers.repeat_job import marked
from services.answers.repeats import Asked, Plan
from services.comparing import Resolve, check, request_of
from services.models.prices import estimate_tokens, most_usd

COUNTS = (1, 5, 20)
DEFAULT_CEILING_USD = 0.5


def plan_of(
    comparison: Comparison,
    resolve: Resolve,
    *,
    rounds: int,
    nonce: bool = True,
    ceiling_usd: Decimal | None = None,
    seed: int | None = None,
) -> Plan:
    """What repeating the comparison means now. Raises ServiceError where a panel cannot be asked."""
    check(comparison)
    asked = []
    for place, panel in enumerate(comparison.panels):
        endpoint, model = resolve(panel.endpoint, panel.model)
        request = request_of(comparison, place, endpoint)
        tokens = estimate_tokens(marked(request).messages, request.model)
        most = most_usd(tokens, request.sampling.max_tokens, model.price)
        asked.append(Asked(endpoint, request, model.price, most))
    return Plan(tuple(asked), rounds, nonce, ceiling_usd, secrets.randbits(32) if seed is None else seed)


def bound_usd(plan: Plan) -> Decimal | None:
    """At most what real endpoints cost together, warm-ups counted like calls; None where a price is unknown."""
    bounds = [asked.most_usd for asked in plan.asked if not asked.simulated]
    known = [bound for bound in bounds if bound is not None]
    return sum(known, Decimal(0)) * (plan.rounds + 1) if len(known) == len(bounds) else None
