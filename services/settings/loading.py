"""From the places of configuration to one Settings value, with a sentence for all that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from services.settings import table
from services.settings.checks import Unusable, closest, shown
from services.settings.endpoint_tables import no_path_hint, read_endpoints
from services.settings.sources import Problem, Source, SourceName, found, read_sources
from services.settings.table import SETTINGS, Setting
from services.settings.values import HanaSettings, Settings

T = TypeVar("T")
_FAMILIES = ("TOGETHER_", "ENABLE_", "HANA_", "PLAYGROUND_")


def load(root: Path, environ: Mapping[str, str]) -> Settings:
    """First wins: environment, .env.local, .env, .streamlit/secrets.toml, default. No bad value raises."""
    sources = read_sources(root, environ)
    reader = _Reader(root, sources)
    tables = sources[-1].tables.get("endpoints", {})
    endpoints, bad_endpoints, endpoint_hints = read_endpoints(tables, reader.text_of)
    hana = _hana(reader)
    base_url = reader.value(table.TOGETHER_BASE_URL)
    unread = tuple(problem for source in sources for problem in source.problems)
    return Settings(
        together_api_key=reader.value(table.TOGETHER_API_KEY),
        together_base_url=base_url,
        together_default_model=reader.value(table.TOGETHER_DEFAULT_MODEL),
        together_default_embedding_model=reader.value(table.TOGETHER_DEFAULT_EMBEDDING_MODEL),
        timeout_s=reader.value(table.TOGETHER_TIMEOUT),
        max_retries=reader.value(table.TOGETHER_MAX_RETRIES),
        enable_together_ai=reader.value(table.ENABLE_TOGETHER_AI),
        enable_gpu_acceleration=reader.value(table.ENABLE_GPU_ACCELERATION),
        local_model_path=reader.value(table.LOCAL_MODEL_PATH),
        hana=hana,
        data_dir=reader.value(table.PLAYGROUND_DATA_DIR),
        endpoint_hosts=reader.value(table.PLAYGROUND_ENDPOINT_HOSTS),
        https_proxy=reader.value(table.HTTPS_PROXY),
        no_proxy=reader.value(table.NO_PROXY),
        ca_file=reader.value(table.SSL_CERT_FILE),
        endpoints=endpoints,
        problems=(*unread, *reader.problems, *bad_endpoints),
        warnings=(*_near_misses(sources), *_hints(base_url, hana), *endpoint_hints),
        sources=reader.in_force,
        texts=reader.texts,
    )


class _Reader:
    """Reads one setting at a time, keeping what was wrong and where each value in force came from."""

    def __init__(self, root: Path, sources: tuple[Source, ...]) -> None:
        self._root, self._sources = root, sources
        self.problems: list[Problem] = []
        self.in_force: dict[str, SourceName] = {}
        self.texts: dict[str, str] = {}

    def text_of(self, name: str) -> str | None:
        hit = found(self._sources, (name,))
        return None if hit is None else hit[1]

    def value(self, setting: Setting[T]) -> T:
        hit = found(self._sources, (*setting.aliases, setting.name))
        if hit is None:
            self._refuse_tables(setting)
            return setting.default
        source, written = hit
        try:
            value = setting.read(written, self._root)
        except Unusable as error:
            self.problems.append(Problem(setting.name, _sentence(setting, source, written, error), error.remedy))
            return setting.default
        self.in_force[setting.name] = source
        if not setting.secret:
            self.texts[setting.name] = written.strip()
        return value

    def _refuse_tables(self, setting: Setting[Any]) -> None:
        value = self._sources[-1].tables.get(setting.name)
        if value is not None and not isinstance(value, str | int | float):
            message = f"{setting.name} in secrets.toml is neither a text, a number nor true or false."
            self.problems.append(Problem(setting.name, message, f'Write {setting.name} = "value".'))


def _sentence(setting: Setting[Any], source: SourceName, written: str, error: Unusable) -> str:
    place = "the environment" if source == "environment" else source
    what = "cannot be used" if setting.secret else f"is {shown(written)}"
    return f"{setting.name} in {place} {what}: {error.why}."


def _hana(reader: _Reader) -> HanaSettings:
    return HanaSettings(
        host=reader.value(table.HANA_HOST),
        port=reader.value(table.HANA_PORT),
        user=reader.value(table.HANA_USER),
        password=reader.value(table.HANA_PASSWORD),
        userkey=reader.value(table.HANA_USERKEY),
        encrypt=reader.value(table.HANA_ENCRYPT),
        ssl_validate_certificate=reader.value(table.HANA_SSL_VALIDATE_CERTIFICATE),
        trust_store=reader.value(table.HANA_SSL_TRUST_STORE),
        host_in_certificate=reader.value(table.HANA_SSL_HOST_NAME_IN_CERTIFICATE),
        schema=reader.value(table.HANA_SCHEMA),
        from_settings=True,
    )


def _hints(base_url: str, hana: HanaSettings) -> Iterator[str]:
    hint = no_path_hint("TOGETHER_BASE_URL", base_url)
    if hint is not None:
        yield hint
    if hana.host is not None and hana.userkey is None and (hana.user is None or hana.password is None):
        yield "HANA_HOST is set, but not both HANA_USER and HANA_PASSWORD, so HANA cannot be asked."
    if hana.encrypt is False and hana.host is not None and hana.host.endswith("hanacloud.ondemand.com"):
        yield "HANA_ENCRYPT is false, but HANA Cloud accepts encrypted connections only."


def _near_misses(sources: tuple[Source, ...]) -> Iterator[str]:
    known = {name for setting in SETTINGS for name in (setting.name, *setting.aliases)}
    ours = [setting.name for setting in SETTINGS if setting.name.startswith(_FAMILIES)]
    written = {name for source in sources for name in source.texts}
    for name in sorted(written - known):
        if name.upper().startswith(_FAMILIES):
            guess = closest(name.upper(), ours, cutoff=0.8)
            if guess is not None:
                yield f"{name} is not a setting: did you mean {guess}?"
