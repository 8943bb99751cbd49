"""Runs all benchmarks or the named ones: python -m benchmarks [streaming arrivals startup toolkit ...]."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module

NAMES = (
    "streaming",
    "arrivals",
    "startup",
    "toolkit",
    "page_weight",
    "first_text",
    "browser",
    "search",
    "catalogue",
    "embedding",
    "embedding_tokens",
)


def main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"There is no benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    today, cores = datetime.now(UTC).date(), os.cpu_count()
    sys.stdout.write(f"{today}, {platform.system()} {platform.machine()}, {cores} cores, {sys.version.split()[0]}\n\n")
    for name in names or NAMES:
        for table in import_module(f"benchmarks.{name}").run():
            sys.stdout.write(f"{table}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
