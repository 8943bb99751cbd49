"""One connection to SAP HANA, with every time bounded, and what each refusal means in words."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from services.errors import AuthError, ConfigError, ConnectError, DeadlineError, DnsError, ServiceError, TlsError
from services.settings import HanaSettings
from services.tables.hana_errors import MEANINGS, statement_error
from services.tables.hana_statements import quoted

CONNECT_TIMEOUT_MS = 8_000
COMMUNICATION_TIMEOUT_MS = 60_000
_AUTHENTICATION_FAILED = 10
_CONNECT_FAILED = -10709
_UNKNOWN_USER_KEY = -10104


def check(hana: HanaSettings, *, connect_timeout_ms: int = CONNECT_TIMEOUT_MS) -> str:
    """Connects, asks one thing, disconnects. One sentence; raises ServiceError without password or connection in it."""
    version, problem = _version(hana, connect_timeout_ms)
    if problem is not None:
        raise problem
    return f"Connected to {where(hana)}, version {version}." if version else f"Connected to {where(hana)}."


def _version(hana: HanaSettings, connect_timeout_ms: int) -> tuple[str, ServiceError | None]:
    connection = connect(hana, connect_timeout_ms=connect_timeout_ms)
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT VERSION FROM SYS.M_DATABASE")
        row = cursor.fetchone()
    except driver().Error as problem:
        return "", named(problem, hana)
    finally:
        with suppress(driver().Error):
            connection.close()
    return ("" if row is None else str(row[0])), None


def connect(
    hana: HanaSettings,
    *,
    connect_timeout_ms: int = CONNECT_TIMEOUT_MS,
    communication_timeout_ms: int = COMMUNICATION_TIMEOUT_MS,
    dbapi: Any = None,
) -> Any:
    """A connection of one thread, without autocommit. Its str() holds the password: never log, show or repr it.

    dbapi: the driver's module, SAP's own where none is given.
    """
    dbapi = driver() if dbapi is None else dbapi
    _refuse_what_is_missing(hana)
    try:
        return dbapi.connect(**_options(hana, connect_timeout_ms, communication_timeout_ms))
    except dbapi.Error as refusal:
        problem = named(refusal, hana)
    # Outside of the except block: the driver's own error would otherwise stay in reach of whoever shows this one.
    raise problem


def _refuse_what_is_missing(hana: HanaSettings) -> None:
    """Raises ConfigError. The driver would look for a host called None, or for a user without a name."""
    if hana.userkey is not None:
        return
    needed = {"host": hana.host, "user": hana.user, "password": hana.password}
    missing = [name for name, value in needed.items() if value is None or value == ""]
    if missing:
        names = " and ".join(_VALUES[name][0] for name in missing)
        wanted = _spelt(f"Set {' and '.join(f'{{{name}}}' for name in missing)}.", hana)
        raise ConfigError(f"SAP HANA cannot be asked without {names}.", remedy=wanted)


def driver(package: str = "hdbcli") -> Any:
    """SAP's DB-API module. Raises ConfigError where it is missing or cannot be loaded."""
    try:
        if importlib.util.find_spec(package) is not None:
            return importlib.import_module(f"{package}.dbapi")
    except ImportError:
        pass
    raise ConfigError(
        "The SAP HANA driver (hdbcli) is not installed; it has no build for every platform.",
        remedy="Install it (pip install hdbcli) on a platform it is built for, or use the playground without HANA.",
    )


