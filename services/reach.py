"""Where an endpoint that a visitor named may lead: the guard of the network this process stands in."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.errors import ConfigError

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# What hands out a machine's credentials, beside the link-local addresses where most of it stands.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
# All that is routed of IPv6. Outside stand old ways to write private addresses, which is_global takes for public ones.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
ASK = "Ask who runs this app to allow it in PLAYGROUND_ENDPOINT_HOSTS."


@dataclass(frozen=True)
class Reach:
    """hosts are names, .suffixes and * for any public host; None is the same as *, () nothing.

    private lets hosts that are not named lead to this machine and to private networks; named ones always may.
    Addresses that are link-local, multicast, unspecified or give out credentials are refused to all.
    """

    hosts: tuple[str, ...] | None = None
    private: bool = False

    def check(self, host: str) -> None:
        """Judges what the name or address itself shows. Raises ConfigError."""
        if self.hosts == ():
            raise ConfigError("Addresses of one's own cannot be added here.", remedy=ASK)
        if not self._named(host) and self.hosts is not None and "*" not in self.hosts:
            raise ConfigError(f"The host {host} may not be asked from here.", remedy=ASK)
        address = _address(host)
        if address is not None:
            self.within(host, [(0, 0, 0, "", (str(address), 0))])

    def within(self, host: str, found: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Of what socket.getaddrinfo found for host, what may be connected to. Raises ConfigError if nothing is."""
        named = self._named(host)
        allowed = [entry for entry in found if self._allows(_address(str(entry[4][0])), named)]
        if not allowed:
            raise ConfigError(f"{host} leads to an address that may not be asked from here.", remedy=ASK)
        return allowed

    def _allows(self, address: IpAddress | None, named: bool) -> bool:
        if address is None or address in _METADATA:
            return False
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        return named or self.private or (address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST))

    def _named(self, host: str) -> bool:
        name = host.lower().strip("[]").rstrip(".")
        entries = self.hosts if self.hosts is not None else ()
        return any(name == entry or (entry.startswith(".") and name.endswith(entry)) for entry in entries)


def _address(text: str) -> IpAddress | None:
    """The address itself, or the IPv4 one that it carries in some dress; None for a name."""
    try:
        found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return found
    inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo is not None else None)
    if inner is None and (found in _NAT64 or (found in _IPV4_COMPATIBLE and int(found) > 0xFFFF)):
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found if inner is None else inner
