"""Finds a Chromium for the browser tests, and installs one where there is none: python scripts/chromium.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_TIMEOUT_S = 300


def find() -> str | None:
    """The path of an executable: CHROMIUM_PATH, else Playwright's own, else the system's."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    own = playwright_own()
    if own is not None:
        return own
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def playwright_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> str:
    """Tries Playwright's download, then Debian's package; returns "" or why neither came."""
    for command in ([sys.executable, "-m", "playwright", "install", "chromium"], debian()):
        if command and finished(command) and find() is not None:
            return ""
    return "Playwright's download failed, and no Debian package could be installed"


def debian() -> list[str] | None:
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    return ["sh", "-c", "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium"]


def finished(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=DOWNLOAD_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    why = "" if find() is not None else install()
    if why:
        print(f"NO BROWSER: {why}. The browser tests will be SKIPPED. Set CHROMIUM_PATH to run them.", flush=True)
        return 1 if os.environ.get("CI") else 0
    print(f"Browser tests use {find()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
