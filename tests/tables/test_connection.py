"""What each refused connection to SAP HANA is called, seen through SAP's real driver."""

from __future__ import annotations

import importlib.util
import socket
import ssl
import subprocess
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from services.errors import (
    AccessDeniedError,
    AuthError,
    BlockedError,
    ConfigError,
    ConnectError,
    DeadlineError,
    DnsError,
    OverloadedError,
    ServiceError,
    TlsError,
)
from services.settings import HanaSettings
from services.tables.connection import _options, check, driver, named

PASSWORD = "invented-hana-password"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)


def hana(port: int, *, host: str = "127.0.0.1", encrypt: bool = False) -> HanaSettings:
    return HanaSettings(host=host, port=port, user="ANN", password=PASSWORD, encrypt=encrypt, from_settings=True)


def refused(settings: HanaSettings) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        check(settings, connect_timeout_ms=700)
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.remedy
    assert PASSWORD not in everything
    assert caught.value.__cause__ is None
    return caught.value


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refused(hana(port))
    assert type(error) is ConnectError
    assert f"127.0.0.1:{port}" in str(error)
    assert "HANA_PORT" in error.remedy


@pytest.mark.parametrize("encrypt", [False, True])
def test_somebody_listens_and_is_silent(encrypt: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = time.monotonic()
        error = refused(hana(listener.getsockname()[1], encrypt=encrypt))
    assert type(error) is DeadlineError
    assert time.monotonic() - started < 10


def test_the_host_is_unknown() -> None:
    error = refused(hana(443, host="no-such-host.invalid"))
    assert type(error) is DnsError
    assert "HANA_HOST" in error.remedy


def test_what_listens_speaks_no_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = hana(listener.getsockname()[1], encrypt=True)

        def answer() -> None:
            peer, _ = listener.accept()
            peer.recv(1024)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.close()

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(settings)
        thread.join(5)
    assert type(error) in (TlsError, ConnectError)


def test_the_user_store_has_no_such_key() -> None:
    error = refused(HanaSettings(userkey="NOSUCHKEY"))
    assert type(error) is ConfigError
    assert "NOSUCHKEY" in str(error)


def test_the_certificate_is_nobody_s_we_trust(tmp_path: Path) -> None:
    key, pem = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hana.example"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            peer, _ = listener.accept()
            with peer, suppress(OSError), context.wrap_socket(peer, server_side=True) as secured:
                secured.recv(1024)

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(hana(listener.getsockname()[1], encrypt=True))
        thread.join(5)
    assert type(error) is TlsError
    assert "certificate" in str(error)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (10, "authentication failed", AuthError),
        (-10709, "Connection failed (RTE:[300015] SSL certificate validation failed)", TlsError),
        (-10709, "Connection failed (RTE:[300010] Cannot create SSL context)", TlsError),
        (-10709, "Connection failed (RTE:[89008] Socket closed by peer)", ConnectError),
        (258, "insufficient privilege: no certificate may be read", AccessDeniedError),
        (663, "GBA503: not allowed from this client", BlockedError),
        (1888, "HANA Database instance upgrade in progress", OverloadedError),
    ],
)
def test_what_the_driver_reports_has_a_name(code: int, text: str, kind: type[ServiceError]) -> None:
    from hdbcli import dbapi

    error = named(dbapi.Error(code, text), hana(443))
    assert type(error) is kind
    assert error.remedy


def test_a_schema_is_a_name_whatever_it_holds() -> None:
    """The driver would put it into a statement as it stands."""
    odd = HanaSettings(host="h", port=1, schema='we"ird; DROP SCHEMA "PM')
    assert _options(odd, 1, 1)["currentSchema"] == '"we""ird; DROP SCHEMA ""PM"'


def test_every_time_is_bounded_and_what_was_set_for_the_wire_reaches_the_driver() -> None:
    settings = HanaSettings(host="h", port=1, user="ANN", password=PASSWORD, schema="PM", encrypt=True)
    options = _options(settings, 700, 60_000)
    assert (options["connectTimeout"], 0 < options["communicationTimeout"] <= 60_000) == (700, True)
    assert (options["encrypt"], options["currentSchema"], options["autocommit"]) == (True, '"PM"', False)
    assert options["sslValidateCertificate"] is settings.ssl_validate_certificate


