"""How well an advertised item fits a request, on the vectors of the shop's own text encoder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recsys.slate import IntArray, Query

NUM_REFERENCES = 2048

Encode = Callable[[str], NDArray[np.float32]]


class Relevance:
    """Similarity, judged against the rest of the catalogue.

    How similar unrelated things are differs from encoder to encoder and from query to query, so a fixed threshold
    means nothing. What carries over is where an item stands among a sample of the catalogue.
    """

    def __init__(self, vectors: NDArray[np.float32], encode: Encode) -> None:
        """Args:
        vectors: (I, D) of the items, of unit length.
        encode: text -> (D,) in the same space.
        """
        self._vectors = vectors
        self._encode = encode
        rows = np.linspace(0, len(vectors) - 1, min(NUM_REFERENCES, len(vectors))).astype(np.int64)
        self._references = vectors[rows]  # (R, D) evenly spaced, so the same in every process

    def direction(self, query: Query) -> NDArray[np.float32] | None:
        """(D,) what the request is about: its text, else its items, else the history; None where nothing is known."""
        if query.asked.text.strip():
            return _unit(self._encode(query.asked.text))
        index = query.asked.context if len(query.asked.context) else query.person.history.index
        return _unit(self._vectors[index].mean(axis=0)) if len(index) else None

    def similarity(self, direction: NDArray[np.float32], index: IntArray) -> NDArray[np.float32]:
        """(A,) cosine of each item to the request."""
        return self._vectors[index] @ direction

    def least(self, direction: NDArray[np.float32], *, share: float, closeness: float, floor: float) -> float:
        """Similarity that is enough: only `share` of the catalogue has it, it lies at least `closeness` of the way
        from the typical item to the most similar one, and it is not below `floor`."""
        similarity = np.sort(self._references @ direction)
        typical, best = _quantile(similarity, 0.5), float(similarity[-1])
        return max(floor, _quantile(similarity, 1.0 - share), typical + closeness * (best - typical))


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32] | None:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else None


def _quantile(rising: NDArray[np.float32], share: float) -> float:
    """As `np.quantile`, of values in order: that takes longer for three of them than everything else here."""
    place = share * (len(rising) - 1)
    below = int(place)
    low, high = float(rising[below]), float(rising[min(below + 1, len(rising) - 1)])
    return low + (place - below) * (high - low)
