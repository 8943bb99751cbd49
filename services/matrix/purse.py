"""What a job may spend: each call takes its bound before it is sent, and gives back what it did not cost."""

from __future__ import annotations

from decimal import Decimal


class Purse:
    """Not thread-safe: its job holds the lock. Nothing may be spent before allow().

    The bound of a call rests on an estimate of its prompt, so a call may cost more; what follows is then held back.
    """

    def __init__(self) -> None:
        self._ceiling_usd: Decimal | None = Decimal(0)
        self._held_usd = self.spent_usd = Decimal(0)

    def allow(self, usd: Decimal | None) -> None:
        """That much more than was spent by now; None: any sum."""
        self._ceiling_usd = None if usd is None else self.spent_usd + usd

    def take(self, bound_usd: Decimal | None) -> bool:
        """Sets the bound of one call aside, if what is left holds it. An unknown bound fits under no ceiling."""
        if not self._fits(bound_usd):
            return False
        self._held_usd += Decimal(0) if bound_usd is None else bound_usd
        return True

    def settle(self, bound_usd: Decimal | None, cost_usd: Decimal | None) -> None:
        """Ends what take() began. What a stopped call cost may be unknown: its bound stands in."""
        bound = Decimal(0) if bound_usd is None else bound_usd
        self._held_usd -= bound
        self.spent_usd += bound if cost_usd is None else cost_usd

    def _fits(self, bound_usd: Decimal | None) -> bool:
        if self._ceiling_usd is None:
            return True
        return bound_usd is not None and self.spent_usd + self._held_usd + bound_usd <= self._ceiling_usd
