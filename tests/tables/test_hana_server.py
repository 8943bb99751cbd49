"""What SAP's real driver makes of the test server: logins, statements, values, pages, and all that can go wrong."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from services.tables.connection import check
from tests.hana_server.running import HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server() as running:
        yield running


def connected(server: HanaServer, **options: Any) -> closing[Any]:
    from hdbcli import dbapi

    login = {"user": server.user, "password": server.password}
    return closing(dbapi.connect(address=server.host, port=server.port, **(login | options)))


def refused(call: Any, *arguments: Any) -> int:
    """The driver's code of what it raises."""
    from hdbcli import dbapi

    with pytest.raises(dbapi.Error) as caught:
        call(*arguments)
    code: int = caught.value.errorcode
    return code


def test_the_product_s_own_check_passes(server: HanaServer) -> None:
    assert check(server.settings()) == f"Connected to 127.0.0.1:{server.port}, version 4.00.000.00.1700000000."


def test_a_statement_nobody_told_it_about_is_refused_and_remembered() -> None:
    with hana_server() as server, connected(server) as connection:
        assert refused(connection.cursor().execute, "SELECT  1\nFROM DUMMY") == 257
        assert server.unexpected() == ["SELECT 1 FROM DUMMY"]


def test_leaving_fails_on_a_statement_nobody_told_it_about() -> None:
    with pytest.raises(AssertionError, match="DROP TABLE T"), hana_server() as server, connected(server) as connection:
        refused(connection.cursor().execute, "DROP TABLE T")
