"""Testing an endpoint: what it says is told apart, in the background, bounded and stoppable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.answers.gateway import Gateway
from services.endpoints import Endpoint
from services.errors import AuthError, ConnectError, DeadlineError, OverloadedError, ProtocolError, ServiceError
from services.probing import Probes, nearby
from services.wire.transport import Pool
from tests.answers.test_run_secrets import held_by
from tests.faults.server import Behaviour, FaultServer, after_request, answers, says_no, wait_for

KEY = "key-invented-for-probes"
SILENT: Behaviour = after_request(lambda peer: peer.wait_until_gone())
WAIT_S = 5.0


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Pool() as pool:
        yield Gateway(pool)


def at(server: FaultServer) -> Endpoint:
    return Endpoint("lab", "openai", server.url, KEY)


@pytest.mark.parametrize(
    ("behaviour", "state", "error"),
    [
        (answers(b'{"data": [{"id": "a"}, {"id": "b"}]}'), "lists", None),
        (answers(b'{"data": []}'), "lists", None),
        (says_no(404), "no list", ServiceError),
        (says_no(405), "no list", ServiceError),
        (says_no(501), "no list", ServiceError),
        (says_no(401), "failed", AuthError),
        (says_no(500), "failed", ServiceError),
        (answers(b"<html>hello</html>", "Content-Type: text/html"), "failed", ProtocolError),
        (answers(b'"a text"'), "failed", ProtocolError),
        (lambda peer: peer.reset(), "failed", ConnectError),
    ],
)
def test_what_a_server_says_is_told_apart(
    gateway: Gateway, behaviour: Behaviour, state: str, error: type[ServiceError] | None
) -> None:
    probes = Probes(gateway)
    with FaultServer((behaviour,)) as server:
        found = probes.start(at(server)).wait(WAIT_S)
        probes.close()
    assert found.state == state
    assert isinstance(found.error, type(None) if error is None else error)


def test_a_server_that_fails_is_asked_once(gateway: Gateway) -> None:
    probes = Probes(gateway)
    with FaultServer((says_no(503),)) as server:
        probes.start(at(server)).wait(WAIT_S)
        probes.close()
        assert len(server.requests) == 1


def test_a_silent_server_is_given_up_with_advice_that_fits(gateway: Gateway) -> None:
    probes = Probes(gateway, timeout_s=0.2)
    with FaultServer((SILENT,)) as server:
        found = probes.start(at(server)).wait(WAIT_S)
        probes.close()
    assert isinstance(found.error, DeadlineError)
    assert "TOGETHER_TIMEOUT" not in found.error.remedy


def test_one_that_is_stopped_hangs_up_at_once(gateway: Gateway) -> None:
    probes = Probes(gateway, timeout_s=60)
    with FaultServer((SILENT,)) as server:
        probe = probes.start(at(server))
        assert server.asked.wait(WAIT_S)
        assert not probe.future.done()
        probe.stop()
        assert server.hung_up.wait(WAIT_S)
        probes.close()
    assert probe.found is not None
    assert probe.found.state == "failed"


def test_closing_ends_what_runs_and_what_waits_and_starts_nothing_more(gateway: Gateway) -> None:
    probes = Probes(gateway, max_workers=1, timeout_s=60)
    with FaultServer((SILENT,)) as server:
        running, waiting = probes.start(at(server)), probes.start(at(server))
        assert server.asked.wait(WAIT_S)
        probes.close()
        assert [probe.found.state for probe in (running, waiting) if probe.found is not None] == ["failed", "failed"]
        with pytest.raises(OverloadedError):
            probes.start(at(server))
        assert server.hung_up.wait(WAIT_S)
        assert len(server.requests) == 1


def test_too_many_at_once_are_refused_and_a_finished_one_makes_room(gateway: Gateway) -> None:
    probes = Probes(gateway, max_workers=1, max_waiting=2, timeout_s=60)
    with FaultServer((SILENT,)) as server:
        first, second = probes.start(at(server)), probes.start(at(server))
        with pytest.raises(OverloadedError):
            probes.start(at(server))
        assert len(nearby(probes, [at(server)])) == 0
        second.stop()
        third = probes.start(at(server))
        for probe in (first, third):
            probe.stop()
        probes.close()


def test_no_key_stands_in_what_is_printed_of_it(gateway: Gateway) -> None:
    probes = Probes(gateway)
    refusal = says_no(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}})
    with FaultServer((refusal,)) as server:
        probe = probes.start(at(server))
        found = probe.wait(WAIT_S)
        probes.close()
    assert found.error is not None
    assert KEY not in f"{probe!r} {found!r} {found.error.message} {found.error.remedy}"


def test_nothing_that_outlives_the_visitor_keeps_his_key(gateway: Gateway) -> None:
    probes, key = Probes(gateway), "".join((KEY, "-1"))
    for behaviour in (answers(b'{"data": []}'), says_no(401)):
        with FaultServer((behaviour,)) as server:
            probe = probes.start(replace(at(server), api_key=key))
            probe.wait(WAIT_S)
            assert wait_for(lambda: not probes._open)
            assert id(key) in held_by(probe)
            assert id(key) not in held_by(probes)
    probes.close()


def test_looking_around_finds_those_that_run(gateway: Gateway) -> None:
    probes = Probes(gateway)
    with FaultServer((answers(b'{"data": [{"id": "a"}]}'),)) as server:
        nobody = Endpoint("Nobody", "openai", "http://127.0.0.1:9/v1")
        found = [probe.wait(WAIT_S).state for probe in nearby(probes, [at(server), nobody])]
        probes.close()
    assert found == ["lists", "failed"]
