"""What each visitor has set up for asking models about rows: prompt, models, how many rows, checks and ceiling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from services.answers.comparisons import Panel
from services.matrix.checks import Check
from services.matrix.plans import DEFAULT_CAP_USD
from services.per_owner import PerOwner

FIRST_ROWS, FIRST_MAX_TOKENS = 5, 200


@dataclass(frozen=True)
class Setup:
    """number is the sample's it was made for, as Workspace counts them; revision counts the prompts that were put in
    place of what stood in the field.

    rows: how many from the top are asked where none are selected. What may cost more than ceiling_usd must be
    confirmed; None: nothing need be.
    """

    panels: tuple[Panel, ...]
    number: int = 0
    revision: int = 0
    text: str = ""
    system: str = ""
    rows: int = FIRST_ROWS
    max_tokens: int = FIRST_MAX_TOKENS
    checks: tuple[Check, ...] = ()
    ceiling_usd: Decimal | None = DEFAULT_CAP_USD

    def rewritten(self, text: str) -> Setup:
        """With another prompt than the one that was typed."""
        return replace(self, text=text, revision=self.revision + 1)


class Setups:
    """Of each owner; None before he looked. Thread-safe."""

    def __init__(self, *, max_owners: int = 500) -> None:
        self._kept: PerOwner[Setup | None] = PerOwner(lambda: None, max_owners=max_owners)

    def current(self, owner: str) -> Setup | None:
        return self._kept.get(owner)

    def update(self, owner: str, change: Callable[[Setup | None], Setup]) -> Setup:
        changed = self._kept.update(owner, change)
        assert changed is not None
        return changed
