"""The sandbox as a process: what it prints, whom it lets in, what it imports, and when it ends."""

import http.client
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

COMMAND = [sys.executable, "-m", "services.embedded.sandbox", "--port", "0"]


@contextmanager
def started(*options, env=None):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*COMMAND, *options], **pipes, env={**os.environ, **(env or {})}, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def status(base_url, path, key):
    where = urlsplit(base_url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    try:
        connection.request("GET", where.path + path, headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def is_up(base_url):
    try:
        return status(base_url, "/models", "secret") == 200
    except ConnectionError:
        return False


def is_gone_within(base_url, deadline_s):
    end_s = time.monotonic() + deadline_s
    while is_up(base_url) and time.monotonic() < end_s:
        time.sleep(0.01)
    return not is_up(base_url)


def test_alone_it_prints_two_addresses_and_for_whom_each_is():
    with started() as process:
        lines = [process.stdout.readline() for _ in range(4)]
        addresses = [line.split()[0] for line in lines if line.startswith("  http")]
        assert addresses == [f"{addresses[1]}/v1", addresses[1]]
        assert "OpenAI-style" in lines[1]
        assert "together SDK" in lines[2]
        assert status(addresses[0], "/models", "anything") == status(addresses[1], "/v1/models", "anything") == 200


def test_interrupted_it_ends_in_good_order():
    with started() as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_a_child_prints_one_line_of_json_once_it_answers():
    with started("--child", env={"CHILD_API_KEY": "secret"}) as process:
        line = json.loads(process.stdout.readline())
        assert line.keys() == {"base_url"}
        assert line["base_url"].endswith("/v1")
        assert is_up(line["base_url"])
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stdout.read() == ""


def test_a_child_lets_only_its_parent_in():
    with started("--child", env={"CHILD_API_KEY": "secret"}) as process:
        base_url = json.loads(process.stdout.readline())["base_url"]
        assert status(base_url, "/models", "secret") == 200
        assert status(base_url, "/models", "another") == 401


def test_a_child_without_a_key_does_not_start():
    with started("--child", env={"CHILD_API_KEY": ""}) as process:
        assert process.wait(10) == 2
        assert "CHILD_API_KEY" in process.stderr.read()


def test_a_taken_port_is_named():
    with started() as first:
        port = urlsplit([first.stdout.readline() for _ in range(3)][2].split()[0]).port
        with started("--port", str(port)) as second:
            assert second.wait(10) == 1
            assert f"port {port}" in second.stderr.read()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_child_dies_with_a_parent_that_is_killed():
    parent_code = """
        import subprocess, sys, time
        child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=sys.stdout)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(parent_code), *COMMAND, "--child"]
    env = {**os.environ, "CHILD_API_KEY": "secret"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as parent:
        base_url = json.loads(parent.stdout.readline())["base_url"]
        assert is_up(base_url)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        assert is_gone_within(base_url, 5)


def test_it_imports_nothing_else_of_this_project_and_no_client():
    code = """
        import json, sys
        from services.embedded.sandbox import __main__
        from services.embedded.sandbox.encoder import Encoder
        from services.embedded.sandbox.models import ASSETS
        at_start = sorted(sys.modules)
        Encoder(ASSETS / "encoder").encode(["a pump"])
        print(json.dumps([at_start, sorted(sys.modules)]))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    at_start, in_all = json.loads(run.stdout)
    ours = {name for name in in_all if name.split(".")[0] in ("services", "components", "pages", "hana_ai", "app")}
    # The parent package brings its own finder for imports; that knows nothing of any client.
    allowed = {"services", "services.beside_sap", "services.embedded"}
    assert {name for name in ours - allowed if not name.startswith("services.embedded.sandbox")} == set()
    assert not {"streamlit", "httpx", "together", "openai"} & {name.split(".")[0] for name in at_start}
    assert "model2vec" not in at_start
