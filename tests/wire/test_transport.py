"""Whom the pool talks to, through what, and what happens when connections run out or go stale."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.answers.gateway import MEASURED, Gateway
from services.endpoints import Endpoint
from services.errors import (
    ConfigError,
    ConnectError,
    DeadlineError,
    DnsError,
    RedirectError,
    ServiceError,
    TlsError,
)
from services.wire.backend import Backend
from services.wire.call import Call
from services.wire.client import Client
from services.wire.limits import Limits
from services.wire.transport import Network, Pool
from services.wire.types import ChatRequest, Message
from tests.faults.server import WHOLE_ANSWER, WHOLE_STREAM, FaultServer, Peer, after_request, answers, says_no, wait_for

REQUEST = ChatRequest("acme/tiny", (Message("user", "Say hello."),))


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool() as made:
        yield made


def ask(pool: Pool, url: str, limits: Limits | None = None) -> str:
    return Client(pool, Endpoint("Test", "together", url, "key-of-nobody"), limits or Limits()).chat(REQUEST).text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def test_a_refused_connection_names_host_and_port(pool: Pool) -> None:
    port = free_port()
    with pytest.raises(ConnectError, match=rf"127\.0\.0\.1:{port}.*refused"):
        ask(pool, f"http://127.0.0.1:{port}/v1")


def test_an_unknown_host_is_a_dns_error_and_final(pool: Pool) -> None:
    with pytest.raises(DnsError, match=r"nowhere\.invalid") as caught:
        Gateway(pool).chat(Endpoint("Test", "openai", "http://nowhere.invalid/v1"), REQUEST)
    assert caught.value.attempts == 1


def test_the_next_address_of_a_host_is_tried_when_one_refuses() -> None:
    with FaultServer((lambda peer: peer.wait_until_gone(),)) as server:
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in (free_port(), server.port)
        ]
        backend = Backend(resolve=lambda *_, **__: addresses)
        with Call().active():
            stream = backend.connect_tcp("models.example", 80, timeout=2.0)
        assert stream.get_extra_info("socket").getpeername()[1] == server.port
        stream.close()


def test_a_connect_that_gets_no_answer_ends_at_its_timeout(pool: Pool) -> None:
    fillers = [socket.socket() for _ in range(8)]
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        with pytest.raises(ConnectError, match="no connection within"):
            ask(pool, f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", Limits(connect_timeout_s=0.2))
    for filler in fillers:
        filler.close()


@pytest.mark.parametrize(
    "address",
    [
        "not a url",
        "example.com/v1",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://",
        "http://user:pw@x/v1",
        "http://x/v1?a=b",
        "http://x\r\ny/",
        "http://x:99999/v1",
    ],
)
def test_an_address_that_cannot_be_right_is_refused_before_any_call(pool: Pool, address: str) -> None:
    with pytest.raises(ConfigError, match="Acme") as caught:
        Gateway(pool).chat(Endpoint("Acme", "openai", address), REQUEST)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_refused_with_both_hosts_named(pool: Pool, status: int) -> None:
    with FaultServer((answers(WHOLE_ANSWER),)) as other:
        location = f"Location: http://{other.host}/v1/chat/completions"
        server = FaultServer((says_no(status, b"", location),))
        with server, pytest.raises(RedirectError, match=rf"{server.host}.*{other.host}"):
            ask(pool, server.url)
        assert other.requests == []


def test_a_proxy_serves_https_addresses_only() -> None:
    with FaultServer((answers(WHOLE_ANSWER),)) as proxy, FaultServer((answers(WHOLE_ANSWER),)) as server:
        with Pool(Network(https_proxy=f"http://{proxy.host}")) as pool:
            assert ask(pool, server.url) == "Hello there"
        assert proxy.requests == []


def test_an_https_address_is_reached_through_the_proxy_without_showing_it_the_key() -> None:
    with FaultServer((says_no(403, b""),)) as proxy:
        with Pool(Network(https_proxy=proxy.host)) as pool, pytest.raises(ConnectError, match="proxy refused"):
            ask(pool, "https://models.example/v1")
        assert proxy.requests[0].startswith(b"CONNECT models.example:443 ")
        assert b"key-of-nobody" not in b"".join(proxy.requests)


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxied"),
    [
        ("https://api.example/v1", (), True),
        ("http://api.example/v1", (), False),
        ("https://127.0.0.1/v1", (), False),
        ("https://[::1]/v1", (), False),
        ("https://localhost/v1", (), False),
        ("https://api.example/v1", ("example",), False),
        ("https://api.example/v1", (".example",), False),
        ("https://api.example/v1", ("api.example:443",), False),
        ("https://api.example/v1", ("api.example:8443",), True),
        ("https://api.example/v1", ("pi.example",), True),
        ("https://api.example/v1", ("*",), False),
        ("https://api.example/v1", ("",), True),
    ],
)
def test_which_addresses_go_through_the_proxy(url: str, no_proxy: tuple[str, ...], proxied: bool) -> None:
    assert (Network("http://proxy.example", no_proxy).proxy_for(httpx.URL(url)) is not None) == proxied


@pytest.mark.parametrize("network", [Network(https_proxy="socks5://x"), Network(ca_file="/nowhere/ca.pem")])
def test_a_network_setting_that_cannot_work_is_a_config_error(network: Network) -> None:
    with Pool(network) as pool, pytest.raises(ConfigError):
        ask(pool, "https://models.example/v1")


def test_a_busy_pool_says_so_in_our_own_words() -> None:
    limits = Limits(first_token_timeout_s=0.3)
    with FaultServer((after_request(lambda peer: peer.wait_until_gone()),)) as server, Pool(max_connections=1) as pool:
        call = Call()
        client = Client(pool, Endpoint("Test", "together", server.url))

        def hold() -> None:
            with pytest.raises(ServiceError):
                client.chat(REQUEST, call)

        holder = threading.Thread(target=hold)
        holder.start()
        assert server.asked.wait(5)
        with pytest.raises(DeadlineError, match="All 1 connections"):
            ask(pool, server.url, limits)
        call.stop()
        holder.join(5)
        assert not holder.is_alive()


def test_every_place_is_given_back_however_a_call_ends() -> None:
    behaviours = (
        says_no(400, None, "Connection: close"),
        after_request(Peer.reset),
        answers(b"{", "Connection: close"),
    )
    with FaultServer((*behaviours, answers(WHOLE_ANSWER))) as server, Pool(max_connections=1) as pool:
        for _ in behaviours:
            with pytest.raises(ServiceError):
                ask(pool, server.url, Limits(first_token_timeout_s=1.0))
        assert ask(pool, server.url, Limits(first_token_timeout_s=1.0)) == "Hello there"


def test_a_stream_leaves_its_connection_for_the_next_call(pool: Pool) -> None:
    with FaultServer((answers(WHOLE_STREAM), says_no(500))) as server:
        gateway, endpoint = Gateway(pool), Endpoint("Test", "together", server.url)
        for _ in range(3):
            assert gateway.stream_chat(endpoint, REQUEST, policy=MEASURED).read().text == "Hello there"


def test_a_kept_connection_that_died_meanwhile_is_replaced_unseen(pool: Pool) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.answer(WHOLE_ANSWER)
        # The next request arrives, and only then the connection turns out to be gone.
        peer.request()

    with FaultServer((once, answers(WHOLE_ANSWER))) as server:
        gateway, endpoint = Gateway(pool), Endpoint("Test", "together", server.url)
        assert gateway.chat(endpoint, REQUEST, policy=MEASURED).text == "Hello there"
        assert gateway.chat(endpoint, REQUEST, policy=MEASURED).text == "Hello there"
        assert len(server.requests) == 3


def test_one_replacement_is_enough_though_all_kept_connections_died(pool: Pool) -> None:
    together = threading.Barrier(2, timeout=5)

    def once(peer: Peer) -> None:
        peer.request()
        together.wait()
        peer.answer(WHOLE_ANSWER)
        peer.request()

    with FaultServer((once, once, answers(WHOLE_ANSWER))) as server:
        client = Client(pool, Endpoint("Test", "together", server.url))
        threads = [threading.Thread(target=client.chat, args=(REQUEST,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert client.chat(REQUEST).text == "Hello there"
        assert len(server.requests) == 4


def test_a_fresh_connection_that_dies_is_not_replaced(pool: Pool) -> None:
    with FaultServer((after_request(lambda peer: None), answers(WHOLE_ANSWER))) as server:
        with pytest.raises(ConnectError):
            ask(pool, server.url)
        assert len(server.requests) == 1


def test_the_local_server_gets_a_connection_for_each_call(pool: Pool) -> None:
    def one_only(peer: Peer) -> None:
        peer.request()
        peer.answer(WHOLE_ANSWER)
        peer.wait_until_gone()

    with FaultServer((one_only,)) as server:
        client = Client(pool, Endpoint("Local", "local", server.url, "k"))
        assert [client.chat(REQUEST).text for _ in range(2)] == ["Hello there"] * 2
        assert all(b"connection: close" in request.lower() for request in server.requests)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and models.example, key and certificate in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += [
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:models.example",
        "-keyout",
        str(made),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + (folder / "cert.pem").read_bytes())
    return made


def over_tls(certificate: Path, behaviour: object) -> object:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave(peer: Peer) -> None:
        with context.wrap_socket(peer.sock, server_side=True) as secured:
            behaviour(Peer(secured, peer.server))  # type: ignore[operator]

    return behave


def test_a_trusted_certificate_lets_the_call_through(certificate: Path) -> None:
    with FaultServer((over_tls(certificate, answers(WHOLE_ANSWER)),)) as server:  # type: ignore[arg-type]
        with Pool(Network(ca_file=str(certificate))) as pool:
            url = server.url.replace("http:", "https:")
            assert [ask(pool, url) for _ in range(2)] == ["Hello there"] * 2
        with Pool() as pool, pytest.raises(TlsError, match="not trusted"):
            ask(pool, url)
        assert len(server.requests) == 2


def test_a_call_through_the_proxy_is_encrypted_up_to_the_server(certificate: Path) -> None:
    beyond = over_tls(certificate, answers(WHOLE_ANSWER))

    def tunnel(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        beyond(peer)  # type: ignore[operator]

    with FaultServer((tunnel,)) as proxy:
        network = Network(https_proxy=f"http://someone:proxy-password@{proxy.host}", ca_file=str(certificate))
        with Pool(network) as pool:
            assert [ask(pool, "https://models.example/v1") for _ in range(2)] == ["Hello there"] * 2
        connect, *inner = proxy.requests
        assert connect.startswith(b"CONNECT models.example:443 ")
        assert b"Proxy-Authorization: Basic " in connect
        assert b"key-of-nobody" not in connect
        assert [b"proxy-authorization" in request.lower() for request in inner] == [False, False]
        assert "proxy-password" not in repr(network)


def test_stop_reaches_a_silent_server_through_tls(certificate: Path) -> None:
    silent = over_tls(certificate, after_request(lambda peer: peer.wait_until_gone()))
    with FaultServer((silent,)) as server, Pool(Network(ca_file=str(certificate))) as pool:  # type: ignore[arg-type]
        call = Call()
        client = Client(pool, Endpoint("Test", "openai", server.url.replace("http:", "https:")))
        outcomes: list[str] = []

        def read() -> None:
            try:
                client.chat(REQUEST, call)
            except ServiceError as error:
                outcomes.append(error.kind)

        reader = threading.Thread(target=read)
        reader.start()
        assert server.asked.wait(5)
        call.stop()
        assert wait_for(lambda: outcomes == ["stopped"], 1.0)
        assert server.hung_up.wait(1.0)
        reader.join(5)


def test_a_tls_handshake_that_gets_no_answer_ends_at_the_connect_timeout(pool: Pool) -> None:
    with FaultServer((lambda peer: peer.wait_until_gone(),)) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(ConnectError, match=r"no TLS handshake within 0\.2 s"):
            ask(pool, url, Limits(connect_timeout_s=0.2))


def test_tls_to_a_plain_port_is_said_and_nothing_is_sent(pool: Pool) -> None:
    def plain(peer: Peer) -> None:
        peer.sock.recv(4_096)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with FaultServer((plain,)) as server:
        with pytest.raises(TlsError) as caught:
            Gateway(pool).chat(Endpoint("Test", "openai", server.url.replace("http:", "https:")), REQUEST)
        assert caught.value.attempts == 1
        assert server.requests == []
