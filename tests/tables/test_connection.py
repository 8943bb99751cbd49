"""What each refused connection to SAP HANA is called, seen through SAP's real driver."""

from __future__ import annotations

import importlib.util
import socket
import threading
import time
import traceback

import pytest

from services.errors import ConfigError, ConnectError, DeadlineError, DnsError, ServiceError, TlsError
from services.settings import HanaSettings
from services.tables.connection import check

PASSWORD = "invented-hana-password"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)


def hana(port: int, *, host: str = "127.0.0.1", encrypt: bool = False) -> HanaSettings:
    return HanaSettings(host=host, port=port, user="ANN", password=PASSWORD, encrypt=encrypt)


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
