"""A reading that has a score for every item of the catalogue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.slate import BoolArray, FloatArray, IntArray


class DenseReading:
    """A log-probability for every item."""

    def __init__(self, log_p: FloatArray) -> None:
        self._log_p = log_p  # (I,)

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The k allowed items with the highest score, best first."""
        return best_allowed(self._log_p, allowed, k)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        return self._log_p[index].astype(np.float32)


def best_allowed(scores: FloatArray, allowed: BoolArray, k: int) -> IntArray:
    """At most k allowed items, best first; equal scores in catalogue order."""
    found = np.flatnonzero(allowed)
    own = scores[found]
    if len(found) > k:
        best = np.sort(np.argpartition(-own, k)[:k])
        found, own = found[best], own[best]
    return found[np.argsort(-own, kind="stable")].astype(np.int32)