def _options(hana: HanaSettings, connect_timeout_ms: int, communication_timeout_ms: int) -> dict[str, Any]:
    """The driver ignores what it does not know without a word, so every name here is one it is known to have."""
    target = {"key": hana.userkey} if hana.userkey is not None else {"address": hana.host, "port": hana.port}
    login = {} if hana.userkey is not None else {"user": _text(hana.user), "password": _text(hana.password)}
    optional = {
        # The driver puts it into SET SCHEMA as it stands.
        "currentSchema": None if hana.schema is None else quoted(hana.schema),
        "sslTrustStore": None if hana.trust_store is None else str(hana.trust_store),
        "sslHostNameInCertificate": hana.host_in_certificate,
    }
    return {
        **target,
        **login,
        **{name: value for name, value in optional.items() if value is not None},
        "encrypt": hana.encrypt,
        "sslValidateCertificate": hana.ssl_validate_certificate,
        "connectTimeout": connect_timeout_ms,
        "communicationTimeout": communication_timeout_ms,
        # A transaction can be READ ONLY; a statement that commits itself has none that outlives it.
        "autocommit": False,
        "vectoroutputtype": "list",
        "sessionVariable:APPLICATION": "Together Playground",
    }


def _text(value: str | None) -> str:
    return "" if value is None else value


def where(hana: HanaSettings) -> str:
    return f"user store key {hana.userkey}" if hana.userkey is not None else f"{hana.host}:{hana.port}"


# What a remedy calls each value, and the variable it stands in where it came from one.
_VALUES: Mapping[str, tuple[str, str]] = {
    "host": ("the host", "HANA_HOST"),
    "port": ("the port", "HANA_PORT"),
    "user": ("the user", "HANA_USER"),
    "password": ("the password", "HANA_PASSWORD"),
    "encryption": ("encryption", "HANA_ENCRYPT"),
    "trust_store": ("the trust store", "HANA_SSL_TRUST_STORE"),
    "userkey": ("the key of the user store", "HANA_USERKEY"),
}

# The driver gives one code to everything that goes wrong before a login; only its text tells them apart.
_CONNECT_TEXTS: tuple[tuple[str, type[ServiceError], str, str], ...] = (
    ("Cannot resolve host", DnsError, "The host of {where} was not found.", "Check {host}."),
    (
        "certificate",
        TlsError,
        "The certificate of {where} is not trusted, or is not issued for it.",
        "Check {host}; for a certificate of your company's own, set {trust_store}.",
    ),
    (
        "SSL",
        TlsError,
        "{where} does not speak TLS.",
        "Check {port} (443 on HANA Cloud); on premise without TLS, turn {encryption} off.",
    ),
    (
        "timeout",
        DeadlineError,
        "{where} did not answer in time.",
        "Check {host}, {port}, {encryption} (often off on premise) and the firewall; start a stopped instance.",
    ),
    (
        "rc=111",
        ConnectError,
        "Nobody listens at {where}.",
        "Check {port} (443 on HANA Cloud, 3NN13 or 3NN15 on premise) and {host}.",
    ),
)


def named(problem: Exception, hana: HanaSettings) -> ServiceError:
    """What a refused connection is: which of host, port, TLS, user is wrong, and what to try."""
    code, text = getattr(problem, "errorcode", None), str(getattr(problem, "errortext", ""))
    if code == _AUTHENTICATION_FAILED:
        remedy = "Check {userkey}." if hana.userkey is not None else "Check {user} and {password}."
        return AuthError(f"{where(hana)} refused the user or password.", remedy=_spelt(remedy, hana))
    if code == _UNKNOWN_USER_KEY:
        remedy = "Check {userkey} with hdbuserstore LIST."
        return ConfigError(f"The {where(hana)} is not in the user store.", remedy=_spelt(remedy, hana))
    if code in MEANINGS:
        return statement_error(code, text)
    if code == _CONNECT_FAILED:
        for mark, kind, sentence, remedy in _CONNECT_TEXTS:
            if mark in text:
                return kind(sentence.format(where=where(hana)), remedy=_spelt(remedy, hana))
    remedy = _spelt("Check {host}, {port} and {encryption}.", hana)
    return ConnectError(f"{where(hana)} could not be reached (code {code}).", remedy=remedy)


def _spelt(remedy: str, hana: HanaSettings) -> str:
    """With the variables named where the values came from them; a form has labels instead."""
    names = {
        key: f"{words} ({variable})" if hana.from_settings else words for key, (words, variable) in _VALUES.items()
    }
    return remedy.format_map(names)
