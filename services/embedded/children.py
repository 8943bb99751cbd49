"""Starts a child server, waits until it answers, and makes sure that it ends when this process does.

The protocol, both ends: the child reads its key from CHILD_API_KEY, prints one JSON line {"base_url": "http://…/v1"} on
stdout once it answers, and ends as soon as its stdin reaches EOF. Only this process holds the writing end of that pipe,
so the child sees EOF however this process ends, SIGKILL included, on every platform.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from services.errors import UnavailableError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
LINE_BYTES = 4096
TAIL_LINES = 40

# Everything a child may see of its parent's environment. A list of what is let through, not of what is kept out: the
# next secret somebody exports is then kept out too.
_PASSED_ON = (
    *("PATH", "HOME", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "TMPDIR"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV"),
)


class Child:
    """A running server. base_url ends in /v1; api_key is drawn anew for every start and is the only one it accepts."""

    def __init__(self, process: subprocess.Popen[bytes], api_key: str, *, grace_s: float = 1.0) -> None:
        self.base_url = ""
        self.api_key = api_key
        self._process, self._grace_s = process, grace_s
        self._announced = threading.Event()
        self._first_line = b""
        self._tail: deque[bytes] = deque(maxlen=TAIL_LINES)
        self._drains = [
            threading.Thread(target=drain, name=f"child-{process.pid}-{drain.__name__}", daemon=True)
            for drain in (self._drain_stdout, self._drain_stderr)
        ]
        for thread in self._drains:
            thread.start()

    def __repr__(self) -> str:
        return f"Child(pid={self.pid}, base_url={self.base_url!r})"

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def reason(self) -> str | None:
        """One sentence on why it ended, without its key; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        self._join_drains()
        last_words = self._last_words()
        ending = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"The child process {ending}: {last_words}" if last_words else f"The child process {ending}."

    def stop(self) -> None:
        """Ends the child: by EOF, else terminate, else kill. May be called twice and from any thread."""
        for last_resort in (self._close_stdin, self._process.terminate, self._process.kill):
            last_resort()
            if self._ended_within(self._grace_s):
                break
        else:
            self._process.wait()
        self._join_drains()

    def _await_address(self, wait_s: float) -> None:
        """Sets base_url. Raises UnavailableError (the child is ended then) when no usable line comes in wait_s."""
        answered = self._announced.wait(wait_s)
        address = _address_in(self._first_line)
        if address is not None:
            self.base_url = address
            return
        if answered:
            self._ended_within(self._grace_s)
        ended_by_itself = self.reason()
        self.stop()
        raise UnavailableError(ended_by_itself or self._silence(answered, wait_s))

    def _silence(self, answered: bool, wait_s: float) -> str:
        what = "announced no address" if answered else f"did not answer within {wait_s:g} s"
        return " ".join(filter(None, (f"The child process {what}.", self._last_words())))

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _join_drains(self) -> None:
        for thread in self._drains:
            thread.join(self._grace_s)

    def _last_words(self) -> str:
        lines = [line.decode("utf-8", "replace").strip() for line in list(self._tail)]
        spoken = [line for line in lines if line]
        return spoken[-1].replace(self.api_key, "…")[:300] if spoken else ""

    def _drain_stdout(self) -> None:
        with _pipe(self._process.stdout) as stdout:
            self._first_line = stdout.readline(LINE_BYTES)
            self._announced.set()
            while stdout.read(LINE_BYTES):
                pass

    def _drain_stderr(self) -> None:
        with _pipe(self._process.stderr) as stderr:
            while line := stderr.readline(LINE_BYTES):
                self._tail.append(line)


def start(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, wait_s: float = 5.0, grace_s: float = 1.0
) -> Child:
    """Starts argv and returns once it answers. env is added to the little a child sees of this process's environment.

    Raises UnavailableError with the reason when it cannot be started, ends, or is silent for wait_s.
    """
    api_key = secrets.token_urlsafe(24)
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**child_environment(os.environ), **(env or {}), "CHILD_API_KEY": api_key},
            close_fds=True,
            **_own_group(),
        )
    except OSError as problem:
        raise UnavailableError(f"The child process could not be started: {problem.strerror}.") from None
    child = Child(process, api_key, grace_s=grace_s)
    child._await_address(wait_s)
    return child


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of environ a child may see, with this project importable and the working directory not."""
    passed_on = {name: environ[name] for name in _PASSED_ON if name in environ}
    import_path = os.pathsep.join(filter(None, (str(PROJECT_ROOT), environ.get("PYTHONPATH", ""))))
    return {**passed_on, "PYTHONPATH": import_path, "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}


def _own_group() -> dict[str, Any]:
    """Ctrl-C in a terminal reaches a whole process group; a child in its own ends by EOF, without a traceback."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def _address_in(line: bytes) -> str | None:
    try:
        announced = json.loads(line)
    except ValueError:
        return None
    address = announced.get("base_url") if isinstance(announced, dict) else None
    if not isinstance(address, str) or urlsplit(address).scheme != "http":
        return None
    return address.rstrip("/")
