"""What goes wrong on the way to SAP HANA: lost connections, time limits, Cancel, refusals, and what errors show."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    AccessDeniedError,
    AuthError,
    BadRequestError,
    BlockedError,
    ConfigError,
    ConflictError,
    ConnectError,
    DeadlineError,
    NotFoundError,
    OverloadedError,
    ServerError,
    ServiceError,
    StoppedError,
    TlsError,
    TooLargeError,
)
from services.settings import HanaSettings
from services.tables.connection import driver
from services.tables.hana import HanaSource
from services.tables.reads import Reads
from services.tables.source import ObjectName, SampleRequest
from tests.hana_server.relay import relay
from tests.hana_server.running import HanaServer, hana_server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)
LEDGER = ObjectName("SALES", "BSEG")
COUNTING = 'SELECT COUNT(*) FROM "SALES"."BSEG"'
PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=50) as running:
        yield running


@pytest.fixture
def source(server: HanaServer) -> Iterator[HanaSource]:
    source = HanaSource(server.settings(), query_timeout_s=1, communication_timeout_ms=2_500, busy_wait_s=0.05)
    yield source
    source.close()


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[Future[Any]]:
    with ThreadPoolExecutor(1) as worker:
        yield worker.submit(work)


def raised(work: Callable[[], Any]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        work()
    return caught.value


def test_nothing_connects_before_the_first_call(server: HanaServer) -> None:
    before = server.connections()
    source = HanaSource(server.settings())
    source.cancel()
    source.close()
    assert server.connections() == before


def test_one_connection_serves_all_calls(source: HanaSource, server: HanaServer) -> None:
    before = server.logins()
    for _ in range(3):
        source.count(LEDGER)
        source.schemas()
    assert server.logins() == before + 1


def test_a_source_that_was_closed_hangs_up_and_stays_closed(server: HanaServer) -> None:
    server.wait_until_open(0)
    source = HanaSource(server.settings())
    source.schemas()
    source.close()
    server.wait_until_open(0)
    assert type(raised(source.schemas)) is ConnectError
    source.close()


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_lost_mid_fetch_is_said_and_made_anew_by_the_next_call(
    source: HanaSource, server: HanaServer, reset: bool
) -> None:
    server.kill_after_rows(120, matching='FROM "SALES"."BSEG"', reset=reset)
    error = raised(lambda: source.sample(SampleRequest(LEDGER, rows=1_000)))
    assert type(error) is ConnectError
    assert "was lost" in str(error)
    assert "a new connection is made" in error.remedy
    assert len(source.sample(SampleRequest(LEDGER, rows=1_000)).rows) == 1_000


def test_a_connection_that_broke_while_nobody_used_it_is_replaced_unasked(
    source: HanaSource, server: HanaServer
) -> None:
    source.schemas()
    logins = server.logins()
    server.kill_after_rows(0, matching="READ ONLY")
    assert source.count(LEDGER) == 2_500
    assert server.logins() == logins + 1


def test_a_refused_statement_costs_no_connection(source: HanaSource, server: HanaServer) -> None:
    source.schemas()
    logins = server.logins()
    server.fail(257, matching=COUNTING)
    assert type(raised(lambda: source.count(LEDGER))) is BadRequestError
    assert source.count(LEDGER) == 2_500
    assert server.logins() == logins


def test_a_query_over_its_limit_is_ended_by_the_server(source: HanaSource, server: HanaServer) -> None:
    """From the first call on: the driver speaks of a limit only once the server has replied to some statement."""
    server.hold(matching=COUNTING)
    error = raised(lambda: source.count(LEDGER))
    assert (type(error), error.code) == (DeadlineError, "613")
    assert source.count(LEDGER) == 2_500


def test_a_server_that_falls_silent_is_given_up(source: HanaSource, server: HanaServer) -> None:
    server.never_answer(matching=COUNTING)
    started = time.monotonic()
    error = raised(lambda: source.count(LEDGER))
    assert type(error) is DeadlineError
    assert "within 2.5 s" in str(error)
    assert time.monotonic() - started < PATIENCE_S
    assert source.count(LEDGER) == 2_500


def test_cancel_ends_the_running_query_and_the_source_goes_on(server: HanaServer) -> None:
    source = HanaSource(server.settings())
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        source.cancel()
        assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
    assert any(sql.startswith("ALTER SYSTEM CANCEL SESSION") for sql in server.log())
    assert source.count(LEDGER) == 2_500
    # A cancel that came late would otherwise end a query nobody wanted to end.
    cancelled, counted = [one.connection for one in server.received() if one.sql == COUNTING][-2:]
    assert cancelled != counted
    source.close()


def test_other_threads_run_while_a_cancel_is_under_way(server: HanaServer) -> None:
    """A thread of this process carries the bytes: where the driver waits with the interpreter locked, none arrive."""
    with relay(server.host, server.port) as between:
        source = HanaSource(
            server.settings(port=between.port),
            query_timeout_s=4,
            communication_timeout_ms=5_000,
            connect_timeout_ms=3_000,
        )
        server.hold(matching=COUNTING)
        with beside(lambda: source.count(LEDGER)) as counting:
            server.wait_until_held()
            source.cancel()
            assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
        source.close()
    assert server.received()[-1].sql.startswith("ALTER SYSTEM CANCEL SESSION")


def test_cancel_with_nothing_running_leaves_the_next_call_alone(source: HanaSource) -> None:
    source.schemas()
    source.cancel()
    assert source.count(LEDGER) == 2_500


def test_a_cancel_that_the_server_refuses_still_stops_the_call_when_it_ends(
    source: HanaSource, server: HanaServer
) -> None:
    source.schemas()
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        server.refuse_login(times=4)
        source.cancel()
        server.release()
        assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
    assert source.count(LEDGER) == 2_500


class Deaf:
    """The real driver, which loses the first cancel without a word, as it does between a statement and its wait."""

    def __init__(self) -> None:
        self.real = driver()
        self.Error = self.real.Error
        self.cancels = 0

    def connect(self, **options: Any) -> Deaf.Connection:
        return self.Connection(self, self.real.connect(**options))

    class Connection:
        def __init__(self, deaf: Deaf, real: Any) -> None:
            self._deaf, self._real = deaf, real
            self.cursor, self.rollback, self.close = real.cursor, real.rollback, real.close

        def cancel(self) -> None:
            self._deaf.cancels += 1
            if self._deaf.cancels > 1:
                self._real.cancel()


def test_a_cancel_that_the_driver_lost_is_said_again(server: HanaServer) -> None:
    deaf = Deaf()
    source = HanaSource(server.settings(), load_driver=lambda: deaf)
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        source.cancel()
        assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
    assert deaf.cancels >= 2
    source.close()


class Watched:
    """The real driver, whose connections tell what is done to them; a cancel waits until it may go on."""

    def __init__(self) -> None:
        self.real = driver()
        self.Error = self.real.Error
        self.did: list[str] = []
        self.cancelling, self.may_cancel = threading.Event(), threading.Event()

    def connect(self, **options: Any) -> Watched.Connection:
        return self.Connection(self, self.real.connect(**options))

    class Connection:
        def __init__(self, watched: Watched, real: Any) -> None:
            self._watched, self._real = watched, real
            self.cursor, self.rollback = real.cursor, real.rollback

        def cancel(self) -> None:
            self._watched.did.append("cancel")
            self._watched.cancelling.set()
            assert self._watched.may_cancel.wait(PATIENCE_S)

        def close(self) -> None:
            self._watched.did.append("close")
            self._real.close()


def test_a_connection_is_closed_once_by_whoever_of_reader_and_canceller_is_last(server: HanaServer) -> None:
    watched = Watched()
    source = HanaSource(server.settings(), load_driver=lambda: watched)
    source.schemas()
    source.cancel()
    assert watched.did == []
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        with beside(source.cancel) as cancelling:
            assert watched.cancelling.wait(PATIENCE_S)
            server.release()
            assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
            assert watched.did == ["cancel"]
            watched.may_cancel.set()
            cancelling.result(PATIENCE_S)
    assert watched.did == ["cancel", "close"]
    source.close()


def test_cancel_reaches_a_call_between_two_statements(server: HanaServer) -> None:
    """As it reaches one that is still connecting: no statement follows a cancel."""
    source = HanaSource(server.settings())
    server.hold(matching="SYS.CONSTRAINTS")
    with beside(lambda: source.sample(SampleRequest(LEDGER))) as sampling:
        server.wait_until_held()
        source.cancel()
        assert type(raised(lambda: sampling.result(PATIENCE_S))) is StoppedError
    assert "SYS.CONSTRAINTS" in [sql for sql in server.log() if not sql.startswith("ALTER")][-1]
    source.close()


def test_cancel_while_connecting_stops_the_call(server: HanaServer) -> None:
    server.accept_silently()
    source = HanaSource(server.settings(), connect_timeout_ms=500)
    before = server.connections()
    with beside(source.schemas) as reading:
        deadline = time.monotonic() + PATIENCE_S
        while server.connections() == before and time.monotonic() < deadline:
            time.sleep(0.005)
        source.cancel()
        problem = raised(lambda: reading.result(PATIENCE_S))
    assert type(problem) in (StoppedError, DeadlineError)
    source.close()


def test_a_second_caller_is_told_that_a_query_is_running(source: HanaSource, server: HanaServer) -> None:
    source.schemas()
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        error = raised(source.schemas)
        assert (type(error), error.retryable) == (ConflictError, True)
        assert "running" in str(error)
        server.release()
        assert counting.result(PATIENCE_S) == 2_500


def test_many_threads_at_once_each_get_an_answer_of_their_own(server: HanaServer) -> None:
    source = HanaSource(server.settings(), busy_wait_s=PATIENCE_S)
    logins = server.logins()
    with ThreadPoolExecutor(8) as workers:
        counts = workers.map(lambda n: source.count(LEDGER) if n % 2 else len(source.columns(LEDGER)), range(24))
        assert list(counts) == [4, 2_500] * 12
    assert server.logins() == logins + 1
    source.close()


def test_close_ends_a_running_query(server: HanaServer) -> None:
    source = HanaSource(server.settings(), busy_wait_s=0.05)
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        source.close()
        assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
    server.wait_until_open(0)


def test_a_page_s_cancel_reaches_the_database(server: HanaServer) -> None:
    reads = Reads[int](HanaSource(server.settings()))
    server.hold(matching=COUNTING)
    reads.begin("Counting", lambda source: source.count(LEDGER))
    server.wait_until_held()
    reads.close()
    reading = reads.current()
    assert reading is not None
    assert type(reading.problem) is StoppedError


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (4, TooLargeError),
        (7, BadRequestError),
        (131, ConflictError),
        (133, ConflictError),
        (139, StoppedError),
        (257, BadRequestError),
        (258, AccessDeniedError),
        (259, NotFoundError),
        (260, NotFoundError),
        (328, BadRequestError),
        (362, NotFoundError),
        (397, BadRequestError),
        (613, DeadlineError),
        (1888, OverloadedError),
        (2048, ServerError),
        (9_999, ServerError),
    ],
)
def test_a_refusal_has_a_name_and_does_not_repeat_the_server_s_text(
    source: HanaSource, server: HanaServer, code: int, kind: type[ServiceError]
) -> None:
    server.fail(code, "failed with the value 'Secret Person'", matching=COUNTING)
    error = raised(lambda: source.count(LEDGER))
    assert (type(error), error.code) == (kind, str(code))
    assert error.remedy
    assert "Secret Person" not in shown(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(10, AuthError), (414, AuthError), (416, AuthError), (663, BlockedError), (1888, OverloadedError)],
)
def test_a_refused_login_has_a_name(server: HanaServer, code: int, kind: type[ServiceError]) -> None:
    server.refuse_login(code)
    source = HanaSource(server.settings())
    assert type(raised(source.schemas)) is kind
    assert source.schemas()
    source.close()


def test_a_wrong_password_is_refused_and_never_shown(server: HanaServer) -> None:
    password = "Wrong-but-still-secret-0815"
    source = HanaSource(server.settings(password=password))
    error = raised(source.schemas)
    assert type(error) is AuthError
    assert password not in shown(error)


@pytest.mark.parametrize(
    "fault",
    [
        lambda server: server.fail(2048, matching=COUNTING),
        lambda server: server.kill_after_rows(0, matching=COUNTING),
        lambda server: server.never_answer(matching=COUNTING),
        lambda server: server.fail(258, matching="READ ONLY"),
    ],
)
def test_no_error_holds_the_password_in_anything_a_traceback_reaches(
    source: HanaSource, server: HanaServer, fault: Callable[[HanaServer], None]
) -> None:
    source.schemas()
    fault(server)
    error = raised(lambda: source.count(LEDGER))
    assert server.password not in shown(error)
    assert server.user not in shown(error)


def shown(error: BaseException) -> str:
    """All that a log, a page or a debugger's list of locals would show, as repr() and as str()."""
    assert error.__cause__ is None
    assert error.__context__ is None
    found = [*traceback.TracebackException.from_exception(error, capture_locals=True).format(), repr(vars(error))]
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "services" in frame.f_code.co_filename:
            found += [f"{name}={value} {value!r}" for name, value in frame.f_locals.items()]
    return "\n".join(found)


