"""Recall by meaning: the request as a vector, the items nearest to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recsys.index.vectors import VectorIndex
from recsys.slate import BoolArray, IntArray, Query

DECAY = 0.8
"""Weight of each history step against the next one."""
LONGEST = 10
"""History steps that are read."""


class TextReading:
    """Similarity of every item to one vector, as a z-score over the catalogue."""

    def __init__(self, index: VectorIndex, vector: NDArray[np.float32], similarity: float) -> None:
        self._index, self._vector, self._similarity = index, vector, similarity
        everything = index.vectors @ vector
        self._mean, self._std = float(everything.mean()), float(everything.std()) + 1e-6
        self.exact = True

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        return self._index.top(self._vector, allowed, k)[0]

    def score(self, index: IntArray) -> NDArray[np.float32]:
        z: NDArray[np.float32] = ((self._index.score(self._vector, index) - self._mean) / self._std).astype(np.float32)
        return z

    def matched(self, allowed: BoolArray) -> BoolArray:
        """(I,) allowed items above the stated similarity."""
        found, self.exact = self._index.above(self._vector, self._similarity, allowed)
        matched = np.zeros(len(self._index), np.bool_)
        matched[found] = True
        return matched


class TextSource:
    """Reads the searched text, or else the context items, or else the recent history."""

    name = "text"

    def __init__(
        self, index: VectorIndex, encode: Callable[[str], NDArray[np.float32]], *, similarity: float = 0.5
    ) -> None:
        """`similarity`: cosine from which an item counts as a match of a searched text."""
        self._index, self._encode, self._similarity = index, encode, similarity

    def read(self, query: Query) -> TextReading | None:
        vector = self._vector(query)
        length = float(np.linalg.norm(vector))
        if length < 1e-6:
            return None
        return TextReading(self._index, (vector / length).astype(np.float32), self._similarity)

    def _vector(self, query: Query) -> NDArray[np.float32]:
        if query.text:
            return self._encode(query.text)
        items = query.context if len(query.context) else query.history.index[-LONGEST:]
        weight = np.ones(len(items)) if len(query.context) else DECAY ** np.arange(len(items))[::-1]
        mean: NDArray[np.float32] = (weight @ self._index.vectors[items]).astype(np.float32)
        return mean
