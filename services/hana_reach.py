"""Where the connection to SAP HANA may lead that a visitor filled in: no further than his endpoints may."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.errors import ConfigError
from services.reach import Reach
from services.settings import HanaSettings
from services.settings.checks import Unusable
from services.settings.checks import host as host_alone
from services.tables.connection import driver

Resolve = Callable[[str, None], Sequence[tuple[Any, ...]]]


def checked(hana: HanaSettings, reach: Reach, *, here: bool) -> HanaSettings:
    """As it may be used. here: the visitor sits at the machine of the app, whose files and user store are then his own.

    Raises ConfigError for what is missing, is not a host name, or may not be asked from here.
    """
    if (hana.userkey is not None or hana.trust_store is not None) and not here:
        raise ConfigError(
            "User store and files belong to the machine of the app, and you are not at it.",
            remedy="Leave both fields empty.",
        )
    if hana.userkey is not None:
        return hana
    if hana.host is None:
        raise ConfigError("No host is given.", remedy="Fill in Host.")
    if hana.user is None or not hana.password:
        raise ConfigError("User or password is missing.", remedy="Fill in both.")
    try:
        host = host_alone(hana.host, Path())
    except Unusable as problem:
        raise ConfigError(f"The host cannot be used: {problem.why}.", remedy=_remedy(problem)) from None
    reach.check(host)
    return replace(hana, host=host)


def driver_within(
    host: str | None, reach: Reach, *, resolve: Resolve = socket.getaddrinfo, load: Callable[[], Any] = driver
) -> Callable[[], Any]:
    """Gives SAP's driver once host was found to lead where it may; it is asked before every connection.

    The driver looks the name up once more by itself, so a name server that changes its mind in between is believed.
    """

    def load_driver() -> Any:
        if host is not None:
            try:
                found = resolve(host, None)
            except (OSError, UnicodeError):
                # The driver says so in its own words.
                return load()
            reach.within(host, found)
        return load()

    return load_driver


def _remedy(problem: Unusable) -> str:
    return problem.remedy.replace("HANA_PORT", "Port")
