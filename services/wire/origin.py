"""Where an answer comes from, as error texts name it: the host, and the secret that must not stand in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from services.endpoints import Endpoint
from services.errors import ConfigError

_REDACTED = "[key]"


@dataclass(frozen=True)
class Origin:
    """host is host:port where the port is not the scheme's own."""

    name: str
    host: str
    secret: str | None = field(default=None, repr=False)

    def clean(self, text: str) -> str:
        """text without the key: servers repeat it."""
        return text.replace(self.secret, _REDACTED) if self.secret else text


def origin_of(endpoint: Endpoint) -> Origin:
    """Raises ConfigError for an address or key that cannot be right, before anything is sent; never echoes either."""
    _checked_key(endpoint)
    try:
        url = httpx.URL(endpoint.base_url)
    except (httpx.InvalidURL, TypeError):
        raise ConfigError(f"The address of {endpoint.name} cannot be read as a URL.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(f"The address of {endpoint.name} has to start with https:// or http:// and name a host.")
    if url.port is not None and not 0 < url.port < 65_536:
        raise ConfigError(f"The address of {endpoint.name} has a port that does not exist.")
    if url.userinfo or url.query or url.fragment:
        raise ConfigError(f"The address of {endpoint.name} must hold no user name, query or fragment.")
    return Origin(endpoint.name, url.netloc.decode("ascii"), endpoint.api_key)


def _checked_key(endpoint: Endpoint) -> None:
    if endpoint.api_key is not None and not all("!" <= letter <= "~" for letter in endpoint.api_key):
        raise ConfigError(
            f"The API key of {endpoint.name} holds a blank, a line break or another character that no key has.",
            remedy="Paste the key again, without blanks or line breaks around it.",
        )
