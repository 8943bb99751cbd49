"""Where answers come from when nobody picked an endpoint: Settings -> endpoint and why. Pure.

key usable, no flag false                        Together
a flag false                                     Local, key or no key
ENABLE_TOGETHER_AI=true without a key            an error, no substitute
key, address or flag there but not usable        an error, no substitute
nothing configured                               Local, or Sandbox where Local cannot run
the same, from the toolkit, a model named        Sandbox
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.endpoints import Kind
from services.errors import ConfigError
from services.settings import FILES, LOCAL, SANDBOX, TOGETHER, Problem, Settings

Surface = Literal["app", "toolkit"]


@dataclass(frozen=True)
class Route:
    """endpoint_name and kind are None exactly when error is there; reason is one sentence for the reader."""

    endpoint_name: str | None
    kind: Kind | None
    reason: str
    error: ConfigError | None = None


def route(
    settings: Settings, *, local_problem: str | None, surface: Surface = "app", model: str | None = None
) -> Route:
    """local_problem says why Local cannot run here; model is what a toolkit caller named. Raises nothing."""
    off = _switched_off(settings)
    if off is not None:
        return _local(off, local_problem)
    problem = _in_the_way(settings)
    if problem is not None:
        return _refused(problem.message, problem.remedy)
    if settings.together_api_key is not None:
        return Route(TOGETHER, "together", "TOGETHER_API_KEY is set, so Together answers.")
    if settings.enable_together_ai:
        return _refused(
            "ENABLE_TOGETHER_AI is true, but TOGETHER_API_KEY is not set.",
            "Set TOGETHER_API_KEY, or take ENABLE_TOGETHER_AI out.",
        )
    if surface == "toolkit" and model is not None:
        return Route(SANDBOX, "sandbox", f"No key is set, so the Sandbox simulates {model}.")
    return _local(_no_key(settings), local_problem)


def _switched_off(settings: Settings) -> str | None:
    flags = {
        "ENABLE_TOGETHER_AI": settings.enable_together_ai,
        "ENABLE_GPU_ACCELERATION": settings.enable_gpu_acceleration,
    }
    off = [name for name, value in flags.items() if value is False]
    if not off:
        return None
    return f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} false"


def _in_the_way(settings: Settings) -> Problem | None:
    """What was meant for Together and cannot be read: sending prompts anywhere else would be a guess.

    A switch that cannot be read may have been meant as false, so nothing is sent to Together before that is clear.
    """
    if settings.together_api_key is None:
        return settings.problem_with("TOGETHER_API_KEY")
    names = ("TOGETHER_BASE_URL", "ENABLE_TOGETHER_AI", "ENABLE_GPU_ACCELERATION")
    return next((problem for problem in map(settings.problem_with, names) if problem is not None), None)


def _no_key(settings: Settings) -> str:
    unread = next((problem for problem in settings.problems if problem.variable in FILES), None)
    return "No key is set" if unread is None else f"No key was found ({unread.message.rstrip('.')})"


def _local(because: str, local_problem: str | None) -> Route:
    if local_problem is None:
        return Route(LOCAL, "local", f"{because}, so the small model on this machine answers.")
    trouble = local_problem.rstrip(". ")
    return Route(SANDBOX, "sandbox", f"{because} and the local model cannot run ({trouble}), so the Sandbox simulates.")


def _refused(message: str, remedy: str) -> Route:
    return Route(None, None, message, ConfigError(message, remedy=remedy))