def test_what_judges_the_certificate_reaches_the_driver_under_its_own_names(tmp_path: Path) -> None:
    settings = HanaSettings(host="h", trust_store=tmp_path / "root.pem", host_in_certificate="hana.example")
    options = _options(settings, 700, 60_000)
    assert options["sslTrustStore"] == str(tmp_path / "root.pem")
    assert options["sslHostNameInCertificate"] == "hana.example"
    assert {"sslTrustStore", "sslHostNameInCertificate", "currentSchema"}.isdisjoint(_options(hana(1), 1, 1))


def test_a_user_store_key_comes_without_host_user_or_password() -> None:
    options = _options(HanaSettings(userkey="PLAYGROUND", user="ANN", password=PASSWORD), 700, 60_000)
    assert options["key"] == "PLAYGROUND"
    assert {"address", "port", "user", "password"}.isdisjoint(options)


@pytest.mark.parametrize(
    ("code", "text"),
    [(10, ""), (-10104, ""), (-10709, "Cannot resolve host"), (-10709, "certificate"), (-10709, "SSL"), (-1, "")],
)
def test_a_remedy_names_variables_only_where_the_values_came_from_them(code: int, text: str) -> None:
    from hdbcli import dbapi

    typed, written = HanaSettings(host="h"), HanaSettings(host="h", from_settings=True)
    assert "HANA_" not in named(dbapi.Error(code, text), typed).remedy
    assert "HANA_" in named(dbapi.Error(code, text), written).remedy


def test_without_the_driver_it_is_said_and_what_to_install() -> None:
    with pytest.raises(ConfigError, match="not installed") as caught:
        driver("hdbcli_that_nobody_has")
    assert "pip install hdbcli" in caught.value.remedy


def test_a_driver_that_cannot_be_loaded_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hdbcli_of_another_platform").mkdir()
    (tmp_path / "hdbcli_of_another_platform" / "__init__.py").write_text("raise ImportError('wrong libc')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="not installed"):
        driver("hdbcli_of_another_platform")


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (HanaSettings(from_settings=True), ["HANA_HOST", "HANA_USER", "HANA_PASSWORD"]),
        (HanaSettings(host="h", user="ANN", from_settings=True), ["HANA_PASSWORD"]),
        (HanaSettings(host="h", user="", password="x"), ["the user"]),
    ],
)
def test_what_is_missing_is_named_before_anybody_is_asked(settings: HanaSettings, missing: list[str]) -> None:
    error = refused(settings)
    assert type(error) is ConfigError
    assert all(name in error.remedy for name in missing)
    assert "HANA_HOST" not in error.remedy or settings.host is None


def test_what_listens_is_no_sap_hana() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1024)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 100)

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(hana(listener.getsockname()[1]))
        thread.join(5)
    assert isinstance(error, ConnectError | DeadlineError)
    assert "HANA_PORT" in error.remedy


KNOWN_TO_THE_DRIVER = {
    *("address", "port", "key", "user", "password", "currentSchema", "encrypt", "sslValidateCertificate"),
    *("sslTrustStore", "sslHostNameInCertificate", "connectTimeout", "communicationTimeout", "autocommit"),
    *("vectoroutputtype", "sessionVariable:APPLICATION"),
}


def test_no_option_is_sent_that_the_driver_would_ignore_without_a_word(tmp_path: Path) -> None:
    everything = HanaSettings(
        "h", 1, "ANN", PASSWORD, None, True, True, tmp_path / "root.pem", "hana.example", "PM", from_settings=True
    )
    by_key = HanaSettings(userkey="PLAYGROUND")
    assert _options(everything, 1, 2).keys() | _options(by_key, 1, 2).keys() == KNOWN_TO_THE_DRIVER
