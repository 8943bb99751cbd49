"""A child server answers, keeps its parent's secrets unseen, and never outlives it."""

import json
import os
import signal
import socket
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.embedded import children
from services.embedded.children import Child
from services.errors import UnavailableError

LISTENS = """
    import json, os, signal, socket, sys, time
    listener = socket.create_server(("127.0.0.1", 0))
    def announce():
        print(json.dumps({"base_url": f"http://127.0.0.1:{listener.getsockname()[1]}/v1"}), flush=True)
    def wait_for_eof():
        sys.stdin.buffer.read()
        os._exit(0)
"""
OBEDIENT = "announce(); wait_for_eof()"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups of POSIX")


def argv(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(LISTENS) + textwrap.dedent(code), *arguments]


@pytest.fixture
def started() -> Iterator[list[Child]]:
    """Children to be ended after the test, whatever it found."""
    those: list[Child] = []
    yield those
    for child in those:
        child.stop()


def ended(child: Child, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while child.alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not child.alive()


def connected(base_url: str) -> socket.socket:
    address = urlsplit(base_url)
    return socket.create_connection((address.hostname, address.port), timeout=2)


def test_a_child_that_answers_is_given_its_key_and_gives_its_address(started, tmp_path):
    key_file = tmp_path / "key"
    code = "open(sys.argv[1], 'w').write(os.environ['CHILD_API_KEY']);" + OBEDIENT
    child = children.start(argv(code, str(key_file)))
    started.append(child)
    assert child.alive()
    assert child.reason() is None
    assert child.base_url.endswith("/v1")
    assert key_file.read_text() == child.api_key
    connected(child.base_url).close()


def test_each_start_draws_a_new_key_and_no_repr_shows_it(started):
    started += [children.start(argv(OBEDIENT)) for _ in range(2)]
    first, second = started
    assert first.api_key != second.api_key
    assert len(first.api_key) >= 32
    assert first.api_key not in repr(first)


def test_nothing_of_the_parents_environment_but_the_listed_names_is_seen(started, tmp_path, monkeypatch):
    for name in ("TOGETHER_API_KEY", "HANA_PASSWORD", "SOME_NEW_TOKEN"):
        monkeypatch.setenv(name, "made-up-secret")
    seen_file = tmp_path / "environment"
    code = "json.dump(dict(os.environ), open(sys.argv[1], 'w'));" + OBEDIENT
    started.append(children.start(argv(code, str(seen_file)), env={"SANDBOX_SEED": "7"}))
    seen = json.loads(seen_file.read_text())
    assert "made-up-secret" not in seen.values()
    assert seen["SANDBOX_SEED"] == "7"
    assert {"PATH", "PYTHONPATH", "CHILD_API_KEY"} <= seen.keys()


def test_the_project_is_importable_in_a_child_and_the_working_directory_is_not(started, tmp_path, monkeypatch):
    (tmp_path / "services.py").write_text("raise RuntimeError('the wrong services')")
    monkeypatch.chdir(tmp_path)
    started.append(children.start(argv("import services.errors;" + OBEDIENT)))


def test_a_silent_child_is_ended_and_its_last_words_are_told(tmp_path):
    pid_file = tmp_path / "pid"
    code = (
        "open(sys.argv[1], 'w').write(str(os.getpid())); print('loading', file=sys.stderr, flush=True); wait_for_eof()"
    )
    with pytest.raises(UnavailableError, match="did not answer within 1 s. loading") as caught:
        children.start(argv(code, str(pid_file)), wait_s=1)
    assert caught.value.remedy
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_a_child_that_dies_at_start_is_told_at_once_with_its_reason():
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="ended with code 1: RuntimeError: no such model"):
        children.start(argv("raise RuntimeError('no such model')"), wait_s=60)
    assert time.monotonic() - began < 20


def test_a_reason_never_holds_the_key():
    with pytest.raises(UnavailableError, match="key … refused"):
        children.start(argv("sys.exit(f\"key {os.environ['CHILD_API_KEY']} refused\")"))


@pytest.mark.parametrize("line", ["ready", "{}", "[]", '{"base_url": 7}', '{"base_url": "file:///etc"}', ""])
def test_a_line_without_an_address_is_refused_and_the_child_ended(line):
    with pytest.raises(UnavailableError, match="announced no address"):
        children.start(argv("print(sys.argv[1], flush=True); wait_for_eof()", line), grace_s=0.3)


def test_a_program_that_is_not_there_is_a_reason_not_a_crash(tmp_path):
    with pytest.raises(UnavailableError, match="could not be started: No such file"):
        children.start([str(tmp_path / "absent")])


def test_a_child_that_floods_both_its_outputs_is_never_blocked(started):
    flood = "print('x' * 100, file=sys.stderr)\nfor _ in range(200): print('y' * 50_000, file=sys.stderr)\n"
    after = "announce()\nfor _ in range(200): print('z' * 50_000)\nsys.exit(3)"
    child = children.start(argv(flood + after), wait_s=20)
    started.append(child)
    assert ended(child)
    reason = child.reason()
    assert reason is not None
    assert "code 3" in reason
    assert len(reason) < 400


@posix
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (OBEDIENT, "ended with code 0"),
        ("announce(); time.sleep(60)", f"ended by signal {signal.SIGTERM.value}"),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); announce(); time.sleep(60)", "ended by signal 9"),
    ],
    ids=["hears the end of stdin", "hears terminate", "hears neither"],
)
def test_stop_ends_a_child_by_the_gentlest_means_it_hears(started, code, reason):
    child = children.start(argv(code), grace_s=0.3)
    started.append(child)
    child.stop()
    assert not child.alive()
    assert reason in (child.reason() or "")


def test_stop_may_be_called_again_and_from_many_threads(started):
    child = children.start(argv(OBEDIENT))
    started.append(child)
    threads = [threading.Thread(target=child.stop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    child.stop()
    assert not child.alive()


def test_no_thread_is_left_after_stop():
    before = threading.active_count()
    children.start(argv(OBEDIENT)).stop()
    assert threading.active_count() == before


def test_a_sibling_does_not_keep_a_child_alive(started):
    started += [children.start(argv(OBEDIENT), grace_s=5) for _ in range(2)]
    started[0].stop()
    assert "code 0" in (started[0].reason() or "")
    assert started[1].alive()


@posix
def test_a_child_is_out_of_reach_of_the_terminals_interrupt(started):
    started.append(children.start(argv(OBEDIENT)))
    assert os.getpgid(started[0].pid) != os.getpgid(0)


@posix
def test_a_child_ends_when_its_parent_is_killed(orphan_maker, refused_within_2_s):
    root = Path(children.__file__).resolve().parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r})\nfrom services.embedded import children\n"
    parent, base_url = orphan_maker(f"{code}child = children.start({argv(OBEDIENT)!r})")
    connected(base_url).close()
    os.kill(parent.pid, signal.SIGKILL)
    assert refused_within_2_s(base_url)
