"""From settings and options to what a client and an embeddings object ask through."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.answers.gateway import Gateway
from services.errors import ConfigError
from services.network import network_of
from services.settings import Settings
from services.toolkit.notices import Notices
from services.toolkit.options import Options
from services.toolkit.refusals import in_script_words
from services.toolkit.targets import Targets
from services.wire.transport import Pool

if TYPE_CHECKING:
    from services.toolkit.servers import Servers

_PROJECT_ROOT = Path(__file__).resolve().parents[2]


def settings_folder() -> Path:
    return _PROJECT_ROOT if (_PROJECT_ROOT / "pyproject.toml").is_file() else Path.cwd()


@dataclass(frozen=True)
class Opened:
    """settings are those in force; close ends the connections, which otherwise last as long as the gateway."""

    settings: Settings
    gateway: Gateway
    targets: Targets
    close: Callable[[], object]


def opened(settings: Settings, options: Options, servers: Callable[[], Servers] | None, notices: Notices) -> Opened:
    """servers None: those that the process shares. Raises ConfigError where settings or options stand in the way."""
    in_force = options.over(settings)
    pool = Pool(network_of(in_force))
    gateway = Gateway(pool, limits=options.limits(in_force), backoff=options.backoff(in_force))
    close = weakref.finalize(gateway, pool.close)
    shared = partial(_servers_for, in_force.local_model_path)
    with in_script_words():
        targets = Targets(in_force, shared if servers is None else servers, notices, gateway.models)
        if options.base_url is not None and targets.lack_a_key:
            raise ConfigError("base_url is given, but no key.", remedy="Pass api_key too, or set TOGETHER_API_KEY.")
    return Opened(in_force, gateway, targets, close)


def _servers_for(local_model_path: Path | None) -> Servers:
    # With a key nothing of this is needed.
    from services.toolkit.servers import shared_servers

    return shared_servers(local_model_path)