def test_a_source_shows_neither_user_nor_password(source: HanaSource, server: HanaServer) -> None:
    source.schemas()
    for text in (repr(source), str(source), source.name):
        assert server.password not in text
        assert server.user not in text


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = raised(HanaSource(HanaSettings("127.0.0.1", port, "ANN", "x", encrypt=False)).schemas)
    assert type(error) is ConnectError
    assert "the port" in error.remedy


def test_a_host_that_swallows_the_first_packet_is_given_up_in_time() -> None:
    """A full backlog drops what comes, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        started = time.monotonic()
        source = HanaSource(HanaSettings(address[0], address[1], "ANN", "x", encrypt=False), connect_timeout_ms=400)
        assert type(raised(source.schemas)) is DeadlineError
        assert time.monotonic() - started < PATIENCE_S
        for one in waiting:
            one.close()


def test_without_the_driver_the_first_call_says_so() -> None:
    source = HanaSource(HanaSettings("127.0.0.1", 1, "ANN", "x"), load_driver=lambda: driver("hdbcli_nobody_has"))
    assert type(raised(source.schemas)) is ConfigError
    source.close()


@pytest.mark.parametrize(
    "limits",
    [
        {"query_timeout_s": 60, "communication_timeout_ms": 60_000},
        {"query_timeout_s": 0},
        {"query_timeout_s": -1},
        {"fetch_rows": 0},
    ],
)
def test_limits_that_bound_nothing_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        HanaSource(HanaSettings("h"), **limits)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HanaServer, Path]]:
    folder = tmp_path_factory.mktemp("certificate")
    key, root, both = folder / "key.pem", folder / "root.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hana.example"]
    names = ["-addext", "subjectAltName=DNS:hana.example"]
    subprocess.run([*command, *names, "-keyout", key, "-out", root], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + root.read_bytes())
    with hana_server(certificate=both) as server:
        yield server, root


def over_tls(certified: tuple[HanaServer, Path], **changes: Any) -> HanaSource:
    server, root = certified
    known = {"encrypt": True, "trust_store": root, "host_in_certificate": "hana.example"}
    return HanaSource(server.settings(**(known | changes)))


def test_a_certificate_of_one_s_own_is_trusted_by_its_store_and_its_name(certified: tuple[HanaServer, Path]) -> None:
    source = over_tls(certified)
    assert "SALES" in source.schemas()
    source.close()


@pytest.mark.parametrize("changes", [{"trust_store": None}, {"host_in_certificate": "other.example"}])
def test_a_certificate_of_nobody_we_trust_or_of_another_host_is_refused(
    certified: tuple[HanaServer, Path], changes: dict[str, Any]
) -> None:
    error = raised(over_tls(certified, **changes).schemas)
    assert type(error) is TlsError
    assert "certificate" in str(error)


def test_cancel_goes_over_tls_too(certified: tuple[HanaServer, Path]) -> None:
    server, _ = certified
    source = over_tls(certified)
    server.hold(matching=COUNTING)
    with beside(lambda: source.count(LEDGER)) as counting:
        server.wait_until_held()
        source.cancel()
        assert type(raised(lambda: counting.result(PATIENCE_S))) is StoppedError
    source.close()


def test_no_thread_is_left_behind(server: HanaServer) -> None:
    before = set(threading.enumerate())
    source = HanaSource(server.settings())
    source.schemas()
    source.close()
    assert set(threading.enumerate()) == before
