"""One connection to SAP HANA, with every time bounded, and what each refusal means in words."""

from __future__ import annotations

import importlib.util
from typing import Any

from services.errors import AuthError, ConfigError, ConnectError, DeadlineError, DnsError, ServiceError, TlsError
from services.settings import HanaSettings

CONNECT_TIMEOUT_MS = 8_000
COMMUNICATION_TIMEOUT_MS = 60_000
_AUTHENTICATION_FAILED = 10
_CONNECT_FAILED = -10709
_UNKNOWN_USER_KEY = -10104


def check(hana: HanaSettings, *, connect_timeout_ms: int = CONNECT_TIMEOUT_MS) -> str:
    """Connects, asks one thing, disconnects. One sentence; raises ServiceError without password or connection in it."""
    connection = connect(hana, connect_timeout_ms=connect_timeout_ms)
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT VERSION FROM SYS.M_DATABASE")
        row = cursor.fetchone()
    except _dbapi().Error as problem:
        raise _named(problem, hana) from None
    finally:
        connection.close()
    return f"Connected to {_where(hana)}, version {row[0]}." if row else f"Connected to {_where(hana)}."


def connect(hana: HanaSettings, *, connect_timeout_ms: int = CONNECT_TIMEOUT_MS) -> Any:
    """A connection of one thread. Its str() holds the password: never log, show or repr it."""
    try:
        return _dbapi().connect(**_options(hana, connect_timeout_ms))
    except _dbapi().Error as problem:
        raise _named(problem, hana) from None


def _dbapi() -> Any:
    if importlib.util.find_spec("hdbcli") is None:
        raise ConfigError(
            "The SAP HANA driver (hdbcli) is not installed; it has no build for every platform.",
            remedy="Use a platform it is built for, or the playground without HANA.",
        )
    from hdbcli import dbapi

    return dbapi


def _options(hana: HanaSettings, connect_timeout_ms: int) -> dict[str, Any]:
    """The driver ignores what it does not know without a word, so every name here is one it is known to have."""
    target = {"key": hana.userkey} if hana.userkey is not None else {"address": hana.host, "port": hana.port}
    login = {} if hana.userkey is not None else {"user": hana.user or "", "password": hana.password or ""}
    schema = {} if hana.schema is None else {"currentSchema": hana.schema}
    return {
        **target,
        **login,
        **schema,
        "encrypt": hana.encrypt,
        "sslValidateCertificate": hana.ssl_validate_certificate,
        "connectTimeout": connect_timeout_ms,
        "communicationTimeout": COMMUNICATION_TIMEOUT_MS,
        "sessionVariable:APPLICATION": "Together Playground",
    }


def _where(hana: HanaSettings) -> str:
    return f"user store key {hana.userkey}" if hana.userkey is not None else f"{hana.host}:{hana.port}"


# The driver gives one code to everything that goes wrong before a login; only its text tells them apart.
_CONNECT_TEXTS: tuple[tuple[str, type[ServiceError], str, str], ...] = (
    ("Cannot resolve host", DnsError, "The host of {where} was not found.", "Check HANA_HOST."),
    (
        "certificate",
        TlsError,
        "The certificate of {where} is not trusted.",
        "Check HANA_HOST, and that the certificate is issued for it.",
    ),
    ("SSL", TlsError, "{where} does not speak TLS.", "Check HANA_PORT, or set HANA_ENCRYPT=false on premise."),
    ("timeout", DeadlineError, "{where} did not answer in time.", "Check HANA_HOST, HANA_PORT and the firewall."),
)


def _named(problem: Exception, hana: HanaSettings) -> ServiceError:
    code, text = getattr(problem, "errorcode", None), str(getattr(problem, "errortext", ""))
    where = _where(hana)
    if code == _AUTHENTICATION_FAILED:
        return AuthError(f"{where} refused the user or password.", remedy="Check HANA_USER and HANA_PASSWORD.")
    if code == _UNKNOWN_USER_KEY:
        return ConfigError(
            f"The {where} is not in the user store.", remedy="Check HANA_USERKEY with hdbuserstore LIST."
        )
    if code == _CONNECT_FAILED:
        for mark, kind, sentence, remedy in _CONNECT_TEXTS:
            if mark in text:
                return kind(sentence.format(where=where), remedy=remedy)
    return ConnectError(
        f"{where} could not be reached (code {code}).", remedy="Check HANA_HOST, HANA_PORT and HANA_ENCRYPT."
    )
