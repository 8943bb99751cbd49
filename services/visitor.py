"""One visitor's view of the playground: its endpoints and his own, with his key and his patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn
from urllib.parse import urlsplit

from services.endpoints import Endpoint, Patience
from services.errors import ConfigError
from services.playground import Playground
from services.reach import Reach
from services.routing import Route, route
from services.settings import SANDBOX, TOGETHER, Settings, checked_endpoint
from services.settings.checks import Unusable, api_key
from services.settings.table import PLAYGROUND_ENDPOINT_HOSTS

MAX_ENDPOINTS = 20
# What proxies and tunnels add to a request that they pass on.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")


@dataclass(frozen=True)
class Own:
    """What a visitor brought along. It lives in his session and nowhere else; repr shows no key.

    together_key None: the one of the settings, if any.
    """

    together_key: str | None = field(default=None, repr=False)
    endpoints: tuple[Endpoint, ...] = ()
    patience: Patience = Patience()

    def named(self, name: str) -> Endpoint | None:
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)

    def without(self, name: str) -> Own:
        return replace(self, endpoints=tuple(endpoint for endpoint in self.endpoints if endpoint.name != name))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a visitor's keys are not pickled")


@dataclass(frozen=True)
class Visitor:
    """Everything that picks, lists or asks an endpoint does it through this one door."""

    house: Playground
    own: Own = Own()

    @property
    def settings(self) -> Settings:
        """Those of the process, with the visitor's key in place of theirs."""
        if self.own.together_key is None:
            return self.house.settings
        return replace(self.house.settings, together_api_key=self.own.together_key)

    @property
    def has_together(self) -> bool:
        return self.settings.together_endpoint() is not None

    def route(self) -> Route:
        found = route(self.settings, local_problem=self.house.local_problem())
        if self.own.together_key is not None and found.endpoint_name == TOGETHER:
            return replace(found, reason="Your key is set for this session, so Together answers.")
        return found

    def endpoint_names(self) -> tuple[str, ...]:
        """Those that can be asked now: Together, the visitor's own, the others of the playground."""
        others = [name for name in self.house.endpoint_names() if name != TOGETHER]
        own = [endpoint.name for endpoint in self.own.endpoints]
        return (*([TOGETHER] if self.has_together else []), *own, *others)

    def endpoint(self, name: str) -> Endpoint:
        """Raises UnavailableError for Local and Sandbox where they cannot run, ConfigError for an unknown name."""
        together = self.settings.together_endpoint() if name == TOGETHER else None
        found = together if together is not None else self.own.named(name)
        if found is None:
            try:
                found = self.house.endpoint(name)
            except ConfigError as unknown:
                remedy = "Pick another endpoint, or add it under Settings: what was added is gone with its session."
                raise ConfigError(unknown.message, remedy=remedy) from None
        return replace(found, patience=self.own.patience)

    def may_see_address(self, endpoint: Endpoint, *, here: bool) -> bool:
        """here: he sits at the machine that the app runs on. From elsewhere he sees his own, and where his key goes."""
        return here or endpoint.name == TOGETHER or self.own.named(endpoint.name) is not None

    def with_key(self, typed: str) -> Endpoint:
        """Together with the key that was typed. Raises ConfigError in words that do not repeat it."""
        try:
            key = api_key(typed)
        except Unusable as error:
            raise ConfigError(f"This cannot be a key: {error.why}.", remedy=error.remedy) from None
        found = replace(self.house.settings, together_api_key=key).together_endpoint()
        if found is None:
            raise ConfigError("TOGETHER_BASE_URL cannot be used, so no key can.", remedy="Ask who runs this app.")
        return found

    def added(self, endpoint: Endpoint, *, instead_of: str | None = None) -> Own:
        """Own with endpoint, at the place of instead_of if that is given.

        Raises ConfigError for a name that is taken, and past MAX_ENDPOINTS.
        """
        kept = self.own.endpoints
        taken = {name.casefold() for name in (TOGETHER, SANDBOX, *self.house.endpoint_names())}
        taken |= {other.name.casefold() for other in kept if other.name != instead_of}
        if endpoint.name.casefold() in taken:
            raise ConfigError(f"There is an endpoint named {endpoint.name} already.", remedy="Give it another name.")
        if instead_of is not None and self.own.named(instead_of) is not None:
            changed = tuple(endpoint if other.name == instead_of else other for other in kept)
            return replace(self.own, endpoints=changed)
        if len(kept) >= MAX_ENDPOINTS:
            raise ConfigError(f"There are {MAX_ENDPOINTS} endpoints already.", remedy="Remove one first.")
        return replace(self.own, endpoints=(*kept, endpoint))


def own_endpoint(name: str, kind: str, base_url: str, api_key: str | None, reach: Reach) -> Endpoint:
    """What a visitor typed, as an endpoint that goes nowhere but where reach lets it.

    An address without a path gets /v1. Raises ConfigError with a sentence that repeats no key.
    """
    key = None if api_key is None or not api_key.strip() else api_key
    if any(mark in name for mark in "~,"):
        raise ConfigError("The name of an endpoint holds no ~ and no comma.", remedy="Give it another name.")
    made = checked_endpoint(name.strip(), kind, base_url, key)
    parts = urlsplit(made.base_url)
    reach.check(parts.hostname if parts.hostname is not None else "")
    address = made.base_url if parts.path else f"{made.base_url}/v1"
    return replace(made, base_url=address, reach=reach)


def reach_for(settings: Settings, *, here: bool) -> Reach:
    """Where this visitor's endpoints may lead. here: he sits at the machine that the app runs on."""
    if settings.problem_with(PLAYGROUND_ENDPOINT_HOSTS.name) is not None:
        # It was meant to close a door.
        return Reach(())
    return Reach(settings.endpoint_hosts, private=here and settings.endpoint_hosts is None)


def at_this_machine(*, bound_to: str | None, peer: str | None, headers: Mapping[str, str]) -> bool:
    """Whether the visitor sits at the machine that the app runs on. Every sign must say so: each alone can lie.

    bound_to is the address the server was told to listen on, peer that of the visitor (None: this machine), headers
    are those of his request. A proxy may put its own Host there and add nothing: a browser's Origin still tells.
    """
    if peer is not None or any(name in headers for name in _FORWARDED):
        return False
    named = [bound_to, _host_in(f"//{headers.get('Host', '')}")]
    if "Origin" in headers:
        named.append(_host_in(headers["Origin"]))
    return all(map(_is_loopback, named))


def _host_in(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _is_loopback(name: str | None) -> bool:
    return name is not None and (name in ("localhost", "::1") or (name.startswith("127.") and name.count(".") == 3))
