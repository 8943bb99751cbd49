"""Our folder hana_ai beside SAP's package of that name, in a source checkout.

Ours has no __init__, so that SAP's stays whole; but then Python takes SAP's alone wherever it is installed. Whatever of
`hana_ai` nobody else has is therefore looked for here last of all, from the first import of `services` on. An installed
wheel does not need it: there both lie in one folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).resolve().parents[1]


class Fallback:
    """A finder that is asked last, and only for what stands below hana_ai."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith("hana_ai."):
            return None
        return PathFinder.find_spec(name, [str(_ROOT.joinpath(*name.split(".")[:-1]))])


def share() -> None:
    """Once per interpreter, however often it is called."""
    if not any(isinstance(finder, Fallback) for finder in sys.meta_path):
        sys.meta_path.append(Fallback())
