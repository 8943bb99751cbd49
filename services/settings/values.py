"""The settings as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from services.endpoints import Endpoint
from services.settings import table
from services.settings.endpoint_tables import TOGETHER
from services.settings.sources import Problem, SourceName


@dataclass(frozen=True)
class HanaSettings:
    """How to reach SAP HANA; host and userkey both None: not configured.

    trust_store None: the certificates of the system; host_in_certificate None: host. from_settings: the values stand in
    HANA_* variables, which a remedy may then name; from a form they do not.
    """

    host: str | None = None
    port: int = 443
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    userkey: str | None = None
    encrypt: bool = True
    ssl_validate_certificate: bool = True
    trust_store: Path | None = None
    host_in_certificate: str | None = None
    schema: str | None = None
    from_settings: bool = field(default=False, compare=False)

    @property
    def configured(self) -> bool:
        return self.host is not None or self.userkey is not None


@dataclass(frozen=True)
class Settings:
    """Frozen. A value that could not be used is at its default and has its Problem; warnings are sentences.

    timeout_s bounds one call, waits included; a flag is None where nothing was said. endpoint_hosts: what visitors may
    name; None: nothing was said, () nobody. texts holds what was written of the settings in force, but for secrets.
    """

    together_api_key: str | None = field(default=None, repr=False)
    together_base_url: str = table.TOGETHER_BASE_URL.default
    together_default_model: str | None = None
    together_default_embedding_model: str | None = None
    timeout_s: float = table.TOGETHER_TIMEOUT.default
    max_retries: int = table.TOGETHER_MAX_RETRIES.default
    enable_together_ai: bool | None = None
    enable_gpu_acceleration: bool | None = None
    local_model_path: Path | None = None
    hana: HanaSettings = HanaSettings()
    data_dir: Path = table.PLAYGROUND_DATA_DIR.default
    endpoint_hosts: tuple[str, ...] | None = None
    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: Path | None = None
    endpoints: tuple[Endpoint, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: Mapping[str, SourceName] = field(default_factory=dict, hash=False)
    texts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def max_attempts(self) -> int:
        """Sends of one call, the first included."""
        return self.max_retries + 1

    def source_of(self, name: str) -> SourceName:
        """Where the value in force comes from."""
        return self.sources.get(name, "default")

    def problem_with(self, name: str) -> Problem | None:
        return next((problem for problem in self.problems if problem.variable == name), None)

    def together_endpoint(self) -> Endpoint | None:
        """None without a usable key, and where the address given cannot be used: never another address instead."""
        if self.together_api_key is None or self.problem_with(table.TOGETHER_BASE_URL.name) is not None:
            return None
        return Endpoint(TOGETHER, "together", self.together_base_url, self.together_api_key)

    def __reduce__(self) -> NoReturn:
        raise TypeError("Settings hold secrets and are not pickled")
