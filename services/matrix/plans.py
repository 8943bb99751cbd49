"""What is to be asked: which prompt of which rows, of which models, and how the answers are to be checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import product

from services.answers.comparisons import LETTERS
from services.endpoints import Endpoint
from services.errors import BadRequestError
from services.matrix.template import MAX_VALUE_CHARACTERS, Filled, Template, filled, parse, readable
from services.models.prices import Price
from services.tables.source import Sample
from services.wire.types import ChatRequest, Message, Sampling

MAX_MODELS, MAX_ROWS = len(LETTERS), 50
MAX_PROMPT_CHARACTERS = 200_000
DEFAULT_MAX_TOKENS = 400
DEFAULT_CAP_USD = Decimal("0.50")


@dataclass(frozen=True)
class Entrant:
    """One of the models that are asked. max_tokens is always set, so that the cost of a call has a bound."""

    endpoint: Endpoint
    model: str
    price: Price | None
    sampling: Sampling

    @property
    def simulated(self) -> bool:
        return self.endpoint.word == "simulated"

    @property
    def free(self) -> bool:
        """Costs nobody anything: this machine's own model, and simulated answers, whose price is invented."""
        return self.endpoint.word != "real"


@dataclass(frozen=True)
class Plan:
    """Made by plan_of(). sample holds the chosen rows alone: rows says where each stood in the sample they are from.

    keys are theirs as text. cap_usd: what costs more must be confirmed. seed draws the order in which the models are
    asked for each row.
    """

    text: str
    system: str
    template: Template
    sample: Sample
    rows: tuple[int, ...]
    keys: tuple[str, ...]
    entrants: tuple[Entrant, ...]
    cap_usd: Decimal | None
    seed: int
    max_characters: int = MAX_VALUE_CHARACTERS

    @cached_property
    def prompts(self) -> tuple[Filled, ...]:
        """One for each of rows, the same for every model."""
        lines = range(len(self.rows))
        return tuple(filled(self.template, self.sample, line, max_characters=self.max_characters) for line in lines)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """One for each of entrants."""
        return tuple(entrant.endpoint for entrant in self.entrants)

    def keyless(self) -> Plan:
        return replace(self, entrants=tuple(replace(each, endpoint=each.endpoint.keyless()) for each in self.entrants))

    @property
    def practice(self) -> bool:
        return any(entrant.simulated for entrant in self.entrants)

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Line and place of every cell, row by row, in each row model by model."""
        return tuple(product(range(len(self.rows)), range(len(self.entrants))))

    def request(self, line: int, place: int) -> ChatRequest:
        """What is sent for the line-th of rows to the place-th of entrants."""
        entrant = self.entrants[place]
        system = (Message("system", self.system),) if self.system.strip() else ()
        return ChatRequest(entrant.model, (*system, Message("user", self.prompts[line].text)), entrant.sampling)


def entrant(endpoint: Endpoint, model: str, *, price: Price | None = None, sampling: Sampling | None = None) -> Entrant:
    """max_tokens is DEFAULT_MAX_TOKENS where sampling leaves it open."""
    chosen = Sampling() if sampling is None else sampling
    if chosen.max_tokens is None:
        chosen = Sampling(**{**chosen.given(), "max_tokens": DEFAULT_MAX_TOKENS})
    return Entrant(endpoint, model, price, chosen)


def plan_of(
    text: str,
    sample: Sample,
    rows: Sequence[int],
    entrants: Sequence[Entrant],
    *,
    system: str = "",
    cap_usd: Decimal | None = DEFAULT_CAP_USD,
    seed: int = 0,
) -> Plan:
    """Raises BadRequestError, in one sentence, for what cannot be asked. cap_usd None: nothing need be confirmed."""
    _check_size(sample, rows, entrants)
    template = parse(text, readable(sample))
    keys = sample.keys
    plan = Plan(
        text,
        system,
        template,
        # A job outlives its page: of a large sample it keeps what it asks about.
        replace(sample, rows=tuple(sample.rows[row] for row in rows)),
        tuple(rows),
        tuple(keys[row] for row in rows),
        tuple(entrants),
        cap_usd,
        seed,
    )
    for key, prompt in zip(plan.keys, plan.prompts, strict=True):
        if len(prompt.text) + len(system) > MAX_PROMPT_CHARACTERS:
            raise BadRequestError(
                f"The prompt of row {key[:60]} has more than {MAX_PROMPT_CHARACTERS:,} characters.",
                remedy="Name fewer columns.",
            )
    return plan


def _check_size(sample: Sample, rows: Sequence[int], entrants: Sequence[Entrant]) -> None:
    if not 1 <= len(rows) <= MAX_ROWS:
        raise BadRequestError(f"{len(rows)} rows are chosen; 1 to {MAX_ROWS} can be asked.", remedy="Choose rows.")
    if not 1 <= len(entrants) <= MAX_MODELS:
        raise BadRequestError(
            f"{len(entrants)} models are chosen; 1 to {MAX_MODELS} can be asked.", remedy="Choose models."
        )
    if len(set(rows)) < len(rows) or not all(0 <= row < len(sample.rows) for row in rows):
        raise BadRequestError("The chosen rows are not those of the sample.", remedy="Choose the rows again.")
