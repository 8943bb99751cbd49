"""Virtual environments that are kept under .cache/, and made anew when what belongs into one has changed."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
INSTALL_TIMEOUT_S = 900
_SHOWN_LINES = 12


class InstallError(RuntimeError):
    """What pip said last."""


def kept(
    name: str,
    requirements: Sequence[str],
    constraints: Path | None = None,
    *,
    cache: Path = CACHE,
    options: Sequence[str] = (),
) -> Path:
    """The interpreter of the environment cache/name. Raises InstallError; what is half made is made anew next time.

    requirements are lines as pip reads them, constraints a file of exact versions, options pip's own.
    """
    folder = cache / name
    made_of = folder / "made-of"
    wanted = _fingerprint(requirements, constraints)
    if not made_of.is_file() or made_of.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _finished([sys.executable, "-m", "venv", str(folder)])
        if requirements:
            listed = folder / "requirements.txt"
            listed.write_text("\n".join(requirements), "utf-8")
            held = () if constraints is None else ("-c", str(constraints))
            _finished([str(python_of(folder)), "-m", "pip", "install", "-q", *options, *held, "-r", str(listed)])
        made_of.write_text(wanted, "utf-8")
    return python_of(folder)


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def lines_of(requirements: Path) -> list[str]:
    """The requirements of a file, without comments and without what points to other files."""
    lines = (line.strip() for line in requirements.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _fingerprint(requirements: Sequence[str], constraints: Path | None) -> str:
    held = "" if constraints is None else constraints.read_text("utf-8")
    parts = (sys.version, sys.executable, platform.platform(), *requirements, held)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _finished(command: Sequence[str]) -> None:
    # Leaving pip's own checks of its version out spares a request and a warning.
    environ = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-_SHOWN_LINES:]
        raise InstallError("\n".join((f"{' '.join(command)} ended with {done.returncode}:", *said)))
