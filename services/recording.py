"""Recording as its users mean it: keep what Compare shows, take a file in, open the bundled one."""

from __future__ import annotations

import tomllib
from functools import cache

from services.answers.comparisons import Comparison
from services.answers.recording_files import from_json
from services.answers.recordings import Recording, record
from services.errors import ConfigError
from services.playground import Playground, project_root

BUNDLED = "assets/recordings/local.json"


def keep(playground: Playground, owner: str, comparison: Comparison) -> Recording:
    """Raises BadRequestError while there is something to wait for."""
    return playground.recordings.keep(owner, record(comparison, app_version=app_version()))


def take_in(playground: Playground, owner: str, data: bytes) -> Recording:
    """Raises ConfigError for a file that cannot be played."""
    return playground.recordings.keep(owner, from_json(data))


@cache
def bundled() -> Recording | None:
    """A comparison recorded with the bundled model; None where the file was left out or cannot be read."""
    try:
        return from_json((project_root() / BUNDLED).read_bytes())
    except (FileNotFoundError, ConfigError):
        return None


@cache
def app_version() -> str:
    return str(tomllib.loads((project_root() / "pyproject.toml").read_text("utf-8"))["project"]["version"])
