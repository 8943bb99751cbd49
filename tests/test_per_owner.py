"""One value for each owner."""

from __future__ import annotations

import pytest

from services.per_owner import PerOwner


def test_a_change_that_fails_changes_nothing() -> None:
    kept: PerOwner[list[int]] = PerOwner(list, max_owners=5)
    kept.update("ann", lambda value: [1])
    with pytest.raises(ZeroDivisionError):
        kept.update("ann", lambda value: [1 // 0])
    assert kept.get("ann") == [1]


def test_the_owner_not_looked_at_for_longest_goes_first() -> None:
    kept: PerOwner[int] = PerOwner(int, max_owners=2)
    kept.update("ann", lambda value: 1)
    kept.update("bob", lambda value: 2)
    assert kept.get("ann") == 1
    kept.update("cid", lambda value: 3)
    assert (kept.get("ann"), kept.get("bob")) == (1, 0)
