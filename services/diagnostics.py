"""What to send along with a question to whoever runs the app: facts about the process and the visitor, no secrets."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from services.endpoints import Endpoint
from services.errors import ServiceError
from services.settings import LOCAL, SANDBOX, SETTINGS, Settings
from services.visitor import Visitor

_PACKAGES = ("streamlit", "httpx", "httpcore", "pandas", "numpy", "plotly", "hdbcli", "xllamacpp")
_VERSION_PATHS = ("", "/v1", "/v2", "/api/v1", "/openai/v1")


def diagnostics(visitor: Visitor, owner: str, *, here: bool) -> str:
    """Safe to paste: no key, no password, no prompt, no address beyond host and port, none of them in an error's words.

    here: the visitor sits at the machine that the app runs on; from elsewhere he sees fewer addresses.
    """
    house = visitor.house
    tally = house.runs.tally(owner)
    lines = [
        f"python {platform.python_version()} on {platform.system()} {platform.release()} ({platform.machine()})",
        ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        f"used from {'its own machine' if here else 'another machine, or through a proxy'}",
        f"default endpoint: {_default(visitor)}",
        *(f"endpoint {line}" for line in _endpoints(visitor, here=here)),
        f"answers: {tally.answers}; errors: {_kinds(house.runs.failures(owner))}",
        *_settings(house.settings),
    ]
    return "\n".join(lines)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"


def _default(visitor: Visitor) -> str:
    route = visitor.route()
    return f"none ({route.error.kind})" if route.error is not None else str(route.endpoint_name)


def _endpoints(visitor: Visitor, *, here: bool) -> Iterator[str]:
    """Names of one's own may say more than one wants to paste, so they are numbered."""
    own = {endpoint.name: number for number, endpoint in enumerate(visitor.own.endpoints, 1)}
    for name in visitor.endpoint_names():
        if name in (LOCAL, SANDBOX):
            yield f"{name}: built in"
            continue
        shown = f"own {own[name]}" if name in own else name
        try:
            endpoint = visitor.endpoint(name)
        except ServiceError as error:
            yield f"{shown}: {error.kind}"
            continue
        where = f"{place(endpoint)}, " if visitor.may_see_address(endpoint, here=here) else ""
        yield f"{shown}: {endpoint.kind}, {where}{'a key' if endpoint.api_key is not None else 'no key'}"


def place(endpoint: Endpoint) -> str:
    """Scheme, host and port; of the path only what says nothing: some servers take a key there."""
    parts = urlsplit(endpoint.base_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path if parts.path in _VERSION_PATHS else '/…'}"


def _kinds(errors: Sequence[ServiceError]) -> str:
    counts = Counter(error.kind for error in errors)
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) if counts else "none"


def _settings(settings: Settings) -> Iterator[str]:
    """Names and places alone: of values none is known to be harmless."""
    for setting in SETTINGS:
        source, problem = settings.source_of(setting.name), settings.problem_with(setting.name)
        if problem is not None:
            yield f"{setting.name}: cannot be used"
        elif source != "default":
            yield f"{setting.name}: from {source}"
