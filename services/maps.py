"""Maps of vectors, drawn in the background and kept for all who look at the same vectors."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from services.background import Background
from services.embedding.embedded import Embedded
from services.embedding.encoder import Vectors
from services.embedding.map_loss import Loss, loss
from services.embedding.projection import Method, Projection, pca, tsne

Draw = Callable[[Vectors], Projection]
# A map and what it loses.
Drawing = Background[tuple[Projection, Loss | None]]
METHODS: dict[Method, Draw] = {"pca": pca, "t-sne": tsne}


class Maps:
    """max_live are drawn at once, max_kept remembered, those not looked at for longest out first. Thread-safe.

    What draws cannot be interrupted, but is bounded: whoever does not want to wait looks at another map meanwhile.
    """

    def __init__(
        self,
        *,
        draw: dict[Method, Draw] | None = None,
        clock_s: Callable[[], float] = time.monotonic,
        max_live: int = 2,
        max_kept: int = 32,
    ) -> None:
        self._draw, self._clock_s, self._max_kept = METHODS if draw is None else draw, clock_s, max_kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Method], Drawing] = OrderedDict()
        self._workers = ThreadPoolExecutor(max_live, thread_name_prefix="map")

    def of(self, embedded: Embedded, method: Method) -> Drawing:
        """The one that was begun already for these very vectors, else a new one."""
        key = (embedded.id, method)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = Background(self._workers, partial(self._drawn, embedded, method), self._clock_s)
            self._kept.move_to_end(key)
            while len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
            return self._kept[key]

    def close(self) -> None:
        """Waits for what is being drawn; what waits is dropped."""
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _drawn(self, embedded: Embedded, method: Method) -> tuple[Projection, Loss | None]:
        rows = embedded.row_vectors()
        drawn = self._draw[method](rows)
        return drawn, loss(rows, drawn)
