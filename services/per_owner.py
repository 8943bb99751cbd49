"""One value for each owner, shared by his tabs and bounded in number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerOwner(Generic[T]):
    """Thread-safe. Of more than max_owners, the one not looked at for longest goes first."""

    def __init__(self, new: Callable[[], T], *, max_owners: int) -> None:
        self._new, self._max_owners = new, max_owners
        self._lock = threading.Lock()
        self._values: OrderedDict[str, T] = OrderedDict()

    def get(self, owner: str) -> T:
        return self.update(owner, lambda value: value)

    def update(self, owner: str, change: Callable[[T], T]) -> T:
        """Applies change under the lock and returns what stands then; a change that fails changes nothing."""
        with self._lock:
            value = change(self._values[owner] if owner in self._values else self._new())
            self._values[owner] = value
            self._values.move_to_end(owner)
            while len(self._values) > self._max_owners:
                self._values.popitem(last=False)
            return value
