"""What a browser session remembers of the Settings page: the visitor's own, and what is being tested for him."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.endpoints import Endpoint
from services.errors import AuthError, ServiceError
from services.probing import Found, Probe
from services.visitor import Own


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
            self.key_problem = found.error
        else:
            self.own = replace(self.own, together_key=probe.endpoint.api_key)
