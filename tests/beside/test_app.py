"""The playground itself in an environment that has SAP's package, on the versions which that one asks for."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import httpx

from tests.beside.conftest import ROOT, Run
from tests.test_app import PASSED_ON, wait_until_healthy

PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py") if path.name != "shell.py")


def test_every_page_runs_after_saps_modules(run: Run) -> None:
    code = f"""
import hana_ai.tools.toolkit
from streamlit.testing.v1 import AppTest
shell = AppTest.from_file("pages/shell.py", default_timeout=60).run()
for page in {PAGES!r}:
    ran = shell.switch_page(page).run()
    assert not ran.exception, (page, ran.exception)
    print(page, len(ran.main) > 0)
from services.resources import playground
playground().close()
"""
    done = run(code, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{page} True" for page in PAGES]


def test_the_app_is_served(beside: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [str(beside), "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(port)],
        cwd=ROOT,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
            wait_until_healthy(client, process)
            page = client.get("/chat")
    finally:
        process.terminate()
        process.wait(10)
    assert page.status_code == 200
    assert "img-src 'self'" in page.headers["content-security-policy"]
