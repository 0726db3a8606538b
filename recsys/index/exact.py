"""The reference of every vector index: look at all vectors, sort, cut. Slow, short and right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.slate import BoolArray, IntArray

Neighbours = tuple[IntArray, NDArray[np.float32]]
"""(K,) items, most similar first, equal ones in order of index; and (K,) their similarities."""


def top_exact(
    vectors: NDArray[np.float32], vector: NDArray[np.float32], allowed: BoolArray | None, k: int
) -> Neighbours:
    """The k allowed items with the largest inner product.

    Args:
        vectors: (I, D) of the items.
        vector: (D,) of the query.
        allowed: (I,) items that may be returned; all if None.
    """
    similarity = vectors @ vector
    index = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    order = index[np.argsort(-similarity[index], kind="stable")][:k]
    return order.astype(np.int32), similarity[order]
