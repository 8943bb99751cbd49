"""How many processor cores this process may really use."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP, affinity: int | None = None) -> int:
    """At least 1; no more than the affinity mask (asked from the system if None) or a container's CPU quota allows."""
    cores = _affinity() if affinity is None else affinity
    quota = _quota(cgroup)
    return max(1, cores if quota is None else min(cores, math.floor(quota)))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    counted = os.cpu_count()
    return 1 if counted is None else counted


def _quota(cgroup: Path) -> float | None:
    """In cores, from cgroup v2's cpu.max or v1's cfs files; None where nothing is limited."""
    v2 = _words(cgroup / "cpu.max")
    v1 = _words(cgroup / "cpu/cpu.cfs_quota_us") + _words(cgroup / "cpu/cpu.cfs_period_us")
    for words in (v2, v1):
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]) > 0:
            return int(words[0]) / int(words[1])
    return None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []
