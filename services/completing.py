"""Completion as its users mean it: from a prompt and what is chosen to a run, and on from what came."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from services.answers.completions import Sheet, continuation
from services.answers.runs import Run
from services.chat import CHARACTERS_MAX, completed
from services.embedded.local import tasks
from services.embedded.local.model import SLOTS
from services.endpoints import Endpoint, Kind
from services.errors import BadRequestError, ConfigError, NotFoundError
from services.models.model import Model
from services.models.prices import estimate_tokens, most_usd
from services.playground import Playground
from services.wire.dialects import DIALECTS
from services.wire.types import CompletionRequest, Sampling

DEFAULT_MAX_TOKENS = 256
LOCAL_MAX_TOKENS = 100
MOST_ALTERNATIVES = 8

_SAFETY, _SLACK_TOKENS, _BEGIN_TOKENS = 1.3, 16, 1

Form = Literal["text", "chat", "other"]
_TEXT_TYPES = (None, "language", "code")
_SPEAKS_OF_CHAT = re.compile(r"\bchat[ -]?model|chat/completions|\bchat completions?\b", re.IGNORECASE)


def defaults(kind: Kind) -> Sampling:
    """What holds where nothing was chosen; max_tokens is always set, so that the cost has a bound."""
    if kind == "local":
        return replace(tasks.chat_defaults(), max_tokens=LOCAL_MAX_TOKENS)
    return Sampling(max_tokens=DEFAULT_MAX_TOKENS)


def request_of(endpoint: Endpoint, model: str, sheet: Sheet) -> CompletionRequest:
    return CompletionRequest(model, sheet.prompt, completed(sheet.sampling, defaults(endpoint.kind)))


def most_alternatives(kind: Kind) -> int:
    """How many n may be: Local writes each in a slot of its own."""
    return SLOTS if kind == "local" else MOST_ALTERNATIVES


def ignored(endpoint: Endpoint, sampling: Sampling) -> tuple[str, ...]:
    """The parameters that are set and have no effect at this endpoint."""
    return tuple(name for name in sampling.given() if name in DIALECTS[endpoint.kind].ignores)


def form_of(model: Model) -> Form:
    """What its server lists it for: to continue text, for turns of chat, or for neither."""
    if model.type in _TEXT_TYPES:
        return "text"
    return "chat" if model.type == "chat" else "other"


def refused(sheet: Sheet, endpoint: Endpoint, model: Model) -> bool:
    """Whether this server said already that the model answers in chat only."""
    asked = (endpoint.name, endpoint.base_url, model.id)
    runs = (run for run in sheet.runs if (run.endpoint.name, run.endpoint.base_url, run.request.model) == asked)
    return any(said_chat_only(run) for run in runs)


def said_chat_only(run: Run) -> bool:
    result = run.result
    error = None if result is None else result.error
    if not isinstance(error, BadRequestError | NotFoundError):
        return False
    return bool(_SPEAKS_OF_CHAT.search(error.message.replace(run.request.model, "")))


def forecast(request: CompletionRequest, model: Model) -> tuple[int, Decimal | None]:
    """(about how many tokens go in, at most what it costs): every alternative may use up max_tokens.

    A short prompt can have far more tokens than estimated, as `{"a": [1]}` does, but never more than bytes.
    """
    tokens = estimate_tokens(request.prompt, request.model)
    size = len(request.prompt.encode("utf-8", "replace"))
    most_in = min(size, math.ceil(_SAFETY * tokens) + _SLACK_TOKENS) + _BEGIN_TOKENS
    n, most = request.sampling.n, request.sampling.max_tokens
    out = None if most is None else most * (1 if n is None else n)
    return tokens, most_usd(most_in, out, model.price, safety=Decimal(1))


def complete(playground: Playground, owner: str, endpoint: Endpoint, model: Model) -> Run:
    """Sends the owner's prompt as it stands.

    Raises ServiceError, and then nothing has changed. Called twice for the same state, it is sent once.
    """
    return _sent(playground, owner, endpoint, model, lambda sheet: sheet)


def complete_again(playground: Playground, owner: str, endpoint: Endpoint, model: Model) -> Run:
    """Sends the prompt of the run that is shown once more, whatever the field holds meanwhile."""
    return _sent(playground, owner, endpoint, model, lambda sheet: sheet.with_prompt(_prompt(_shown(sheet))))


def go_on(playground: Playground, owner: str, endpoint: Endpoint, model: Model, alternative: int = 0) -> Run:
    """Appends an alternative of the run that is shown to its prompt, and sends that: the new prompt stays."""

    def longer(sheet: Sheet) -> Sheet:
        found = continuation(_shown(sheet), alternative)
        if not found.text:
            raise BadRequestError("There is no text to append.", remedy="Change the prompt, or press Again.")
        return sheet.with_prompt(found.whole)

    return _sent(playground, owner, endpoint, model, longer, keep=True)


def _sent(
    playground: Playground,
    owner: str,
    endpoint: Endpoint,
    model: Model,
    change: Callable[[Sheet], Sheet],
    *,
    keep: bool = False,
) -> Run:
    """keep: the changed prompt replaces the one in the field."""
    sheet = playground.completions.get(owner)
    changed = change(sheet)
    _check(changed, endpoint, model)
    request = request_of(endpoint, model.id, changed)
    message_id = f"{sheet.id}.{sheet.asked}"
    run = playground.runs.start(owner, endpoint, request, message_id=message_id, price=model.price)

    def joined(now: Sheet) -> Sheet:
        return (now.with_prompt(changed.prompt) if keep else now).with_run(run)

    playground.completions.update(owner, joined)
    return run


def _shown(sheet: Sheet) -> Run:
    if sheet.run is None:
        raise ConfigError("This continuation is no longer here.", remedy="Press Complete.")
    return sheet.run


def _prompt(run: Run) -> str:
    return continuation(run).prompt


def _check(sheet: Sheet, endpoint: Endpoint, model: Model) -> None:
    if not sheet.prompt.strip():
        raise BadRequestError("The prompt is empty.", remedy="Type the beginning of a text.")
    if len(sheet.prompt) > CHARACTERS_MAX:
        raise BadRequestError(
            f"The prompt has {len(sheet.prompt):,} characters; at most {CHARACTERS_MAX:,} are sent.",
            remedy="Shorten it.",
        )
    if form_of(model) == "other":
        raise BadRequestError(
            f"{model.label} writes no text: it is listed as {model.type}.", remedy="Pick another one."
        )
    most = most_alternatives(endpoint.kind)
    if sheet.sampling.n is not None and sheet.sampling.n > most:
        raise BadRequestError(
            f"{endpoint.name} writes at most {most} alternatives.", remedy=f"Set n to {most} or less."
        )
    if sheet.live:
        raise BadRequestError("A continuation is still being written.", remedy="Wait for it, or press Stop.")
