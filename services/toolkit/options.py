"""What a caller sets instead of the settings, checked: a value that cannot be right is a ConfigError sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from services.answers.resilience import Backoff
from services.errors import ConfigError
from services.settings import Settings, checks
from services.toolkit.refusals import in_script_words
from services.wire.limits import Limits

P = ParamSpec("P")
Given = TypeVar("Given")
Made = TypeVar("Made")
_DAY_S = 86_400.0
_MOST_ATTEMPTS = 11
_VARIABLES = {
    "api_key": "TOGETHER_API_KEY",
    "base_url": "TOGETHER_BASE_URL",
    "default_model": "TOGETHER_DEFAULT_MODEL",
    "default_embedding_model": "TOGETHER_DEFAULT_EMBEDDING_MODEL",
}
_LIMITS = (
    *("connect_timeout_s", "first_token_timeout_s", "idle_timeout_s", "total_timeout_s"),
    *("max_response_bytes", "max_event_bytes"),
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """None: as the settings and the product's defaults have it.

    Timeouts (seconds) and bounds are those of Limits, attempts and pauses those of Backoff. Raises ConfigError.
    """

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    connect_timeout_s: float | None = None
    first_token_timeout_s: float | None = None
    idle_timeout_s: float | None = None
    total_timeout_s: float | None = None
    max_attempts: int | None = None
    backoff_base_s: float | None = None
    backoff_cap_s: float | None = None
    max_retry_after_s: float | None = None
    max_response_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            value = getattr(self, name, None)
            if value is not None:
                object.__setattr__(self, name, check(name, value))

    def over(self, settings: Settings) -> Settings:
        """The settings with what is given here in place of theirs, and without complaints about what it replaces."""
        given = {f"together_{name}": value for name, value in self._given(*_VARIABLES).items()}
        replaced = {_VARIABLES[name] for name in self._given(*_VARIABLES)}
        problems = tuple(problem for problem in settings.problems if problem.variable not in replaced)
        return replace(settings, **given, problems=problems)

    def limits(self, settings: Settings) -> Limits:
        return replace(Limits(total_timeout_s=settings.timeout_s), **self._given(*_LIMITS))

    def backoff(self, settings: Settings) -> Backoff:
        pauses = {"backoff_base_s": "base_s", "backoff_cap_s": "cap_s"}
        given = self._given("max_attempts", "max_retry_after_s", *pauses)
        return replace(
            Backoff(max_attempts=settings.max_attempts),
            **{pauses.get(name, name): value for name, value in given.items()},
        )

    def _given(self, *names: str) -> dict[str, Any]:
        values = {name: getattr(self, name, None) for name in names}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ClientOptions(Options):
    """What get_together_ai_client takes."""

    default_model: str | None = None
    default_embedding_model: str | None = None
    max_event_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class EmbeddingOptions(Options):
    """What get_embeddings takes."""

    model: str | None = None


def taking(options: Callable[P, Given]) -> Callable[[Callable[[Given], Made]], Callable[P, Made]]:
    """Turns a function of such options into one of their keywords, as help() and a type checker show them."""

    def spelled_out(function: Callable[[Given], Made]) -> Callable[P, Made]:
        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> Made:
            with in_script_words():
                given = options(*args, **kwargs)
            return function(given)

        keywords = signature(options).parameters.values()
        vars(called)["__signature__"] = signature(function).replace(parameters=list(keywords))
        return called

    return spelled_out


def _refused(name: str, why: str, remedy: str) -> ConfigError:
    return ConfigError(f"{name} cannot be used: {why}.", remedy=remedy)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refused(name, "it is not a text, or an empty one", f"Pass a text, or leave {name} out.")
    return value.strip()


def _checked(read: Callable[[str], str]) -> Callable[[str, object], str]:
    def check(name: str, value: object) -> str:
        try:
            return read(_text(name, value))
        except checks.Unusable as unusable:
            raise _refused(name, unusable.why, unusable.remedy) from None

    return check


def _seconds(*, zero: bool) -> Callable[[str, object], float]:
    def check(name: str, value: object) -> float:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        if not 0 <= number <= _DAY_S or (number == 0 and not zero):
            low = "from 0" if zero else "above 0"
            raise _refused(
                name, f"it has to be a number of seconds {low}, at most 86400", f"Pass one, or leave {name} out."
            )
        return float(number)

    return check


def _whole(most: int | None) -> Callable[[str, object], int]:
    def check(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1 or (most is not None and value > most):
            upper = "upwards" if most is None else f"to {most}"
            raise _refused(name, f"it has to be a whole number from 1 {upper}", f"Pass one, or leave {name} out.")
        return value

    return check


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "api_key": _checked(checks.api_key),
    "base_url": _checked(checks.base_url),
    "default_model": _text,
    "default_embedding_model": _text,
    **dict.fromkeys(_LIMITS[:4], _seconds(zero=False)),
    **dict.fromkeys(("backoff_base_s", "backoff_cap_s", "max_retry_after_s"), _seconds(zero=True)),
    **dict.fromkeys(_LIMITS[4:], _whole(None)),
    "max_attempts": _whole(_MOST_ATTEMPTS),
}
