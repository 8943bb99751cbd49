"""What a browser session remembers of the Settings page: the visitor's own, and what is being tested for him."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.endpoints import Endpoint
from services.errors import AuthError, ServiceError
from services.probing import Found, Probe
from services.visitor import Own

_NOT_TAKEN = "It was not taken: copy it again from your Together account. Nothing was charged."


@dataclass
class Mine:
    """key_probe tests a key before it is taken, probes one endpoint each, by its name; nearby looks at the usual ports.

    key_found is what came of the last key; removed can be put back; editing is the name of the endpoint that the form
    changes; forms counts those that were saved, so that each begins with fields of its own.
    """

    own: Own = field(default_factory=Own)
    key_probe: Probe | None = None
    key_found: Found | None = None
    key_problem: ServiceError | None = None
    probes: dict[str, Probe] = field(default_factory=dict)
    nearby: tuple[Probe, ...] = ()
    removed: Endpoint | None = None
    editing: str | None = None
    forms: int = 0
    endpoint_problem: ServiceError | None = None

    def settle(self) -> None:
        """Takes the key that was tested, unless it was refused: what could not be reached may be reached later."""
        probe = self.key_probe
        found = None if probe is None else probe.found
        if probe is None or found is None:
            return
        self.key_probe, self.key_found = None, found
        if isinstance(found.error, AuthError):
            self.key_found = None
            self.key_problem = AuthError(found.error.message, remedy=_NOT_TAKEN, status=found.error.status)
        else:
            self.own = replace(self.own, together_key=probe.endpoint.api_key)

    def waiting(self) -> int:
        """How many tests are under way."""
        every = (*self.probes.values(), *self.nearby, *(() if self.key_probe is None else (self.key_probe,)))
        return sum(probe.found is None for probe in every)

    def end_probe(self, name: str) -> None:
        probe = self.probes.pop(name, None)
        if probe is not None:
            probe.stop()
