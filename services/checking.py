"""Does a listed model really answer? One request for one token, in the background, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.answers.resilience import MEASURED
from services.answers.runs import Request, Run, Runs
from services.endpoints import Endpoint
from services.errors import BadRequestError
from services.models.browsing import Address, Verdict
from services.models.model import Model
from services.models.prices import estimate_tokens, most_usd
from services.per_owner import PerOwner
from services.wire.types import ChatRequest, CompletionRequest, Message, Sampling

PROMPT = "Say hello."
_ONE_TOKEN = Sampling(max_tokens=1)
_COMPLETING = ("language", "code")
_CHECKED = (None, "chat", *_COMPLETING)
# What the server says of the model itself; any other failure says nothing of it.
_REFUSALS = ("not_found", "permission", "bad_request")


@dataclass(frozen=True)
class Check:
    """One question to one model."""

    run: Run

    @property
    def verdict(self) -> Verdict:
        """answered: text or a counted end came. refused: the server said no. open: nothing is known, as after Stop."""
        result = self.run.result
        if result is None:
            return "asking"
        if result.error is None:
            return "open" if result.state == "stopped" else "answered"
        return "refused" if result.error.kind in _REFUSALS else "open"


@dataclass(frozen=True)
class _Kept:
    checks: Mapping[Address, Check] = field(default_factory=dict)


class Checks:
    """The checks of each owner, the newest for each model: keep of them, the oldest out first."""

    def __init__(self, runs: Runs, *, max_owners: int = 500, keep: int = 100) -> None:
        self._runs, self._keep = runs, keep
        self._kept = PerOwner(_Kept, max_owners=max_owners)

    def of(self, owner: str) -> Mapping[Address, Check]:
        return self._kept.get(owner).checks

    def start(self, owner: str, endpoint: Endpoint, model: Model) -> Check:
        """One that is under way is returned. Raises BadRequestError for what one token cannot check, OverloadedError
        where too much is being written for the owner already."""
        request = request_of(model)
        address = (endpoint.name, model.id)

        def started(kept: _Kept) -> _Kept:
            earlier = kept.checks.get(address)
            if earlier is not None and earlier.verdict == "asking":
                return kept
            message_id = f"check.{secrets.token_urlsafe(9)}"
            run = self._runs.start(owner, endpoint, request, message_id=message_id, price=model.price, policy=MEASURED)
            others = {other: check for other, check in kept.checks.items() if other != address}
            newest = list(others.items())[-(self._keep - 1) :] if self._keep > 1 else []
            return _Kept({**dict(newest), address: Check(run)})

        return self._kept.update(owner, started).checks[address]

    def stop(self, owner: str, address: Address) -> None:
        check = self.of(owner).get(address)
        if check is not None:
            check.run.stop()


def checkable(model: Model) -> bool:
    """Whether one token can be asked of it: it chats or completes, or nobody says what it does."""
    return model.type in _CHECKED


def request_of(model: Model) -> Request:
    """Raises BadRequestError for a model of another type."""
    if not checkable(model):
        raise BadRequestError(
            f"{model.label} is of type {model.type}: one token of text cannot check it.",
            remedy="Check a model that chats or completes.",
        )
    if model.type in _COMPLETING:
        return CompletionRequest(model.id, PROMPT, _ONE_TOKEN)
    return ChatRequest(model.id, (Message("user", PROMPT),), _ONE_TOKEN)


def check_usd(model: Model) -> Decimal | None:
    """At most what a check costs; None where the price is not known."""
    return most_usd(estimate_tokens((Message("user", PROMPT),), model.id), 1, model.price)
