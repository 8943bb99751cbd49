"""What the settings say of the way to the servers: proxy, exceptions from it, and certificates."""

from __future__ import annotations

from services.settings import Settings
from services.wire.transport import Network


def network_of(settings: Settings) -> Network:
    no_proxy = tuple(entry.strip() for entry in (settings.no_proxy or "").split(",") if entry.strip())
    return Network(settings.https_proxy, no_proxy, None if settings.ca_file is None else str(settings.ca_file))
