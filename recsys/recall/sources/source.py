"""The one interface of everything that proposes items."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.slate import BoolArray, IntArray, Query


class Reading(Protocol):
    """What one source says of one query."""

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The best k of the allowed items, best first; fewer where it has nothing more to say.

        Args:
            allowed: (I,) whether an item may be shown; applied before the cut.
        """
        ...

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) scores of any items, on one scale for all queries (log-probability-like, or a z-score)."""
        ...


class Source(Protocol):
    """Proposes items. Loaded once, read by many threads, changed by nobody."""

    name: str

    def read(self, query: Query) -> Reading | None:
        """None where the source has nothing to say of this query (no text, no history)."""
        ...
