"""Endpoints beside Together, from [endpoints.NAME] tables or a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.endpoints import Endpoint, Kind
from services.errors import ConfigError
from services.settings import checks
from services.settings.checks import Unusable
from services.settings.sources import Problem

TOGETHER, LOCAL, SANDBOX = "Together", "Local", "Sandbox"
_KINDS: tuple[Kind, ...] = ("openai", "together", "sandbox")
_FIELDS = ("kind", "base_url", "api_key", "api_key_env")
_MAX_NAME_CHARS = 40

Lookup = Callable[[str], str | None]


def checked_endpoint(
    name: str, kind: str, base_url: str, api_key: str | None = None, *, allow_private: bool = True
) -> Endpoint:
    """An endpoint from what a reader typed. Raises ConfigError with a sentence that repeats no secret.

    allow_private=False refuses this machine and private networks, as far as the address shows: for a server that
    strangers reach, since whoever adds an endpoint there would otherwise look into its network. Names are not
    resolved here; whoever connects must judge the address a name leads to.
    """
    try:
        return _checked(name, kind, base_url, api_key, allow_private=allow_private)
    except _Refused as refused:
        raise ConfigError(refused.message, remedy=refused.remedy) from None


def read_endpoints(tables: object, lookup: Lookup) -> tuple[tuple[Endpoint, ...], tuple[Problem, ...], tuple[str, ...]]:
    """(endpoints, problems, warnings) of the TOML value `endpoints`; lookup finds what api_key_env names."""
    if not isinstance(tables, Mapping):
        problem = Problem("endpoints", "endpoints in secrets.toml is not a table.", "Write [endpoints.NAME] tables.")
        return (), (problem,), ()
    endpoints: dict[str, Endpoint] = {}
    problems: list[Problem] = []
    warnings: list[str] = []
    for name, table in tables.items():
        try:
            endpoint = _from_table(name, table, lookup)
            if name.casefold() in endpoints:
                raise _Refused(f"[endpoints.{name}] is there twice.", "Give each endpoint its own name.")
            endpoints[name.casefold()] = endpoint
            warnings += _hints(name, table, endpoint)
        except _Refused as refused:
            problems.append(Problem(f"endpoints.{name}", refused.message, refused.remedy))
    return tuple(endpoints.values()), tuple(problems), tuple(warnings)


def no_path_hint(variable: str, base_url: str) -> str | None:
    """A model API usually stands under a version path; an address without one is more often a slip than not."""
    if base_url.split("://", 1)[-1].count("/"):
        return None
    return f"{variable} has no path; the address of a model API usually ends in /v1."


class _Refused(Exception):
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def _from_table(name: str, table: object, lookup: Lookup) -> Endpoint:
    if not isinstance(table, Mapping):
        raise _Refused(f"endpoints.{name} is not a table.", f"Begin it with [endpoints.{name}].")
    values: dict[str, str] = {}
    for key in _FIELDS:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            raise _Refused(f"{key} of [endpoints.{name}] is not a text.", "Write it in quotes.")
        if value is not None:
            values[key] = value
    for key in ("kind", "base_url"):
        if key not in values:
            raise _Refused(f"[endpoints.{name}] has no {key}.", f'Add {key} = "..." to it.')
    return _checked(name, values["kind"], values["base_url"], _key_of(name, values, lookup))


def _key_of(name: str, values: Mapping[str, str], lookup: Lookup) -> str | None:
    variable = values.get("api_key_env")
    if variable is None:
        return values.get("api_key")
    key = lookup(variable)
    if key is None:
        message = f"[endpoints.{name}] takes its key from {checks.shown(variable)}, which is not set."
        raise _Refused(message, "Set that variable, or take api_key_env out if the endpoint needs no key.")
    return key


def _checked(name: str, kind: str, base_url: str, api_key: str | None, *, allow_private: bool = True) -> Endpoint:
    _check_name(name)
    known = next((k for k in _KINDS if k == kind), None)
    if known is None:
        guess = checks.closest(kind.lower(), _KINDS)
        meant = "" if guess is None else f' Did you mean "{guess}"?'
        raise _Refused(
            f"The kind {checks.shown(kind)} of {name} is not known.{meant}",
            'Write "openai" for a server that speaks like OpenAI\'s (Ollama, vLLM, LM Studio), "together", '
            'or "sandbox" for a Sandbox of your own.',
        )
    try:
        address = checks.base_url(base_url)
        if not allow_private and checks.is_private(checks.host_of(address)):
            raise Unusable("it lies on this machine or in a private network", "Ask who runs this app to add it.")
    except Unusable as error:
        raise _Refused(
            f"The address {checks.shown(base_url)} of {name} cannot be used: {error.why}.", error.remedy
        ) from None
    return Endpoint(name, known, address, _checked_key(name, api_key))


def _check_name(name: str) -> None:
    if name.casefold() in (TOGETHER.casefold(), LOCAL.casefold(), SANDBOX.casefold()):
        raise _Refused(f"The name {name} is taken by a built-in endpoint.", "Give the endpoint another name.")
    if not name.strip() or len(name) > _MAX_NAME_CHARS or not name.isprintable():
        raise _Refused("The name of an endpoint has 1 to 40 printable characters.", "Give the endpoint another name.")


def _checked_key(name: str, api_key: str | None) -> str | None:
    if api_key is None or not api_key.strip():
        return None
    try:
        return checks.api_key(api_key)
    except Unusable as error:
        raise _Refused(f"The key of {name} cannot be used: {error.why}.", error.remedy) from None


def _hints(name: str, table: Mapping[str, Any], endpoint: Endpoint) -> list[str]:
    hints = [no_path_hint(f"base_url of [endpoints.{name}]", endpoint.base_url)]
    if "api_key" in table and "api_key_env" in table:
        hints.append(f"[endpoints.{name}] has api_key and api_key_env; api_key_env is used.")
    for key in table:
        if key not in _FIELDS:
            guess = checks.closest(key, _FIELDS)
            meant = " and is ignored." if guess is None else f": did you mean {guess}?"
            hints.append(f"{key} in [endpoints.{name}] is not known{meant}")
    return [hint for hint in hints if hint is not None]
