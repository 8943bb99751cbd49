"""The embedded servers of one process, shared by all its clients; they end by themselves when it is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from services.embedded.local import model as local
from services.embedded.on_demand import OnDemand, sandbox_child

_LOCK = Lock()


@dataclass(frozen=True)
class Servers:
    """local_model_id raises UnavailableError or ConfigError where Local cannot run."""

    local: OnDemand
    sandbox: OnDemand
    local_model_id: Callable[[], str]


def shared_servers(local_model_path: Path | None) -> Servers:
    """The same for every caller: a client made in a loop must not bring a server each time."""
    with _LOCK:
        return Servers(_local(local_model_path), _sandbox(), lambda: local.find(local_model_path).id)


@cache
def _local(path: Path | None) -> OnDemand:
    return OnDemand(lambda: local.start(local.find(path)))


@cache
def _sandbox() -> OnDemand:
    return OnDemand(sandbox_child)
