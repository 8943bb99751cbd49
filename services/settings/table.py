"""Every setting once: its name, what it accepts, its default, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from services.settings import checks

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """read turns the text found into the value; relative paths are taken from its second argument.

    A secret is never shown: not in repr, not in a message. aliases are other names it is read under, which win.
    """

    name: str
    type: str
    default: T
    meaning: str
    read: Callable[[str, Path], T]
    secret: bool = False
    aliases: tuple[str, ...] = ()


def _optional_text(name: str, meaning: str) -> Setting[str | None]:
    return Setting[str | None](name, "text", None, meaning, checks.text)


def _switch(name: str, meaning: str) -> Setting[bool | None]:
    return Setting[bool | None](name, "true or false", None, meaning, checks.flag)


TOGETHER_API_KEY = Setting[str | None](
    "TOGETHER_API_KEY", "text", None, "Key of your Together.ai account.", checks.api_key, secret=True
)
TOGETHER_BASE_URL = Setting[str](
    "TOGETHER_BASE_URL",
    "address",
    "https://api.together.ai/v1",
    "Where Together's API answers; ends in /v1. Plain http only on this machine or a private network.",
    checks.base_url,
)
TOGETHER_DEFAULT_MODEL = _optional_text(
    "TOGETHER_DEFAULT_MODEL", "Chat model picked at the start. Unset: the first of a dated list that can be called."
)
TOGETHER_DEFAULT_EMBEDDING_MODEL = _optional_text(
    "TOGETHER_DEFAULT_EMBEDDING_MODEL", "Embedding model at Together. Unset: the local encoder, which is free."
)
TOGETHER_TIMEOUT = Setting[float](
    "TOGETHER_TIMEOUT", "seconds", 300.0, "Longest one call may take, waits and retries included.", checks.timeout_s
)
TOGETHER_MAX_RETRIES = Setting[int](
    "TOGETHER_MAX_RETRIES",
    "0 to 10",
    2,
    "How often a call that failed before its first text is sent again.",
    checks.retries,
)
ENABLE_TOGETHER_AI = _switch(
    "ENABLE_TOGETHER_AI", "true: Together must be configured. false: answers come from the local model."
)
ENABLE_GPU_ACCELERATION = _switch(
    "ENABLE_GPU_ACCELERATION",
    "false: answers come from the local model. It starts no GPU; inference runs at the endpoint.",
)
LOCAL_MODEL_PATH = Setting[Path | None](
    "LOCAL_MODEL_PATH", "path", None, "A GGUF file to run instead of the small bundled model.", checks.existing_file
)
HANA_HOST = Setting[str | None]("HANA_HOST", "host", None, "SAP HANA host, without port.", checks.host)
HANA_PORT = Setting[int](
    "HANA_PORT", "1 to 65535", 443, "SQL port: 443 on HANA Cloud, 3NN13 or 3NN15 on premise.", checks.port
)
HANA_USER = _optional_text("HANA_USER", "Database user; a read-only one is enough.")
HANA_PASSWORD = Setting[str | None](
    "HANA_PASSWORD", "text", None, "Password of that user.", checks.password, secret=True
)
HANA_USERKEY = _optional_text("HANA_USERKEY", "Key of the driver's user store, instead of host, user and password.")
HANA_ENCRYPT = Setting[bool]("HANA_ENCRYPT", "true or false", True, "Connect with TLS.", checks.flag)
HANA_SSL_VALIDATE_CERTIFICATE = Setting[bool](
    "HANA_SSL_VALIDATE_CERTIFICATE",
    "true or false",
    True,
    "Refuse a server whose certificate is not trusted.",
    checks.flag,
)
HANA_SSL_TRUST_STORE = Setting[Path | None](
    "HANA_SSL_TRUST_STORE",
    "path",
    None,
    "Certificates to trust for SAP HANA, as a PEM file. Unset: those of the system.",
    checks.existing_file,
)
HANA_SSL_HOST_NAME_IN_CERTIFICATE = Setting[str | None](
    "HANA_SSL_HOST_NAME_IN_CERTIFICATE",
    "host",
    None,
    "Name the certificate is issued for, where it is not HANA_HOST.",
    checks.host,
)
HANA_SCHEMA = _optional_text("HANA_SCHEMA", "Schema of names without one, in exact case. Unset: the user's own.")
PLAYGROUND_DATA_DIR = Setting[Path](
    "PLAYGROUND_DATA_DIR",
    "path",
    Path(".data"),
    "Folder for the vectors that are kept, so that none is paid for twice, and for conversations of who asks for it.",
    checks.folder,
)
PLAYGROUND_ENDPOINT_HOSTS = Setting[tuple[str, ...] | None](
    "PLAYGROUND_ENDPOINT_HOSTS",
    "hosts",
    None,
    "Hosts of endpoints that visitors may add: comma-separated names, .suffixes, `*` for every public one, or none. "
    "Unset: public ones, and on a server used from its own machine also private ones.",
    checks.endpoint_hosts,
)
HTTPS_PROXY = Setting[str | None](
    "HTTPS_PROXY",
    "address",
    None,
    "Proxy for https addresses; never used for http or this machine.",
    checks.proxy,
    secret=True,
    aliases=("https_proxy",),
)
NO_PROXY = Setting[str | None](
    "NO_PROXY", "hosts", None, "Comma-separated hosts reached without the proxy.", checks.text, aliases=("no_proxy",)
)
SSL_CERT_FILE = Setting[Path | None](
    "SSL_CERT_FILE", "path", None, "Certificates to trust for https addresses, as a PEM file.", checks.existing_file
)

SETTINGS: tuple[Setting[Any], ...] = (
    TOGETHER_API_KEY,
    TOGETHER_BASE_URL,
    TOGETHER_DEFAULT_MODEL,
    TOGETHER_DEFAULT_EMBEDDING_MODEL,
    TOGETHER_TIMEOUT,
    TOGETHER_MAX_RETRIES,
    ENABLE_TOGETHER_AI,
    ENABLE_GPU_ACCELERATION,
    LOCAL_MODEL_PATH,
    HANA_HOST,
    HANA_PORT,
    HANA_USER,
    HANA_PASSWORD,
    HANA_USERKEY,
    HANA_ENCRYPT,
    HANA_SSL_VALIDATE_CERTIFICATE,
    HANA_SSL_TRUST_STORE,
    HANA_SSL_HOST_NAME_IN_CERTIFICATE,
    HANA_SCHEMA,
    PLAYGROUND_DATA_DIR,
    PLAYGROUND_ENDPOINT_HOSTS,
    HTTPS_PROXY,
    NO_PROXY,
    SSL_CERT_FILE,
)
