"""Where an endpoint that a visitor named may lead, whatever dress the address wears."""

from __future__ import annotations

import socket

import pytest

from services.endpoints import Endpoint
from services.errors import ConfigError
from services.reach import Reach
from services.wire.backend import Backend
from services.wire.call import Call
from services.wire.client import Client
from services.wire.transport import Network, Pool
from tests.faults.server import FaultServer, answers

LISTS = answers(b'{"data": [{"id": "acme/tiny"}]}', "Content-Type: application/json")
NEVER = (
    "169.254.169.254",
    "169.254.0.7",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
)
PRIVATE = (
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "::ffff:127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fc00::1",
    "fec0::1",
    "::ffff:0:7f00:1",
    "64:ff9b:1::7f00:1",
    "240.0.0.1",
    "255.255.255.255",
)
PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14")


def leads(reach: Reach, address: str, host: str = "models.example") -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return bool(reach.within(host, [(family, socket.SOCK_STREAM, 0, "", (address, 443))]))
    except ConfigError:
        return False


@pytest.mark.parametrize("address", NEVER)
def test_what_hands_out_credentials_is_refused_to_all(address: str) -> None:
    for reach in (Reach(), Reach(private=True), Reach(("*",)), Reach(("models.example", ".example"))):
        assert not leads(reach, address)


@pytest.mark.parametrize("address", PRIVATE)
def test_this_machine_and_private_networks_are_for_those_who_sit_here_and_for_named_hosts(address: str) -> None:
    assert not leads(Reach(), address)
    assert not leads(Reach(("*",)), address)
    assert leads(Reach(private=True), address)
    assert leads(Reach(("models.example",)), address)
    assert leads(Reach(("*", ".example")), address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    assert leads(Reach(), address)
    assert leads(Reach(("*",)), address)


@pytest.mark.parametrize(
    ("hosts", "host", "allowed"),
    [
        (None, "anything.example", True),
        ((), "anything.example", False),
        (("*",), "anything.example", True),
        (("models.example",), "models.example", True),
        (("models.example",), "MODELS.example.", True),
        (("models.example",), "sub.models.example", False),
        (("models.example",), "evilmodels.example", False),
        ((".models.example",), "sub.models.example", True),
        ((".models.example",), "models.example", False),
        ((".models.example",), "evilmodels.example", False),
        (("10.0.0.5",), "10.0.0.5", True),
        (("10.0.0.5",), "10.0.0.6", False),
        (None, "10.0.0.5", False),
        (("169.254.169.254",), "169.254.169.254", False),
        (("*",), "[::1]", False),
    ],
)
def test_a_host_is_judged_by_what_it_shows(hosts: tuple[str, ...] | None, host: str, allowed: bool) -> None:
    if allowed:
        Reach(hosts).check(host)
        return
    with pytest.raises(ConfigError) as refused:
        Reach(hosts).check(host)
    assert "PLAYGROUND_ENDPOINT_HOSTS" in refused.value.remedy


def test_a_name_that_leads_elsewhere_a_moment_later_gains_nothing() -> None:
    """What is judged is what is connected to: there is no second look-up between the two."""
    looked_up = []
    with FaultServer((LISTS,)) as server:

        def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
            looked_up.append(1)
            address = "93.184.215.14" if len(looked_up) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, server.port))]

        backend = Backend(resolve, reach=Reach())
        resolve()
        with Call().active(), pytest.raises(ConfigError, match=r"rebind\.example leads to"):
            backend.connect_tcp("rebind.example", server.port, timeout=2.0)
    assert looked_up == [1, 1]
    assert server.requests == []


def test_of_several_addresses_only_those_allowed_are_tried() -> None:
    with FaultServer((LISTS,)) as server:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, server.port))
            for address in ("169.254.169.254", "127.0.0.1")
        ]
        backend = Backend(lambda *_, **__: found, reach=Reach(private=True))
        with Call().active():
            stream = backend.connect_tcp("mixed.example", server.port, timeout=2.0)
        assert stream.get_extra_info("socket").getpeername()[0] == "127.0.0.1"
        stream.close()


def test_a_connection_that_others_opened_is_not_lent_to_whom_it_is_closed() -> None:
    with FaultServer((LISTS,)) as server, Pool() as pool:
        open_to_all = Endpoint("Ours", "openai", f"http://localhost:{server.port}/v1")
        guarded = Endpoint("Theirs", "openai", open_to_all.base_url, reach=Reach())
        assert Client(pool, open_to_all).models()[0].id == "acme/tiny"
        with pytest.raises(ConfigError, match="localhost leads to"):
            Client(pool, guarded).models()
        assert len(server.requests) == 1


def test_a_proxy_stands_where_the_operator_put_it_and_is_not_judged() -> None:
    with FaultServer((answers(b"", status="502 No"),)) as proxy:
        with Pool(Network(https_proxy=f"http://127.0.0.1:{proxy.port}")) as pool:
            guarded = Endpoint("Theirs", "openai", "https://models.example/v1", reach=Reach())
            with pytest.raises(Exception, match="502"):
                Client(pool, guarded).models()
        assert proxy.requests[0].startswith(b"CONNECT models.example:443")
